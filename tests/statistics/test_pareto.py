import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.errors import SpecError
from prunebench.statistics.pareto import Membership, front, membership, on_front

PAIR = st.tuples(st.integers(0, 2), st.integers(0, 2))
POINTS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.tuples(st.integers(0, 5), st.integers(0, 5)),
    max_size=9,
)


def beats(one, other):
    """Say whether one point dominates the other."""
    return one[0] <= other[0] and one[1] >= other[1] and one != other


def tables(points):
    """Lay out {name: [(cost, quality) by seed]} as two tables."""
    costs = {name: [cost for cost, _ in seeds] for name, seeds in points.items()}
    qualities = {name: [quality for _, quality in seeds] for name, seeds in points.items()}
    return pd.DataFrame(costs), pd.DataFrame(qualities)


def rng():
    """Give the same draws to every call."""
    return np.random.default_rng(0)


def test_a_worked_front():
    """Point c costs more than b and is worse; d costs the same as a and is worse."""
    points = {"b": (2, 0.9), "a": (1, 0.8), "c": (3, 0.85), "d": (1, 0.7), "e": (9, 0.95)}

    assert front(points) == ("a", "b", "e")


def test_equal_points_share_the_front():
    """Neither of them beats the other; together they beat the third."""
    assert front({"a": (1, 0.8), "b": (1, 0.8), "c": (1.5, 0.8)}) == ("a", "b")
    assert front({}) == ()


@settings(deadline=None, max_examples=50)
@given(POINTS)
def test_the_front_beats_the_rest_and_nobody_beats_it(points):
    """Checked pair by pair."""
    found = front(points)

    assert not any(beats(points[o], points[name]) for name in found for o in points)
    for name in set(points) - set(found):
        assert any(beats(points[other], points[name]) for other in found)
    assert [points[name][0] for name in found] == sorted(points[name][0] for name in found)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(PAIR, min_size=n, max_size=n))))
def test_every_row_is_a_front_of_its_own(rows):
    """Pair by pair in each row; costs and qualities tie often, and points are equal."""
    points = np.array(rows, dtype=float).reshape(len(rows), -1, 2) if rows else np.empty((0, 1, 2))
    found = on_front(points[..., 0], points[..., 1])

    assert found.tolist() == [
        [not any(beats(other, one) for other in row) for one in row] for row in rows
    ]


def test_a_point_that_is_worse_in_every_seed_is_dominated():
    """Five seeds agree; no resample can put it on the front."""
    costs, qualities = tables(
        {"good": [(1, 0.9)] * 5, "bad": [(2, 0.8 + s / 100) for s in range(5)]}
    )

    found = membership(costs, qualities, rng())

    assert found["good"] == Membership(on_front=True, frequency=1.0, seeds=5)
    assert found["bad"] == Membership(on_front=False, frequency=0.0, seeds=5)
    assert found["bad"].dominated
    assert not found["good"].dominated


def test_the_mean_alone_does_not_dominate():
    """Dearer and worse on average, but better in two of five seeds: not dominated."""
    close = [(2, q) for q in (0.80, 0.80, 0.80, 0.95, 0.95)]
    costs, qualities = tables({"good": [(1, 0.87)] * 5, "close": close})

    found = membership(costs, qualities, rng())["close"]

    assert not found.on_front
    assert 0.2 < found.frequency < 0.6
    assert not found.dominated


@pytest.mark.parametrize(("seeds", "dominated"), [(1, False), (4, False), (5, True)])
def test_few_seeds_dominate_nothing(seeds, dominated):
    """With four, all agreeing happens by chance in one of sixteen cases."""
    costs, qualities = tables({"good": [(1, 0.9)] * seeds, "bad": [(2, 0.8)] * seeds})

    found = membership(costs, qualities, rng())["bad"]

    assert (found.frequency, found.seeds, found.dominated) == (0, seeds, dominated)


def test_pairs_stay_paired():
    """Seeds differ by far more than the methods; the worse one never is on the front."""
    costs, qualities = tables(
        {"good": [(1, 0.1 * s) for s in range(6)], "bad": [(1, 0.1 * s - 0.01) for s in range(6)]}
    )

    assert membership(costs, qualities, rng())["bad"].frequency == 0


def test_equal_methods_are_on_the_front_together():
    """Ties stay ties in every resample."""
    seeds = [(1, q) for q in (0.1, 0.7, 0.3)]
    costs, qualities = tables({"a": seeds, "b": seeds})

    assert {one.frequency for one in membership(costs, qualities, rng()).values()} == {1.0}


def test_seeds_and_points_that_miss_a_number_are_left_out():
    """Three seeds are complete; the point without a cost is not judged."""
    costs, qualities = tables({"a": [(1, 0.5)] * 4, "b": [(1, 0.4)] * 4})
    qualities.loc[3, "a"] = np.nan
    qualities["c"] = 0.9

    found = membership(costs, qualities, rng())

    assert set(found) == {"a", "b"}
    assert found["a"].seeds == 3


def test_the_same_generator_gives_the_same_answer():
    """Reports are rendered again and compared."""
    noise = np.random.default_rng(5).normal(size=(6, 4))
    costs, qualities = pd.DataFrame(noise), pd.DataFrame(noise[::-1])

    assert membership(costs, qualities, rng()) == membership(costs, qualities, rng())


def test_no_complete_seed_is_refused():
    """There is nothing to resample."""
    costs, qualities = tables({"a": [(1, np.nan)], "b": [(1, 0.4)]})

    with pytest.raises(SpecError, match="no seed has every point"):
        membership(costs, qualities, rng())


def test_equal_sums_are_equal_in_whatever_order_they_are_added():
    """Two methods that get 1,755 of 1,795 images right stand on the front together.

    Their counts by seed are 352 + 351 + 348 + 352 + 352 and 350 + 351 + 349 + 353 + 352, of 359
    images each; as fractions the two sums differ in the last bit.
    """
    right = {"l1filter": (352, 351, 348, 352, 352), "lasso": (350, 351, 349, 353, 352)}
    qualities = pd.DataFrame({name: [hits / 359 for hits in h] for name, h in right.items()})
    costs = pd.DataFrame(dict.fromkeys(right, [1.0] * 5))
    means = [sum(qualities[name]) / 5 for name in right]

    found = membership(costs, qualities, np.random.default_rng(0))

    assert means[0] != means[1]
    assert [found[name].on_front for name in right] == [True, True]
