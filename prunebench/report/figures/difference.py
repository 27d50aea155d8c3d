"""Differences between two protocols, or a method and its control, by seed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prunebench.report.figures.band import Band, band_of
from prunebench.report.grid import Entry, Grid
from prunebench.report.spread import Pick, seed_means
from prunebench.results.measurement import Measurement

FROM_SCRATCH = "the same from scratch"


@dataclass(frozen=True)
class Difference:
    """The difference of two cells in accuracy, in points.

    Parameters
    ----------
    method
        Label of the method.
    series
        What is subtracted from what.
    density
        Mean kept fraction.
    seeds
        One difference per seed that both cells measured.
    band
        Their mean with its 95 % t interval; without one for a single seed.
    lost
        How many seeds one of the cells tried without a number.
    """

    method: str
    series: str
    density: float
    seeds: tuple[float, ...]
    band: Band
    lost: int


def ticket_pairs(protocols: Sequence[str]) -> list[tuple[str, str]]:
    """Pair every winning ticket with every random start."""
    tickets = [name for name in protocols if bare(name) == "ticket"]
    return [(one, name) for one in tickets for name in protocols if bare(name) == "random"]


def first_pairs(protocols: Sequence[str]) -> list[tuple[str, str]]:
    """Pair the first protocol with each other one, save what `ticket_pairs` has."""
    pairs = [(protocols[0], name) for name in protocols[1:]]
    known = ticket_pairs(protocols)
    return [pair for pair in pairs if pair not in known and pair[::-1] not in known]


def bare(label: str) -> str:
    """Give the id in a label."""
    return label.partition("[")[0]


def between_protocols(grid: Grid, pairs: Iterable[tuple[str, str]], pick: Pick) -> list[Difference]:
    """Compare protocols of the same pruned networks, one difference per method and target."""
    found = [
        difference((entry, f"{one} − {other}"), entry.under(one), entry.under(other), pick)
        for one, other in pairs
        for entry in grid.entries
    ]
    return [one for one in found if one]


def with_controls(grid: Grid, protocol: str, pick: Pick) -> list[Difference]:
    """Compare methods with their controls under one protocol."""
    found = [
        difference((entry, f"method − {name}"), entry.under(protocol), rows, pick)
        for entry in grid.entries
        for name, rows in controls(grid, entry, protocol)
    ]
    return [one for one in found if one]


def controls(
    grid: Grid, entry: Entry, protocol: str
) -> Iterator[tuple[str, Sequence[Measurement]]]:
    """Walk over the controls of a line: their names without the method's, and their trials."""
    for control in grid.by_parent.get((entry.method, entry.target), ()):
        yield control.method.removesuffix(f" like {entry.method}"), control.under(protocol)
    for name in grid.control_protocols:
        yield f"{FROM_SCRATCH} ({name})", entry.under(name)


def difference(
    labels: tuple[Entry, str],
    x_rows: Sequence[Measurement],
    y_rows: Sequence[Measurement],
    pick: Pick,
) -> Difference | None:
    """Subtract y from x seed by seed, draws averaged before; None if no seed measured both."""
    entry, series = labels
    x, y = seed_means(x_rows, pick), seed_means(y_rows, pick)
    values = tuple(x[seed] - y[seed] for seed in sorted(x) if seed in y)
    found = band_of(values, "interval")
    if found is None or entry.density <= 0:
        return None
    tried = {row.seed for row in (*x_rows, *y_rows)}
    return Difference(entry.method, series, entry.density, values, found, len(tried) - len(values))


def limits(differences: Sequence[Difference]) -> tuple[float, float]:
    """Give the axis: every seed and zero; intervals as far as half as much again on either side.

    An interval of two seeds may be many times as wide as what was measured.
    """
    seeds = [0.0, *(value for one in differences for value in one.seeds)]
    low, high = min(seeds), max(seeds)
    room = max((high - low) / 2, 0.1)
    return (
        max(min(low, *(one.band.low for one in differences)), low - room) - 0.1 * room,
        min(max(high, *(one.band.high for one in differences)), high + room) + 0.1 * room,
    )
