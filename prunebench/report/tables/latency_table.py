"""How long networks that were cut really take, beside their dense counterparts."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from operator import attrgetter

from prunebench.report.grid import Entry, Grid
from prunebench.report.spread import mean
from prunebench.report.table import Cell, Table, make_table, numbers, words
from prunebench.report.tables.accuracy import label_cells
from prunebench.report.tables.timings import (
    CUT,
    batch_sizes,
    conditions_phrase,
    images_phrase,
    is_timed,
    reasons,
    time_cell,
    timing,
)
from prunebench.report.wording import NOTHING, printable, times

MASKED = "masked only: not realised"
UNMEASURED = "not measured"


def latency_table(grid: Grid) -> Table | None:
    """Give measured times, one line per method and target; None if no cut network was timed.

    A control has its method's shape and so its times; it has no line of its own. Masks that were
    timed have a table of their own.
    """
    entries = [entry for entry in grid.entries if not batch_sizes(entry.rows, sparse=True)]
    rows = [row for entry in entries for row in entry.rows]
    measured = [row for row in rows if is_timed(row)]
    if not measured:
        return None
    sizes = batch_sizes(measured)
    table = make_table(
        "Latency",
        "Milliseconds of one forward pass of a whole batch: mean over seeds of the medians, and of "
        "the tenth and ninetieth percentiles beside it. Dense and cut network took turns in the "
        "same session, with nothing else running. Speed-up is dense / cut; by multiply-adds it is "
        f"theoretical. {conditions_phrase(measured)}",
        [*words("Method", "Target"), *numbers("Speed-up by multiply-adds", *headings(sizes))],
        [
            [
                *label_cells(entry),
                times(mean(entry.rows, attrgetter("theoretical_speedup"))),
                *(cell for size in sizes for cell in batch_cells(entry, size)),
            ]
            for entry in entries
        ],
    )
    why = "; ".join(reasons(rows))
    return replace(table, remark=printable(f"Masks were not timed: {why}.")) if why else table


def headings(sizes: Iterable[str]) -> list[str]:
    """Head the columns of every batch size."""
    found = []
    for images in map(images_phrase, sizes):
        found += [f"{images}: dense ms", f"{images}: cut ms", f"{images}: speed-up"]
    return found


def batch_cells(entry: Entry, size: str) -> list[Cell | str]:
    """Write the times of one line at one batch size, or why there are none."""
    known = {row.realised for row in entry.rows if row.realised is not None}
    if known == {False}:
        return [NOTHING, MASKED, NOTHING]
    if known and not any(is_timed(row) for row in entry.rows):
        return [NOTHING, UNMEASURED, NOTHING]
    return [
        time_cell(entry.rows, size, "dense"),
        time_cell(entry.rows, size, CUT),
        times(mean(entry.rows, partial(timing, path=(size, "speedup")))),
    ]
