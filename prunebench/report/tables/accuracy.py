"""Tables of accuracies: protocols side by side, nothing dropped silently."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from prunebench.report.achieved import DRIFT, kept_cell, missed, target_cell
from prunebench.report.grid import Entry, Grid
from prunebench.report.spread import Pick, Spread, mean, seed_means, spread
from prunebench.report.table import Cell, Column, Table, make_table, numbers, words
from prunebench.report.wording import NOTHING, percent, percent_spread, printable, times
from prunebench.results.measurement import Measurement

LAST: Pick = attrgetter("test_accuracy_last")


def main_table(grid: Grid) -> Table:
    """Give test accuracies at the last step, one line per method and target."""
    usual = usual_seeds(grid, LAST)
    return make_table(
        "Test accuracy",
        f"Percent at the last step: mean (± sample standard deviation), {seeds_phrase(usual)}. "
        "Removed and kept count the prunable weights; compression counts all parameters; the "
        f"speed-up is theoretical (multiply-adds, never wall time).{explained(grid)}",
        [
            *words("Method", "Target"),
            *numbers("Removed %", "Kept %", "Compression", "Speed-up", "Before retraining"),
            *protocol_columns(grid),
        ],
        [
            [*size_cells(entry), before(entry, usual), *accuracy_cells(entry, grid, LAST, usual)]
            for entry in grid.lines
        ],
        muted_lines(grid.lines),
    )


def explained(grid: Grid) -> str:
    """Explain, for a caption, the lines and marks that not every table has."""
    found = ""
    if grid.references:
        found += (
            " A dense network trained with a method's penalty is the one that this method prunes."
        )
    if any(map(missed, grid.lines)):
        found += (
            f" Where a seed kept more than {percent(DRIFT, 0)} % more or less than its target "
            f"says, what was kept stands beside it."
        )
    if grid.controls:
        found += (
            " A control keeps as many units of every layer as the method above it, chosen in "
            "another way."
        )
    if grid.control_protocols:
        names = ", ".join(grid.control_protocols)
        found += f" As a control under {names}: the pruned network itself, trained from scratch."
    return found


def protocol_columns(grid: Grid) -> list[Column]:
    """Head one column per protocol; those that are there to compare with come last."""
    asked = len(grid.protocols)
    titles = column_titles(grid)
    return [*numbers(*titles[:asked]), *(Column(title, muted=True) for title in titles[asked:])]


def column_titles(grid: Grid) -> list[str]:
    """Name the columns of protocols."""
    return [*grid.protocols, *(f"{name} (control)" for name in grid.control_protocols)]


def muted_lines(entries: Iterable[Entry]) -> list[int]:
    """Give the places of the lines that are controls."""
    return [number for number, entry in enumerate(entries) if entry.is_control]


def top5_table(grid: Grid) -> Table | None:
    """Give top-5 accuracies at the last step; None where they were not measured."""
    pick = attrgetter("test_top5_last")
    if all(pick(row) is None for row in grid.rows):
        return None
    usual = usual_seeds(grid, pick)
    return make_table(
        "Top-5 test accuracy",
        f"Percent at the last step, {seeds_phrase(usual)}.",
        [*words("Method", "Target"), *protocol_columns(grid)],
        [[*label_cells(entry), *accuracy_cells(entry, grid, pick, usual)] for entry in grid.pruned],
        muted_lines(grid.pruned),
    )


def selected_table(grid: Grid) -> Table | None:
    """Give test accuracies at the step that validation chose; None without validation."""
    validation = attrgetter("validation_accuracy")
    if all(validation(row) is None for row in grid.rows):
        return None
    chosen = attrgetter("test_accuracy_selected")

    def cell(rows: Sequence[Measurement]) -> Cell:
        found = mean(rows, validation)
        note = "" if found is None else f"validation {percent(found)}"
        return Cell(result_cell(rows, chosen, None).text, note)

    any_dense = grid.dense is not None or bool(grid.references)

    def dense(entry: Entry) -> list[Cell | str]:
        if not any_dense:
            return []
        return [cell(entry.rows) if entry.is_dense else ""]

    return make_table(
        "Test accuracy at the selected step",
        "The step is chosen by validation alone; beside each test accuracy stands the mean "
        "validation accuracy at that step.",
        [
            *words("Method", "Target"),
            *numbers(*(["Dense"] if any_dense else [])),
            *protocol_columns(grid),
        ],
        [
            [*label_cells(entry), *dense(entry), *under_protocols(entry, grid, cell)]
            for entry in grid.lines
        ],
        muted_lines(grid.lines),
    )


def label_cells(entry: Entry) -> list[Cell]:
    """Name a line; say what it kept where its target does not."""
    return [Cell(entry.name, "control" if entry.is_control else ""), target_cell(entry)]


def size_cells(entry: Entry) -> list[Cell | str]:
    """Name a line and say how much of the network it keeps."""
    density = mean(entry.rows, attrgetter("density"))
    return [
        *label_cells(entry),
        percent(None if density is None else 1 - density, 1),
        kept_cell(entry),
        times(mean(entry.rows, attrgetter("compression_ratio"))),
        times(mean(entry.rows, attrgetter("theoretical_speedup"))),
    ]


def before(entry: Entry, usual: int | None) -> Cell:
    """Give the accuracy before any retraining; for the dense network its own accuracy."""
    if entry.is_dense:
        return result_cell(entry.rows, LAST, usual)
    found = spread(entry.rows, attrgetter("accuracy_after_pruning"))
    return Cell(percent_spread(found), note(entry.rows, found, Counter(), usual))


def accuracy_cells(entry: Entry, grid: Grid, pick: Pick, usual: int | None) -> list[Cell]:
    """Give one accuracy per protocol."""
    return under_protocols(entry, grid, lambda rows: result_cell(rows, pick, usual))


def under_protocols(
    entry: Entry, grid: Grid, cell: Callable[[Sequence[Measurement]], Cell]
) -> list[Cell]:
    """Make one cell per protocol of the grid, those that are controls alone last.

    Cells without a meaning stay empty: dense networks were not retrained, and not every line has
    every control.
    """
    if entry.is_dense:
        return [Cell("")] * len(column_titles(grid))
    controls = [entry.under(name) for name in grid.control_protocols]
    return [
        *(cell(entry.under(name)) for name in grid.protocols),
        *(cell(rows) if rows else Cell("") for rows in controls),
    ]


def result_cell(rows: Sequence[Measurement], pick: Pick, usual: int | None) -> Cell:
    """Write mean and deviation, and how many seeds they stand on where that is not evident.

    Parameters
    ----------
    rows
        The trials of the cell.
    pick
        Accuracy as a fraction.
    usual
        Number of seeds that the caption promises; None if it promises none.
    """
    found = spread(rows, pick)
    bad: Counter[str] = Counter(row.status for row in rows if row.status != "ok")
    text = percent_spread(found)
    if found is None and bad:
        text = ", ".join(sorted(bad))
    return Cell(text, note(rows, found, bad, usual))


def note(
    rows: Sequence[Measurement], found: Spread | None, bad: Counter[str], usual: int | None
) -> str:
    """Say on how many seeds a cell stands, and what became of the other trials."""
    if bad and found is None and len(rows) == 1:
        return ""  # the cell itself says what became of its one trial
    if bad:
        seeds = len({row.seed for row in rows})
        lost = ", ".join(f"{number} {status}" for status, number in sorted(bad.items()))
        return f"{found.seeds if found else 0} of {seeds} seeds; {lost}"
    return f"n = {found.seeds}" if found and found.seeds != usual else ""


def usual_seeds(grid: Grid, pick: Pick) -> int | None:
    """Give the number of seeds if it is the same in every cell without loss, else None."""
    cells = [rows for entry in grid.lines for rows in entry.by_protocol.values()]
    whole = [rows for rows in cells if all(row.status == "ok" for row in rows)]
    sizes = {len(found) for rows in whole if (found := seed_means(rows, pick))}
    return sizes.pop() if len(sizes) == 1 else None


def seeds_phrase(usual: int | None) -> str:
    """Say in a caption how many seeds the cells stand on."""
    if usual is None:
        return "number of seeds n beside each"
    if usual == 1:
        return "one seed, so without deviation"
    return f"{usual} seeds unless a cell says otherwise"


def summary_table(grids: Sequence[Grid]) -> list[list[str]]:
    """Give the short table that closes a run: headings first, then one line per network.

    The numbers are the very ones of `main_table`.
    """
    protocols = list(dict.fromkeys(name for grid in grids for name in column_titles(grid)))
    heading = ["Data set", "Model", "Method", "Target", "Kept %", "Before retraining", *protocols]
    lines = [summary_line(entry, grid, protocols) for grid in grids for entry in grid.lines]
    return [[printable(text) for text in line] for line in [heading, *lines]]


def summary_line(entry: Entry, grid: Grid, protocols: Sequence[str]) -> list[str]:
    """Give one line of `summary_table`."""
    usual = usual_seeds(grid, LAST)
    accuracies = accuracy_cells(entry, grid, LAST, usual)
    cells = dict(zip(column_titles(grid), accuracies, strict=True))
    method, target, _, kept, *_ = size_cells(entry)
    start = [method, target, kept, before(entry, usual)]
    found = [*start, *(cells.get(name, NOTHING) for name in protocols)]
    return [grid.dataset, grid.network, *map(str, found)]
