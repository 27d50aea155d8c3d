"""How long networks that were cut really take, beside their dense counterparts."""

from collections.abc import Iterable, Sequence
from functools import partial
from operator import attrgetter

from prunebench.core.digest import Json
from prunebench.report.grid import Entry, Grid
from prunebench.report.table import Cell, Table, make_table, numbers, words
from prunebench.report.tables.accuracy import label_cells, mean
from prunebench.report.tables.ledger import distinct
from prunebench.report.wording import NOTHING, milliseconds, times
from prunebench.results.measurement import Measurement

MASKED = "masked only: not realised"
UNMEASURED = "not measured"


def latency_table(grid: Grid) -> Table | None:
    """Give measured times, one line per method and target; None if none was measured.

    A control has its method's shape and so its times; it has no line of its own.
    """
    measured = [row for entry in grid.entries for row in entry.rows if row.latency]
    if not measured:
        return None
    sizes = batch_sizes(measured)
    return make_table(
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
            for entry in grid.entries
        ],
    )


def batch_sizes(rows: Iterable[Measurement]) -> list[str]:
    """List the numbers of images at a time that were measured, in order."""
    batches = [row.latency.get("batches") for row in rows]
    return sorted({size for found in batches if isinstance(found, dict) for size in found}, key=int)


def headings(sizes: Iterable[str]) -> list[str]:
    """Head the columns of every batch size."""
    found = []
    for size in sizes:
        images = f"{size} image{'' if size == '1' else 's'}"
        found += [f"{images}: dense ms", f"{images}: cut ms", f"{images}: speed-up"]
    return found


def batch_cells(entry: Entry, size: str) -> list[Cell | str]:
    """Write the times of one line at one batch size, or why there are none."""
    known = {row.realised for row in entry.rows if row.realised is not None}
    if known == {False}:
        return [NOTHING, MASKED, NOTHING]
    if known and not any(row.latency for row in entry.rows):
        return [NOTHING, UNMEASURED, NOTHING]
    return [
        time_cell(entry.rows, size, "dense"),
        time_cell(entry.rows, size, "pruned"),
        times(mean(entry.rows, partial(timing, path=(size, "speedup")))),
    ]


def time_cell(rows: Sequence[Measurement], size: str, which: str) -> Cell:
    """Write a median with its percentiles beside it."""
    median, low, high = (
        milliseconds(mean(rows, partial(timing, path=(size, which, point))))
        for point in ("median", "p10", "p90")
    )
    return Cell(median, "" if NOTHING in (low, high) else f"{low}–{high}")


def timing(row: Measurement, path: Sequence[str]) -> float | None:
    """Read one number from a row's batches; None where it is not there."""
    found: Json = row.latency.get("batches")
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return float(found) if is_number else None  # type: ignore[arg-type] # a number


def conditions_phrase(rows: Sequence[Measurement]) -> str:
    """Say on what and how it was measured; where rows differ all values are named."""

    def all_of(name: str) -> str:
        return distinct(str(row.latency[name]) for row in rows if name in row.latency)

    layouts = {row.latency.get("channels_last") for row in rows}
    layout = " and ".join(
        words
        for last, words in ((True, "channels last"), (False, "channels first"))
        if last in layouts
    )
    places = {row.latency.get("environment") for row in rows}
    where = f" Measured in {len(places)} environments." if len(places) > 1 else ""
    return (
        f"Device {all_of('device')}, threads {all_of('threads')}, "
        f"{all_of('precision') or all_of('dtype')}, "
        f"{layout or 'unknown layout'}; passes to warm up {all_of('warmup')}, counted "
        f"{all_of('repeats')}.{where}"
    )
