"""What the methods themselves cost: scoring, reconstructing, and the search for a setting."""

from collections.abc import Sequence
from operator import attrgetter

from prunebench.report.grid import Entry, Grid
from prunebench.report.spread import mean
from prunebench.report.table import Cell, Column, Table, make_table, numbers, words
from prunebench.report.tables.accuracy import label_cells, muted_lines
from prunebench.report.wording import NOTHING, count, duration, memory, plain, times
from prunebench.results.measurement import Measurement


def cost_table(grid: Grid) -> Table | None:
    """Give each method's own cost, one line per method and target; None if none was measured."""
    if all(row.method_seconds is None for row in grid.rows):
        return None
    tuned = any(row.tuned_setting for row in grid.rows)
    return make_table(
        "Cost of pruning",
        "Means over seeds, all rounds together, without any training between them: scoring, "
        "selecting and reconstructing; training images drawn for it, repeats counted; largest "
        f"resident memory above the start.{tuning_phrase() if tuned else ''}",
        [
            *words("Method", "Target"),
            *numbers("Time", "Training images", "Peak memory"),
            *(tuning_columns() if tuned else []),
        ],
        [
            [*label_cells(entry), *cost_cells(entry), *(tuning_cells(entry) if tuned else [])]
            for entry in grid.pruned
        ],
        muted_lines(grid.pruned),
    )


def tuning_phrase() -> str:
    """Explain the columns of the tuning."""
    return (
        " A tuned setting is the strength of a method's penalty, searched for so that training "
        "with it leads to the target; what the search cost stands beside it, its compute relative "
        "to dense training."
    )


def tuning_columns() -> list[Column]:
    """Head the columns of the tuning."""
    return [
        *words("Tuned setting"),
        *numbers("Tuning epochs", "Tuning compute", "Tuning time"),
    ]


def cost_cells(entry: Entry) -> list[str]:
    """Write what scoring and reconstructing cost."""
    return [
        duration(mean(entry.rows, attrgetter("method_seconds"))),
        count(mean(entry.rows, attrgetter("method_samples"))),
        memory(mean(entry.rows, attrgetter("method_memory"))),
    ]


def tuning_cells(entry: Entry) -> list[Cell | str]:
    """Write what was tuned for this target, and what that cost."""
    rows = [row for row in entry.rows if row.tuned_setting]
    return [
        tuned_setting(rows, entry.target),
        plain(mean(rows, attrgetter("tuning_epochs")), 4),
        times(mean(rows, tuning_compute)),
        duration(mean(rows, attrgetter("tuning_seconds"))),
    ]


def tuned_setting(rows: Sequence[Measurement], target: str) -> Cell | str:
    """Write the setting with its value, as a range where seeds differ, and what it was for."""
    values = sorted(row.tuned_value for row in rows if row.tuned_value is not None)
    if not values:
        return NOTHING
    ends = dict.fromkeys(plain(value, 3) for value in (values[0], values[-1]))
    return Cell(f"{rows[0].tuned_setting} = {' to '.join(ends)}", f"found for density {target}")


def tuning_compute(row: Measurement) -> float | None:
    """Give the search's multiply-adds as a multiple of the dense training's."""
    if row.tuning_macs is None or not row.dense_macs:
        return None
    return row.tuning_macs / row.dense_macs
