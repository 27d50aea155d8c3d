"""What a method gives for what it costs: areas under curves, and fronts of Pareto."""

from collections.abc import Sequence
from operator import attrgetter

import numpy as np
import pandas as pd

from prunebench.report.comparisons.comparison import COLUMN, narrow, own_rows
from prunebench.report.grid import Grid
from prunebench.report.spread import seed_means
from prunebench.report.table import Cell, Table, make_table, numbers, words
from prunebench.report.tables.accuracy import label_cells
from prunebench.report.wording import NOTHING, percent, plain, times
from prunebench.results.measurement import Measurement
from prunebench.statistics.area import Area, areas
from prunebench.statistics.pareto import Membership, membership

SEED = 0
"""Of the resampling, so that a report made anew has the same numbers."""

DENSE = (-1, "")
"""The point of the dense network."""


def area_table(grid: Grid) -> Table | None:
    """Give the area under each curve, methods against protocols; None without two sizes."""
    found = {
        protocol: areas(frame, COLUMN, np.random.default_rng(SEED))
        for protocol in grid.protocols
        if len(frame := narrow(under(grid, protocol), "compression_ratio"))
    }
    if not any(found.values()):
        return None
    return make_table(
        "Area under the curve",
        "Mean test accuracy in percent over the logarithm of the compression, on the range that "
        "all curves of a protocol cover, with a 95 % bootstrap interval over seeds. "
        f"{ranges(found)}",
        [*words("Method"), *numbers(*found)],
        [
            [method, *(area_cell(by_method.get(method)) for by_method in found.values())]
            for method in grid.methods
        ],
    )


def under(grid: Grid, protocol: str) -> list[Measurement]:
    """Give the methods' own trials of one protocol."""
    return [row for row in own_rows(grid.entries) if row.protocol == protocol]


def ranges(found: dict[str, dict[str, Area]]) -> str:
    """Say which compressions the areas cover."""
    known = {
        f"{times(one.start)} to {times(one.stop)}"
        for by_method in found.values()
        for one in by_method.values()
    }
    return f"Range: {', '.join(sorted(known))}."


def area_cell(found: Area | None) -> Cell:
    """Write an area with its interval; what is missing beside it."""
    if found is None:
        return Cell(NOTHING)
    known = found.low is not None
    note = f"{percent(found.low)} to {percent(found.high)}" if known else f"n = {found.n}"
    lost = f"; {len(found.lost)} of {found.n + len(found.lost)} seeds incomplete"
    return Cell(percent(found.mean), note + (lost if found.lost else ""))


def front_tables(grid: Grid) -> list[Table]:
    """Say how often each network is on the front: by multiply-adds, and by what it cost to make."""
    by_size = {
        protocol: share_on_front(grid, [protocol], "macs_sparse") for protocol in grid.protocols
    }
    by_cost = share_on_front(grid, grid.protocols, "total_macs")
    size = front_table(
        grid,
        by_size,
        "Pareto front: multiply-adds",
        "of the network, counting kept weights, against accuracy, within each protocol",
    )
    cost = front_table(
        grid,
        dict.fromkeys(grid.protocols, by_cost),
        "Pareto front: total training cost",
        "of dense training, pruning and retraining together, against accuracy, over all protocols",
    )
    return [table for table in (size, cost) if table]


def share_on_front(
    grid: Grid, protocols: Sequence[str], cost: str
) -> dict[tuple[int, str], Membership]:
    """Give the membership of every point, by the entry's place and the protocol.

    The dense network is a point too. A point that lacks a seed which others have is left out:
    resampling needs the same seeds everywhere.
    """
    points = {
        (place, protocol): rows
        for place, entry in enumerate(grid.entries)
        for protocol in protocols
        if (rows := [row for row in entry.under(protocol) if not row.control_of])
    }
    points |= {DENSE: list(grid.dense.rows)} if grid.dense else {}
    both = {
        key: [seed_means(rows, attrgetter(c)) for c in (cost, COLUMN)]
        for key, rows in points.items()
    }
    seeds = {seed for values in both.values() for seed in values[1]}
    whole = {key: found for key, found in both.items() if all(set(one) == seeds for one in found)}
    if len(whole) < 2 or not seeds:
        return {}
    names = {str(number): key for number, key in enumerate(whole)}
    costs, qualities = (
        pd.DataFrame({name: pd.Series(whole[key][side]) for name, key in names.items()})
        for side in (0, 1)
    )
    found = membership(costs, qualities, np.random.default_rng(SEED))
    return {names[name]: one for name, one in found.items()}


def front_table(
    grid: Grid, found: dict[str, dict[tuple[int, str], Membership]], title: str, what: str
) -> Table | None:
    """Write shares of resamples, methods and targets against protocols; None if there are none."""
    if not any(found.values()):
        return None
    seeds = max(one.seeds for shares in found.values() for one in shares.values())
    lines = [
        [
            *label_cells(entry),
            *(front_cell(found[protocol].get((place, protocol))) for protocol in grid.protocols),
        ]
        for place, entry in enumerate(grid.entries)
    ]
    dense = [front_cell(found[protocol].get(DENSE)) for protocol in grid.protocols]
    top: list[list[Cell | str]] = [["dense", "", *dense]] if grid.dense else []
    return make_table(
        title,
        f"Percent of 2,000 resamples of the seeds in which no other network is both cheaper and "
        f"more accurate: multiply-adds {what}. Beside it: on the front by the means, or dominated, "
        f"which needs less than 5 % and at least five seeds (here {plain(seeds)}).",
        [*words("Method", "Target"), *numbers(*grid.protocols)],
        [*top, *lines],
    )


def front_cell(one: Membership | None) -> Cell:
    """Write how often a point is on the front; a dash where seeds are missing."""
    if one is None:
        return Cell(NOTHING)
    note = "front" if one.on_front else "dominated" if one.dominated else ""
    return Cell(percent(one.frequency, 0), note)
