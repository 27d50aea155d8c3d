"""The rate of the fine-tuning, where it was swept: which one validation chose."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from prunebench.core.digest import Json
from prunebench.report.asked import parts
from prunebench.report.grid import Entry, Grid
from prunebench.report.prose import counted
from prunebench.report.spread import mean, spread
from prunebench.report.table import Cell, Table, make_table, numbers, words
from prunebench.report.tables.accuracy import label_cells
from prunebench.report.wording import NOTHING, percent, percent_spread, plain
from prunebench.results.measurement import Measurement

SWEPT = "finetune"
"""Id of the protocol whose rate is swept."""


def sweep_table(grid: Grid, experiment: Mapping[str, Json]) -> Table | None:
    """Give the rate that validation chose for every method and target; None without a sweep."""
    if not any(part.get("finetune_lrs") for part in parts(experiment)):
        return None
    lines = [(entry, candidates(entry)) for entry in grid.entries]
    swept = [(entry, rates) for entry, rates in lines if len(rates) > 1]
    if not swept:
        return None
    budgets = sorted({len(rates) for _, rates in swept})
    table = make_table(
        "Rate of the fine-tuning",
        "Of the rates tried, the one with the largest mean validation accuracy, at the step that "
        "validation chose; then the test accuracies at that rate, percent, mean (± sample "
        "standard deviation).",
        [
            *words("Method", "Target"),
            *numbers(
                "Rates tried", "Chosen", "Validation", "Test, selected step", "Test, last step"
            ),
        ],
        [[*label_cells(entry), *chosen_cells(rates)] for entry, rates in swept],
    )
    equal = (
        f"Every method and target had the same budget: {counted(budgets[0], 'rate')}."
        if len(budgets) == 1
        else f"Budgets differ, from {budgets[0]} to {counted(budgets[-1], 'rate')}."
    )
    return replace(table, remark=f"Validation chose, never test. {equal}")


def candidates(entry: Entry) -> dict[float, list[Measurement]]:
    """Give the fine-tuned trials of an entry by their rate, from small to large."""
    found: dict[float, list[Measurement]] = {}
    for row in entry.rows:
        if row.protocol_id == SWEPT and row.lr is not None and not row.control_of:
            found.setdefault(row.lr, []).append(row)
    return dict(sorted(found.items()))


def chosen_rate(rates: Mapping[float, Sequence[Measurement]]) -> float | None:
    """Give the rate with the largest mean validation accuracy, the smaller of equal ones.

    None where no validation accuracy was measured.
    """
    pick = attrgetter("validation_accuracy")
    found = {rate: mean(rows, pick) for rate, rows in rates.items()}
    known = {rate: value for rate, value in found.items() if value is not None}
    return max(known, key=lambda rate: (known[rate], -rate)) if known else None


def chosen_cells(rates: Mapping[float, Sequence[Measurement]]) -> list[Cell | str]:
    """Write what was tried and what was chosen; a rate at the edge of the sweep is marked."""
    tried = Cell(str(len(rates)), ", ".join(plain(rate) for rate in rates))
    chosen = chosen_rate(rates)
    if chosen is None:
        return [tried, Cell(NOTHING, "no validation"), NOTHING, NOTHING, NOTHING]
    edge = {min(rates): "smallest tried", max(rates): "largest tried"}.get(chosen, "")
    rows = rates[chosen]
    return [
        tried,
        Cell(plain(chosen), edge),
        percent(mean(rows, attrgetter("validation_accuracy"))),
        percent_spread(spread(rows, attrgetter("test_accuracy_selected"))),
        percent_spread(spread(rows, attrgetter("test_accuracy_last"))),
    ]
