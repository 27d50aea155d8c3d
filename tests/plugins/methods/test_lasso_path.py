"""LASSO on inner products: known solutions, scikit-learn on the rows, the exact count."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso

from prunebench_plugins.methods._contributions import Contributions
from prunebench_plugins.methods._lasso_path import Regression, Solver

ENERGIES = np.array([4, 1, 0.25, 0.09])
ORTHOGONAL = np.sqrt(ENERGIES) * [[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]
SMALL = np.array([[2.0, 1, 0], [0, 1, 1], [-2, 1, 0], [0, 1, -1]])
B, C = np.array([1, 0, -1, 0, 0.5, -0.5]), np.array([0, 1, 0, -1, 0.5, -0.5])
JUMPING = np.stack([B + C, B, C], axis=1)


def regression(rows, response=None, *, intercept=False, alive=None):
    """Set up the regression of a response, by default the sum of the columns."""
    y = rows.sum(1) if response is None else response
    z = torch.from_numpy(rows)
    seen = Contributions(
        rows=len(rows),
        gram=z.T @ z,
        sums=z.sum(0),
        target=z.T @ torch.from_numpy(y),
        target_sum=float(y.sum()),
        target_square=float(y @ y),
    )
    living = torch.ones(rows.shape[1], dtype=torch.bool) if alive is None else torch.tensor(alive)
    return Regression.of(seen, living, intercept=intercept)


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        (0.05, (0.9875, 0.95, 0.8, 4 / 9)),
        (0.1, (0.975, 0.9, 0.6, 0)),
        (0.3, (0.925, 0.7, 0, 0)),
        (1.5, (0.625, 0, 0, 0)),
    ],
)
def test_oracle_ra_orthogonal_columns(penalty, expected):
    """Orthogonal columns of energy e have coefficients max(0, 1 - penalty / e)."""
    found = Solver(regression(ORTHOGONAL))(penalty)

    np.testing.assert_allclose(found, expected, atol=1e-7)


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [(0.4, (0.8, 0.6, 0.2)), (0.6, (0.7, 0.4, 0)), (1.1, (0.45, 0, 0)), (2.1, (0, 0, 0))],
)
def test_oracle_rb_four_rows(penalty, expected):
    """Without an intercept the constant column is like any other."""
    np.testing.assert_allclose(Solver(regression(SMALL))(penalty), expected, atol=1e-7)


@pytest.mark.parametrize("penalty", [0.01, 0.5, 1.0, 1.9])
def test_oracle_rc_one_column_stands_for_all(penalty):
    """Of a = b + c, b and c only a is kept, by 2 - penalty (its energy is 1)."""
    np.testing.assert_allclose(Solver(regression(JUMPING))(penalty), (2 - penalty, 0, 0), atol=1e-7)


def test_oracle_rc_the_jump_is_cut_down():
    """A count of 2 is never met by the path: a stays, and the first of the rest fills up."""
    ranked = regression(JUMPING).importance(2)

    assert np.flatnonzero(ranked).tolist() == [0, 1]
    assert ranked[0] > ranked[1]


@given(penalty=st.floats(1.0, 10.0))
def test_r2_nothing_is_left_beyond_the_peak(penalty):
    """At max |z · y| / N and above every coefficient is zero; just below one is not."""
    problem = regression(SMALL)

    assert problem.peak == pytest.approx(2.0)
    assert not Solver(problem)(penalty * problem.peak * (1 + 1e-9)).any()
    assert np.flatnonzero(Solver(problem)(problem.peak * 0.999)).tolist() == [0]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_r4_orthogonal_columns_stay_by_energy(count):
    """The kept set is the one of most energy, in any order of the columns."""
    order = np.array([2, 0, 3, 1])

    kept = np.flatnonzero(regression(ORTHOGONAL[:, order]).importance(count))

    assert set(order[kept].tolist()) == set(range(count))


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(2, 6),
    share=st.floats(0.02, 0.9),
    intercept=st.booleans(),
)
def test_scikit_learn_on_the_rows_agrees(seed, size, share, intercept):
    """The same problem posed by its rows has the same solution."""
    draws = np.random.default_rng(seed)
    rows = draws.normal(0.5, 1.0, (40, size)) * draws.uniform(0.3, 3, size)
    response = rows.sum(1) + draws.normal(1.0, 1.0, 40)
    problem = regression(rows, response, intercept=intercept)
    penalty = share * problem.peak
    direct = Lasso(alpha=penalty, fit_intercept=intercept, tol=1e-12, max_iter=100_000)

    direct.fit(rows, response)

    np.testing.assert_allclose(Solver(problem)(penalty), direct.coef_, atol=2e-4)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), sign=st.sampled_from([1, -1]), intercept=st.booleans())
def test_equal_columns_count_once(seed, sign, intercept):
    """Of columns equal up to sign only the first has a coefficient; the others go before it."""
    rows = np.random.default_rng(seed).normal(0.2, 1.0, (20, 5))
    rows[:, 3] = sign * rows[:, 1]
    response = rows[:, :3].sum(1) + rows[:, 4]

    ranked = regression(rows, response, intercept=intercept).importance(4)

    assert np.flatnonzero(ranked).tolist() == [0, 1, 2, 4]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 7), data=st.data())
def test_the_count_is_always_exact(seed, size, data):
    """Also with columns that are zero, equal, or sums of others."""
    draws = np.random.default_rng(seed)
    rows = draws.normal(0.0, 1.0, (12, size))
    for column in range(1, size):
        kind = draws.integers(4)
        if kind == 1:
            rows[:, column] = 0
        elif kind > 1:
            rows[:, column] = rows[:, : column - (kind == 2)].sum(1)
    count = data.draw(st.integers(1, size))

    ranked = regression(rows, intercept=True).importance(count)

    assert np.count_nonzero(ranked) == count
    assert (ranked >= 0).all()


def test_no_response_at_all():
    """Where nothing is read the first channels stay."""
    ranked = regression(np.zeros((3, 4))).importance(2)

    assert np.flatnonzero(ranked).tolist() == [0, 1]


def test_only_living_channels_take_part():
    """A dead channel has no place in the problem, whatever its column says."""
    alive = [True, False, True, True]
    response = ORTHOGONAL[:, alive].sum(1)

    without = regression(ORTHOGONAL[:, alive]).importance(2)

    np.testing.assert_allclose(regression(ORTHOGONAL, response, alive=alive).importance(2), without)
