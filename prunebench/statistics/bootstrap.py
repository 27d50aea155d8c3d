"""Resampling of seeds."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prunebench.errors import SpecError
from prunebench.statistics.sample import Values

RESAMPLES = 2000

BLOCK = 2_000_000
"""Numbers that are drawn at a time: many points with many seeds would fill the memory else."""


def resampled_means(
    table: NDArray[np.float64], rng: np.random.Generator, resamples: int = RESAMPLES
) -> NDArray[np.float64]:
    """Average each column over seeds drawn with replacement, many times.

    Parameters
    ----------
    table
        One row per seed; what belongs to a seed stays together.
    rng
        Where the draws come from.
    resamples
        How often.

    Returns
    -------
    numpy.ndarray
        (resamples, columns)

    Raises
    ------
    SpecError
        If there is no seed.

    References
    ----------
    Efron 1979, "Bootstrap methods: another look at the jackknife".
    """
    if not len(table):
        msg = "there is no seed to resample; the columns share none."
        raise SpecError(msg)
    drawn = rng.integers(len(table), size=(resamples, len(table)))
    blocks = np.array_split(drawn, 1 + resamples * table.size // BLOCK)
    # (resamples, seeds, columns) over the seeds
    return np.concatenate([table[block].mean(axis=1) for block in blocks])


def bootstrap_interval(
    values: Values,
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> tuple[float, float] | tuple[None, None]:
    """Give the percentile interval of a mean over seeds; None twice below two seeds."""
    if len(values) < 2:
        return None, None
    means = resampled_means(np.asarray(values, dtype=np.float64)[:, None], rng, resamples)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def argmin_shares(
    table: pd.DataFrame, rng: np.random.Generator, resamples: int = RESAMPLES
) -> "pd.Series[float]":
    """Say in which share of the resamples each column has the smallest mean.

    Columns that tie share the resample.

    Parameters
    ----------
    table
        One row per seed, one column per choice; seeds that miss a column are left out.
    rng, resamples
        As in `resampled_means`.

    Raises
    ------
    SpecError
        If no seed has every column.
    """
    means = resampled_means(table.dropna().to_numpy(dtype=np.float64), rng, resamples)
    smallest = means == means.min(axis=1, keepdims=True)
    return pd.Series((smallest / smallest.sum(axis=1, keepdims=True)).mean(axis=0), table.columns)
