"""Reading what rows hold of their measured times, for tables, figures and sentences."""

from collections.abc import Iterable, Sequence
from functools import partial

from prunebench.core.digest import Json
from prunebench.report.spread import mean
from prunebench.report.table import Cell
from prunebench.report.tables.ledger import distinct
from prunebench.report.wording import NOTHING, milliseconds
from prunebench.results.measurement import Measurement

CUT, SPARSE = "pruned", "sparse"
"""A network whose channels were cut; a masked one whose zeros are left out."""


def is_timed(row: Measurement) -> bool:
    """Say whether a network was run against the clock."""
    return bool(row.latency) and "untimed" not in row.latency


def reasons(rows: Iterable[Measurement]) -> list[str]:
    """List why networks were not timed though it was asked for."""
    found = (row.latency.get("untimed") for row in rows)
    return list(dict.fromkeys(reason for reason in found if isinstance(reason, str)))


def batch_sizes(rows: Iterable[Measurement], *, sparse: bool = False) -> list[str]:
    """List the numbers of images at a time at which networks were timed, in order.

    Those of masked networks, where `sparse`; otherwise those of cut ones.
    """
    batches = [row.latency.get("batches") for row in rows]
    found = {
        size
        for batch in batches
        if isinstance(batch, dict)
        for size, times in batch.items()
        if (isinstance(times, dict) and SPARSE in times) is sparse
    }
    return sorted(found, key=int)


def images_phrase(size: str) -> str:
    """Write a number of images at a time."""
    return f"{size} image{'' if size == '1' else 's'}"


def time_cell(rows: Sequence[Measurement], size: str, which: str) -> Cell:
    """Write a median with its percentiles beside it."""
    median, low, high = (
        milliseconds(mean(rows, partial(timing, path=(size, which, point))))
        for point in ("median", "p10", "p90")
    )
    return Cell(median, "" if NOTHING in (low, high) else f"{low}–{high}")


def timing(row: Measurement, path: Sequence[str]) -> float | None:
    """Read one number from a row's batches; None where it is not there."""
    return number_in(row.latency.get("batches"), path)


def number_in(found: Json, path: Sequence[str]) -> float | None:
    """Read one number from nested objects; None where it is not there."""
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return float(found) if is_number else None  # type: ignore[arg-type] # a number


def conditions_phrase(rows: Sequence[Measurement]) -> str:
    """Say on what and how it was measured; where rows differ all values are named."""

    def all_of(*names: str) -> str:
        found = (row.latency.get(name) for row in rows for name in names)
        return distinct(str(value) for value in found if value is not None)

    layouts = {row.latency.get("channels_last") for row in rows}
    layout = " and ".join(
        words
        for last, words in ((True, "channels last"), (False, "channels first"))
        if last in layouts
    )
    places = {row.latency.get("environment") for row in rows}
    where = f" Measured in {len(places)} environments." if len(places) > 1 else ""
    precision = all_of("precision", "dtype")  # what it was called before
    return (
        f"Device {all_of('device')}, threads {all_of('threads')}, {precision}, "
        f"{layout or 'unknown layout'}; passes to warm up {all_of('warmup')}, counted "
        f"{all_of('repeats')}.{where}"
    )
