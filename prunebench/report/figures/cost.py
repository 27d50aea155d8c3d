"""What accuracy costs: networks placed by cost and accuracy, and which of them no other beats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean
from typing import TypeAlias

import numpy as np
import pandas as pd

from prunebench.report.figures.accuracy_figure import last
from prunebench.report.figures.band import Band, Kind, band_of, kind_for
from prunebench.report.figures.cost_axis import Axis, axes_of
from prunebench.report.grid import Grid
from prunebench.report.spread import Pick, seed_means
from prunebench.results.measurement import Measurement
from prunebench.statistics.pareto import Membership, front, membership

Key: TypeAlias = tuple[str, str, str]
"""Method, target and protocol."""

DENSE: Key = ("dense", "", "dense")

BySeed: TypeAlias = Mapping[int, float]

Sample: TypeAlias = tuple[BySeed, BySeed]
"""Costs and accuracies of one network."""

HIDDEN = 6
FLAT = 2.5
"""Up to one point in `HIDDEN` may lie below the axis, if it would be `FLAT` times as long else."""

NEAR = 0.045
"""Members of a front nearer to each other than this share of a panel have one number together."""

SEED = 0
"""Of the resampling: the same rows give the same figure."""


@dataclass(frozen=True)
class Priced:
    """A network with its cost.

    Parameters
    ----------
    method, target, protocol
        Labels.
    cost
        Mean over seeds.
    accuracy
        At the last step, in percent.
    on_front
        Whether no other network of the panel beats it in both, by the means.
    membership
        How often it is on the front when seeds are resampled; None where it lacks a seed that
        others have, and for controls.
    """

    method: str
    target: str
    protocol: str
    cost: float
    accuracy: Band
    on_front: bool = False
    membership: Membership | None = None

    @property
    def is_pale(self) -> bool:
        """Whether another beats it in both, and the seeds suffice to say so."""
        return self.membership is not None and self.membership.dominated and not self.on_front

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        parts = dict.fromkeys((self.method, self.target, self.protocol))
        return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Panel:
    """What one panel shows.

    Parameters
    ----------
    axis
        The kind of cost.
    points
        Pruned networks, in the order of the grid.
    controls
        What they are held against; they do not take part in the front.
    dense
        The unpruned network, which does; None if it was not measured.
    """

    axis: Axis
    points: tuple[Priced, ...]
    controls: tuple[Priced, ...]
    dense: Priced | None

    @property
    def front(self) -> list[Priced]:
        """The networks that no other beats, the cheapest first."""
        every = (*self.points, *([self.dense] if self.dense else []))
        return sorted((p for p in every if p.on_front), key=lambda p: (p.cost, p.accuracy.mean))


def make_panels(grid: Grid) -> tuple[list[Panel], Kind]:
    """Give a panel for every kind of cost that was measured, and what the bars show."""
    kind = kind_for((e.under(name) for e in grid.entries for name in grid.protocols), last)
    made = [make_panel(grid, axis, kind) for axis in axes_of(grid.rows)]
    return [panel for panel in made if panel.points], kind


def make_panel(grid: Grid, axis: Axis, kind: Kind) -> Panel:
    """Place every network that has this cost and an accuracy."""
    found = samples(own_cells(grid), axis.pick)
    if found and grid.dense:
        costs = seed_means((row for entry in grid.entries for row in entry.rows), axis.dense)
        found[DENSE] = costs, seed_means(grid.dense.rows, last)
    found = {key: sample for key, sample in found.items() if all(sample)}
    best, sure = best_of(found), memberships(found)
    priced = {
        key: replace(price(key, one, kind), on_front=key in best, membership=sure.get(key))
        for key, one in found.items()
    }
    dense = priced.pop(DENSE, None)
    controls = samples(control_cells(grid), axis.pick)
    return Panel(
        axis=axis,
        points=tuple(priced.values()),
        controls=tuple(price(key, one, kind) for key, one in controls.items()),
        dense=dense,
    )


def own_cells(grid: Grid) -> dict[Key, Sequence[Measurement]]:
    """Give the trials of every method, target and protocol."""
    return {
        (entry.method, entry.target, name): entry.under(name)
        for entry in grid.entries
        for name in grid.protocols
    }


def control_cells(grid: Grid) -> dict[Key, Sequence[Measurement]]:
    """Give the trials of every control."""
    others = {
        (entry.method, entry.target, name): entry.under(name)
        for entry in grid.controls
        for name in grid.protocols
    }
    scratch = {
        (entry.method, entry.target, name): entry.under(name)
        for entry in grid.entries
        for name in grid.control_protocols
    }
    return others | scratch


def samples(cells: Mapping[Key, Sequence[Measurement]], pick: Pick) -> dict[Key, Sample]:
    """Give costs and accuracies by seed of every cell that has both."""
    found = {key: (seed_means(rows, pick), seed_means(rows, last)) for key, rows in cells.items()}
    return {key: one for key, one in found.items() if all(one) and fmean(one[0].values()) > 0}


def price(key: Key, sample: Sample, kind: Kind) -> Priced:
    """Average the seeds of one network, of which there is at least one."""
    accuracy = band_of(sample[1].values(), kind)
    assert accuracy is not None
    return Priced(*key, fmean(sample[0].values()), accuracy)


def best_of(found: Mapping[Key, Sample]) -> set[Key]:
    """Give the networks that no other beats in both, by the means."""
    names = {str(number): key for number, key in enumerate(found)}
    means = {
        name: (fmean(found[key][0].values()), fmean(found[key][1].values()))
        for name, key in names.items()
    }
    return {names[name] for name in front(means)}


def memberships(found: Mapping[Key, Sample]) -> dict[Key, Membership]:
    """Say how often networks are on the front when seeds are drawn with replacement.

    Resampling needs the same seeds everywhere: what lacks a seed that others have is left out.
    """
    seeds = sorted({seed for sample in found.values() for one in sample for seed in one})
    whole = [key for key, (x, y) in found.items() if set(x) == set(y) == set(seeds)]
    if not whole:
        return {}
    columns = [str(place) for place in range(len(whole))]
    costs, accuracies = (
        pd.DataFrame([[found[key][side][seed] for key in whole] for seed in seeds], columns=columns)
        for side in (0, 1)
    )
    sure = membership(costs, accuracies, np.random.default_rng(SEED))
    return {key: sure[column] for key, column in zip(whole, columns, strict=True)}


def limits(found: Sequence[Panel]) -> tuple[float, float]:
    """Give the accuracy axis: fronts with their bars, the dense network, and nearly all points.

    The lowest points, at most one in `HIDDEN`, are left out if they would flatten the others.
    """
    means = sorted(one.accuracy.mean for panel in found for one in panel.points)
    fronts = [one.accuracy for panel in found for one in panel.front]
    dense = [panel.dense.accuracy.mean for panel in found if panel.dense]
    low = min([means[len(means) // HIDDEN], *(one.low for one in fronts), *dense])
    high = max([*(min(one.high, 100.0) for one in fronts), *dense])
    if high - means[0] <= FLAT * (high - low):
        low = min(low, means[0])
    margin = max(0.06 * (high - low), 0.2)
    return max(low - margin, 0.0), high + margin


def numbered(spots: Sequence[tuple[float, float]]) -> list[tuple[str, int]]:
    """Give the numbers of a front's members; those that lie close together have one range.

    Parameters
    ----------
    spots
        Places in shares of the panel, in order.

    Returns
    -------
    list
        Label, and index of the member beside which it stands.

    Examples
    --------
    >>> numbered([(0.1, 0.2), (0.12, 0.21), (0.5, 0.6)])
    [('1–2', 0), ('3', 2)]
    """
    starts = [0] if spots else []
    for number, (one, other) in enumerate(pairwise(spots), start=1):
        if max(abs(one[0] - other[0]), abs(one[1] - other[1])) > NEAR:
            starts.append(number)
    ends = [*(start - 1 for start in starts[1:]), len(spots) - 1]
    return [
        (str(start + 1) if start == end else f"{start + 1}–{end + 1}", start)
        for start, end in zip(starts, ends, strict=False)
    ]
