"""Differences of a whole run, each with the place where it was found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prunebench.report.comparisons.comparison import (
    Contrasts,
    detectable,
)
from prunebench.report.grid import Grid
from prunebench.report.prose import signed, span
from prunebench.statistics.compare import Comparison


@dataclass(frozen=True)
class Placed:
    """A comparison and where it belongs.

    Parameters
    ----------
    comparison
        What was found.
    place
        Method, target, protocol, and the network where a run has several.
    """

    comparison: Comparison
    place: str

    @property
    def size(self) -> float:
        """The mean difference; 0 where no seed measured both."""
        return self.comparison.result.mean if self.comparison.result else 0.0

    @property
    def detectable(self) -> float | None:
        """The difference that its seeds find with 80 % power."""
        return detectable(self.comparison)


def reference_differences(contrasts: Sequence[Contrasts]) -> list[Placed]:
    """Give the differences of all methods from the reference of their network."""
    arranged = [one.grid for one in contrasts]
    return [
        Placed(
            one,
            f"{at(one.method, cell['target'], arranged)} under {cell['protocol']}"
            f"{on(of_network.grid, arranged)}",
        )
        for of_network in contrasts
        for one in of_network.from_reference
        if (cell := one.cell)
    ]


def protocol_differences(contrasts: Sequence[Contrasts]) -> dict[tuple[str, str], list[Placed]]:
    """Give the differences between protocols, by the pair of their labels."""
    arranged = [one.grid for one in contrasts]
    found: dict[tuple[str, str], list[Placed]] = {}
    for of_network in contrasts:
        grid = of_network.grid
        for pair, differences in of_network.between_protocols.items():
            for one in differences:
                entry = grid.entries[int(one.cell["target"])]
                place = f"{at(entry.name, entry.target, arranged)}{on(grid, arranged)}"
                found.setdefault(pair, []).append(Placed(one, place))
    return {pair: every for pair, every in found.items() if any(p.comparison.result for p in every)}


def at(method: str, target: str, arranged: Sequence[Grid]) -> str:
    """Say which network it is, where a run has one method by its size alone."""
    only = len({name for grid in arranged for name in grid.methods}) == 1
    return f"at {target}" if only else f"{method} at {target}"


def on(grid: Grid, arranged: Sequence[Grid]) -> str:
    """Say which network a place is on, where a run has several, and how it was trained."""
    several = len({(other.dataset, other.model) for other in arranged}) > 1
    where = f" with {grid.model} on {grid.dataset}" if several else ""
    return f"{where} with {grid.way}" if grid.way else where


def extremes(found: Iterable[Placed]) -> tuple[Placed | None, Placed | None]:
    """Give the largest gain and the largest loss among the differences that stand."""
    kept = list(found)
    better = [one for one in kept if one.comparison.outcome == "better"]
    worse = [one for one in kept if one.comparison.outcome == "worse"]
    return max(better, key=size_of, default=None), min(worse, key=size_of, default=None)


def size_of(one: Placed) -> float:
    """Give the sort key of a difference."""
    return one.size


def largest_phrase(found: Iterable[Placed]) -> str:
    """Write the difference that is farthest from zero, with its place and any interval."""
    one = max(found, key=lambda placed: abs(placed.size))
    result = one.comparison.result
    if result is None:
        return f"unknown ({one.place})"
    interval = ""
    if result.sd and result.low is not None and result.high is not None:
        interval = f"; uncorrected 95 % interval {span(result.low, result.high)}"
    return f"{signed(one.size)} points ({one.place}{interval})"
