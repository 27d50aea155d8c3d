"""What it cost and what it saved: budgets and sizes."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from prunebench.report.grid import Entry, Grid
from prunebench.report.spread import mean
from prunebench.report.table import Cell, Table, make_table, numbers, without_empty, words
from prunebench.report.tables.accuracy import label_cells, muted_lines
from prunebench.report.wording import NOTHING, count, duration, percent, plain, times
from prunebench.results.measurement import Measurement

OPTIONAL = ("R", "Cap", "Overrides", "Init scale")
"""Columns that are there if some line has something to say in them."""


def budget_table(grid: Grid) -> Table:
    """Give what each protocol spent, one line per method, target and protocol."""
    lines = [
        (entry, protocol, rows)
        for entry in grid.pruned
        for protocol in (*grid.protocols, *grid.control_protocols)
        if (rows := entry.under(protocol))
    ]
    tuned = any(row.tuned_setting for row in grid.rows)
    table = make_table(
        "Budget",
        budget_caption(grid, tuned=tuned),
        [
            *words("Method", "Target", "Protocol"),
            *numbers(*(["Tuning"] if tuned else [])),
            *numbers("Dense", "Pruning", "Retraining", "Total", "Compute", "R", "Cap", "Rate"),
            *words("Overrides", "Init scale"),
            *numbers("Retraining time"),
        ],
        [
            [*label_cells(entry), protocol, *searched(rows, tuned=tuned), *budget_cells(rows)]
            for entry, protocol, rows in lines
        ],
        [n for n, (_, _, rows) in enumerate(lines) if all(row.control_of for row in rows)],
    )
    return without_empty(table, OPTIONAL)


def budget_caption(grid: Grid, *, tuned: bool) -> str:
    """Explain the columns that the table has."""
    searches = " of the search for a penalty's strength," if tuned else ""
    text = (
        f"Means over seeds. Epochs{searches} of dense training, of training between pruning "
        "rounds, of retraining, and in all. Compute is the retraining's multiply-adds relative to "
        "dense training, each network at its own cost."
    )
    if any(row.budget_ratio is not None for row in grid.rows):
        text += (
            " R is the ratio dense / pruned multiply-adds that lengthens Scratch-B, and its cap."
        )
    return text


def searched(rows: Sequence[Measurement], *, tuned: bool) -> list[str]:
    """Write the epochs of the tuning; no cell where nothing was tuned at all."""
    return [plain(mean(rows, attrgetter("tuning_epochs")), 4)] if tuned else []


def budget_cells(rows: Sequence[Measurement]) -> list[str]:
    """Write the ledger of one cell's trials."""
    epochs = ("dense_epochs", "pruning_epochs", "epochs", "total_epochs")
    return [
        *(plain(mean(rows, attrgetter(name)), 4) for name in epochs),
        times(mean(rows, relative_compute)),
        plain(mean(rows, attrgetter("budget_ratio")), 4),
        cap(rows),
        distinct(plain(row.lr) for row in rows if row.lr is not None),
        distinct(row.overridden for row in rows),
        distinct(row.scale for row in rows),
        duration(mean(rows, attrgetter("seconds"))),
    ]


def relative_compute(row: Measurement) -> float | None:
    """Give the retraining's multiply-adds as a multiple of the dense training's."""
    if row.retraining_macs is None or not row.dense_macs:
        return None
    return row.retraining_macs / row.dense_macs


def cap(rows: Iterable[Measurement]) -> str:
    """Write the cap of R; a protocol with R and no cap is uncapped."""
    bounded = [row for row in rows if row.budget_ratio is not None]
    return distinct("none" if row.budget_cap is None else plain(row.budget_cap) for row in bounded)


def distinct(texts: Iterable[str]) -> str:
    """Join the different texts, in order of appearance."""
    return ", ".join(dict.fromkeys(text for text in texts if text)) or NOTHING


def size_table(grid: Grid) -> Table:
    """Give what was measured of each network's size, one line per method and target."""
    timed = any("backend" in row.latency for row in grid.rows)
    return make_table(
        "Measured size",
        "Means over seeds. Parameters of the whole network; prunable weights kept; multiply-adds "
        "for one image: dense, of the network that was run, and counting kept weights only. "
        f"Masks save nothing when the network runs{' with dense kernels' if timed else ''}, only "
        "channels that were cut out do; no time was measured here.",
        [
            *words("Method", "Target"),
            *numbers("Parameters", "Kept", "Prunable kept", "Multiply-adds", "Run", "Kept only"),
            *words("Removal"),
            *numbers("Saved by cutting %"),
        ],
        [[*label_cells(entry), *measured_cells(entry)] for entry in grid.pruned],
        muted_lines(grid.pruned),
    )


def measured_cells(entry: Entry) -> list[Cell | str]:
    """Write the sizes of one method at one target."""
    rows = entry.rows
    short = mean(rows, attrgetter("shortfall"))
    kept = count(mean(rows, attrgetter("prunable_kept")))
    saved = {True: percent(mean(rows, saved_by_cutting), 1), False: "none"}
    known = [row.realised for row in rows if row.realised is not None]
    return [
        count(mean(rows, attrgetter("params_dense"))),
        count(mean(rows, attrgetter("params_kept"))),
        Cell(kept, f"{plain(short)} off target" if short else ""),
        count(mean(rows, attrgetter("macs_dense"))),
        count(mean(rows, attrgetter("macs_physical"))),
        count(mean(rows, attrgetter("macs_sparse"))),
        distinct("cut" if cut else "masked only" for cut in known),
        distinct(saved[cut] for cut in known),
    ]


def saved_by_cutting(row: Measurement) -> float | None:
    """Give the share of the multiply-adds that the network that was run lacks; None for a mask."""
    if not row.realised or not row.macs_dense or row.macs_physical is None:
        return None
    return 1 - row.macs_physical / row.macs_dense
