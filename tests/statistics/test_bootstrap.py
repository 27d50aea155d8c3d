import numpy as np
import pandas as pd
import pytest

from prunebench.errors import SpecError
from prunebench.statistics import bootstrap
from prunebench.statistics.bootstrap import argmin_shares, bootstrap_interval, resampled_means


def rng():
    """Give the same draws to every call."""
    return np.random.default_rng(0)


def test_what_belongs_to_a_seed_stays_together():
    """The second column is the first plus 1 in every seed, so in every mean."""
    table = np.array([[0.0, 1.0], [2.0, 3.0], [8.0, 9.0]])

    means = resampled_means(table, rng(), 500)

    assert means.shape == (500, 2)
    np.testing.assert_allclose(means[:, 1] - means[:, 0], 1)
    assert means.min() >= 0
    assert means[:, 0].max() <= 8


def test_means_of_two_seeds_are_binomial():
    """0 and 1 drawn twice: mean 0, 1/2, 1 in a quarter, a half, a quarter of the resamples."""
    means = resampled_means(np.array([[0.0], [1.0]]), rng(), 20_000)[:, 0]

    values, counts = np.unique(means, return_counts=True)

    assert values.tolist() == [0, 0.5, 1]
    assert counts / 20_000 == pytest.approx([0.25, 0.5, 0.25], abs=0.015)


def test_no_seed_is_refused():
    """There is nothing to draw from."""
    with pytest.raises(SpecError, match="no seed to resample"):
        resampled_means(np.empty((0, 2)), rng())


def test_the_interval_nears_the_normal_one():
    """Of 400 values the mean has error s / 20; percentiles are 1.96 of them away."""
    values = np.random.default_rng(1).normal(5, 2, 400)
    error = values.std() / 20

    low, high = bootstrap_interval(values, rng(), resamples=4000)

    assert low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)


def test_one_seed_has_no_interval():
    """Resampling one value gives that value, which says nothing of its spread."""
    assert bootstrap_interval(np.array([3.0]), rng()) == (None, None)


def test_how_often_a_column_is_smallest():
    """One column is smallest in both seeds; two that agree share; seeds with gaps are left out."""
    table = pd.DataFrame({"a": [2.0, 3.0, 0.0], "b": [1.0, 2.0, 9.0], "c": [5.0, 5.0, np.nan]})
    twins = pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0]})

    assert argmin_shares(table, rng()).to_dict() == {"a": 0, "b": 1, "c": 0}
    assert argmin_shares(twins, rng()).to_dict() == {"a": 0.5, "b": 0.5}


def test_a_close_race_is_shared():
    """Seeds disagree: a is smaller in means of (0, 0), b in (1, 1), and the mixed one is a tie."""
    table = pd.DataFrame({"a": [0.0, 2.0], "b": [1.0, 1.0]})

    shares = argmin_shares(table, rng(), 20_000)

    assert shares.to_dict() == pytest.approx({"a": 0.5, "b": 0.5}, abs=0.015)


@pytest.mark.parametrize("block", [1, 70, 10**9])
@pytest.mark.parametrize("columns", [1, 2, 5])
def test_resamples_do_not_depend_on_how_many_are_in_memory(monkeypatch, block, columns):
    """Drawn all at once or one by one, the means are the same to the last bit."""
    monkeypatch.setattr(bootstrap, "BLOCK", block)
    table = np.random.default_rng(3).normal(size=(9, columns))
    drawn = rng().integers(9, size=(50, 9))

    assert np.array_equal(resampled_means(table, rng(), 50), table[drawn].mean(axis=1))
