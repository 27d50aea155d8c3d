"""How far seeds lie apart, as a band around their mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, median_low
from typing import Literal, TypeAlias

from prunebench.report.spread import Pick, seed_means
from prunebench.results.measurement import Measurement
from prunebench.statistics.interval import summarise

Kind: TypeAlias = Literal["interval", "range"]
"""What a band shows: the 95 % t interval of the mean, or the smallest and the largest seed."""

ENOUGH = 5
"""From so many seeds on intervals are drawn: with two, an interval is 13 times as wide as the range
of its seeds."""


@dataclass(frozen=True)
class Band:
    """A mean over seeds between two bounds.

    Parameters
    ----------
    mean
        Mean of the seeds' values.
    low, high
        Ends of the band; the mean itself for one seed.
    seeds
        Number of seeds.
    """

    mean: float
    low: float
    high: float
    seeds: int


def band(rows: Iterable[Measurement], pick: Pick, kind: Kind) -> Band | None:
    """Average draws within each seed, then seeds; None where nothing was measured."""
    return band_of(seed_means(rows, pick).values(), kind)


def band_of(seeds: Iterable[float], kind: Kind) -> Band | None:
    """Give the band around one value per seed; None for no seeds."""
    values = list(seeds)
    if not values:
        return None
    if kind == "range":
        return Band(fmean(values), min(values), max(values), len(values))
    found = summarise(values)
    if found is None or found.low is None or found.high is None:
        return Band(fmean(values), values[0], values[0], 1)
    return Band(found.mean, found.low, found.high, found.n)


def kind_for(cells: Iterable[Iterable[Measurement]], pick: Pick) -> Kind:
    """Choose the band of a figure, the same for all its cells: what most of them have seeds for."""
    sizes = [len(found) for rows in cells if (found := seed_means(rows, pick))]
    return "interval" if sizes and median_low(sizes) >= ENOUGH else "range"


def band_phrase(kind: Kind) -> str:
    """Name the band in a caption."""
    if kind == "interval":
        return "mean over seeds (bars and bands: 95 % t interval of the mean)"
    return "mean over seeds (bars and bands: from the smallest to the largest seed)"
