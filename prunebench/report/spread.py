"""Mean and deviation over seeds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TypeAlias

from prunebench.results.measurement import Measurement

Pick: TypeAlias = Callable[[Measurement], float | None]
"""What is averaged, such as ``attrgetter("density")``."""


@dataclass(frozen=True)
class Spread:
    """A mean over seeds.

    Parameters
    ----------
    mean
        Mean of the seeds' values.
    deviation
        Sample standard deviation (n - 1 in the denominator); None for one seed.
    seeds
        Number of seeds.
    """

    mean: float
    deviation: float | None
    seeds: int


def seed_means(rows: Iterable[Measurement], pick: Pick) -> dict[int, float]:
    """Give one value per seed, the mean of its draws; seeds without a value are left out.

    Every trial with a number enters, collapsed ones too: leaving them out would select on the
    outcome. A diverged one has no accuracy; who prints the mean says how many are missing.
    """
    values: dict[int, list[float]] = {}
    for row in rows:
        value = pick(row)
        if row.status in ("ok", "collapsed") and value is not None:
            values.setdefault(row.seed, []).append(value)
    return {seed: fmean(draws) for seed, draws in values.items()}


def mean(rows: Iterable[Measurement], pick: Pick) -> float | None:
    """Average the draws within each seed, then the seeds; None where nothing was measured.

    Nearly all that a report prints is a mean alone; to work out an exact deviation takes ten times
    as long.
    """
    means = seed_means(rows, pick)
    return fmean(means.values()) if means else None


def spread(rows: Iterable[Measurement], pick: Pick) -> Spread | None:
    """Average the draws within each seed, then the seeds; None where nothing was measured.

    Who prints the mean says how many trials had no number.
    """
    means = list(seed_means(rows, pick).values())
    if not means:
        return None
    return Spread(fmean(means), stdev(means) if len(means) > 1 else None, len(means))
