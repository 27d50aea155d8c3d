"""Fronts of one board, from its trials."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prunebench.leaderboard.front import Front, Point
from prunebench.leaderboard.merging.placed import Placed
from prunebench.leaderboard.ranking.seeds import Line
from prunebench.leaderboard.ratios import ratio
from prunebench.leaderboard.steady import steady
from prunebench.statistics.cells import MEASURED
from prunebench.statistics.pareto import Membership, membership

SEED = 0
"""Of the resampling, so that a board made anew has the same numbers."""

DENSE = ("dense", 1.0)


@dataclass(frozen=True)
class Cost:
    """What accuracy is held against.

    Parameters
    ----------
    name, title, unit
        As in `Front`.
    column
        Of the row.
    """

    name: str
    title: str
    unit: str
    column: str


COSTS = (
    Cost("macs", "Multiply-adds of one image, of kept weights", "multiply-adds", "macs_sparse"),
    Cost("params", "Parameters kept", "parameters", "params_kept"),
    Cost(
        "training",
        "All training, without the images that a method scores",
        "forward multiply-adds",
        "total_macs",
    ),
)


def fronts(lines: Sequence[Line], dense: Sequence[Placed], seeds: int) -> tuple[Front, ...]:
    """Give a board's fronts; one that has fewer than two points is left out.

    Parameters
    ----------
    lines
        Methods; controls are passed over.
    dense
        Dense networks, a point too.
    seeds
        Number of seeds that a point must have: resampling needs the same ones everywhere.
    """
    trials = {
        (line.label, density): [one for one in cell if one.counts]
        for line in lines
        if not line.control_of
        for density, cell in line.cells.items()
        if cell
    }
    trials |= {DENSE: list(dense)} if dense else {}
    found = (front(cost, trials, range(seeds)) for cost in COSTS)
    return tuple(one for one in found if one)


def front(
    cost: Cost, trials: Mapping[tuple[str, float], Sequence[Placed]], seeds: Sequence[int]
) -> Front | None:
    """Hold accuracy against one cost."""
    values = {key: (numbers(t, cost.column), numbers(t, ACCURACY)) for key, t in trials.items()}
    whole = {key: v for key, v in values.items() if all(set(seeds) <= set(side) for side in v)}
    if len(whole) < 2:
        return None
    keys = sorted(whole)
    columns = [str(place) for place in range(len(keys))]
    costs, qualities = (
        pd.DataFrame(
            {c: [whole[key][side][s] for s in seeds] for c, key in zip(columns, keys, strict=True)}
        )
        for side in (0, 1)
    )
    found = membership(costs, qualities, np.random.default_rng(SEED))
    means = zip(costs.mean().to_list(), qualities.mean().to_list(), strict=True)
    points = [point(key, mean, found[c]) for c, key, mean in zip(columns, keys, means, strict=True)]
    return Front(
        cost=cost.name,
        title=cost.title,
        unit=cost.unit,
        points=tuple(sorted(points, key=lambda p: (p.cost, -p.accuracy, p.method, p.density))),
        seeds=len(seeds),
        left_out=tuple(named(sorted(set(trials) - set(whole)))),
    )


ACCURACY = "test_accuracy_last"


def numbers(trials: Iterable[Placed], column: str) -> dict[int, float]:
    """Give a column of measured trials by seed."""
    return {
        one.row.seed: float(value)
        for one in trials
        if one.row.status in MEASURED and (value := getattr(one.row, column)) is not None
    }


def point(key: tuple[str, float], means: tuple[float, float], found: Membership) -> Point:
    """Write a point."""
    method, density = key
    return Point(
        method=method,
        density=density,
        ratio=ratio(density),
        cost=steady(means[0]),
        accuracy=steady(means[1]),
        on_front=found.on_front,
        frequency=steady(found.frequency),
        dominated=found.dominated,
    )


def named(keys: Iterable[tuple[str, float]]) -> Iterable[str]:
    """Call networks by method and compression."""
    return (f"{method} at {ratio(density)}" for method, density in keys)
