"""What it cost and what it saved: budgets, sizes, and trials without a number."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from prunebench.report.accuracy import label_cells, mean
from prunebench.report.grid import Entry, Grid
from prunebench.report.table import Cell, Table, make_table, numbers, words
from prunebench.report.wording import NOTHING, count, duration, plain, times
from prunebench.results.measurement import Measurement
from prunebench.results.record import Skipped


def budget_table(grid: Grid) -> Table:
    """Give what each protocol spent, one line per method, target and protocol."""
    return make_table(
        "Budget",
        "Means over seeds. Epochs of dense training, of training between pruning rounds, of "
        "retraining, and in all. Compute is the retraining's multiply-adds relative to dense "
        "training, each network at its own cost. R is the ratio dense / pruned multiply-adds that "
        "lengthens Scratch-B, and its cap.",
        [
            *words("Method", "Target", "Protocol"),
            *numbers("Dense", "Pruning", "Retraining", "Total", "Compute", "R", "Cap", "Rate"),
            *words("Overrides", "Init scale"),
            *numbers("Retraining time"),
        ],
        [
            [*label_cells(entry), protocol, *budget_cells(entry.under(protocol))]
            for entry in grid.entries
            for protocol in grid.protocols
            if entry.under(protocol)
        ],
    )


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
    return make_table(
        "Measured size",
        "Means over seeds. Parameters of the whole network; prunable weights kept; multiply-adds "
        "for one image: dense, of the network that was run, and counting kept weights only. "
        "Masks save no time: only channels that were cut out are realised.",
        [
            *words("Method", "Target"),
            *numbers("Parameters", "Kept", "Prunable kept", "Multiply-adds", "Run", "Kept only"),
            *words("Removal"),
            *numbers("Realised speed-up"),
        ],
        [[*label_cells(entry), *measured_cells(entry)] for entry in grid.entries],
    )


def measured_cells(entry: Entry) -> list[Cell | str]:
    """Write the sizes of one method at one target."""
    rows = entry.rows
    short = mean(rows, attrgetter("shortfall"))
    kept = count(mean(rows, attrgetter("prunable_kept")))
    speeds = {True: times(mean(rows, realised_speedup)), False: "not realised"}
    known = [row.realised for row in rows if row.realised is not None]
    return [
        count(mean(rows, attrgetter("params_dense"))),
        count(mean(rows, attrgetter("params_kept"))),
        Cell(kept, f"{plain(short)} off target" if short else ""),
        count(mean(rows, attrgetter("macs_dense"))),
        count(mean(rows, attrgetter("macs_physical"))),
        count(mean(rows, attrgetter("macs_sparse"))),
        distinct("cut" if cut else "masked only" for cut in known),
        distinct(speeds[cut] for cut in known),
    ]


def realised_speedup(row: Measurement) -> float | None:
    """Give dense multiply-adds over those of the network that was run; None for a mask."""
    if not row.realised or row.macs_dense is None or not row.macs_physical:
        return None
    return row.macs_dense / row.macs_physical


def trouble_table(rows: Iterable[Measurement]) -> Table | None:
    """List every trial that gave no number, with its reason; None if there is none."""
    bad = [row for row in rows if row.status != "ok"]
    if not bad:
        return None
    return make_table(
        "Trials without a number",
        "Diverged (a loss that is not finite) and collapsed (a layer without units) are results; "
        "failed and blocked trials can be tried again.",
        [
            *words("Data set", "Model", "Method", "Target", "Protocol"),
            *numbers("Seed", "Draw"),
            *words("Status", "Reason"),
        ],
        [[*coordinates(row), row.status, row.reason or NOTHING] for row in bad],
    )


def coordinates(row: Measurement) -> list[str]:
    """Name a trial."""
    labels = [row.dataset, row.model, row.method, row.target, row.protocol]
    return [*labels, str(row.seed), str(row.draw)]


def skipped_table(skipped: Sequence[Skipped]) -> Table | None:
    """List the combinations that cannot work, with reasons; None if there is none."""
    if not skipped:
        return None
    return make_table(
        "Skipped combinations",
        "These cannot work, or would mean nothing; they were left out of the plan.",
        words("Data set", "Model", "Method", "Target", "Protocol", "Reason"),
        [[s.dataset, s.model, s.method, s.target, s.protocol, s.reason] for s in skipped],
    )
