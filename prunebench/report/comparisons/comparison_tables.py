"""Comparisons as tables: differences with intervals, wins and losses, and no rank too early."""

from collections.abc import Iterable
from dataclasses import replace
from statistics import median

from prunebench.report.comparisons.comparison import (
    COLUMN,
    Contrasts,
    detectable,
    narrow,
    own_rows,
    reference_of,
)
from prunebench.report.grid import Grid
from prunebench.report.prose import counted, signed, span
from prunebench.report.table import Cell, Table, make_table, numbers, words
from prunebench.report.wording import NOTHING, percent, plain
from prunebench.statistics.compare import Comparison, declaration
from prunebench.statistics.matrix import Tally, win_tie_loss
from prunebench.statistics.outcome import Outcomes, count_outcomes

MEASURES = ("Difference", "95 % interval", "Seeds", "Effect", "p", "p (Holm)", "Detectable")
READING = (
    "Differences of test accuracy at the last step, in points, with 95 % t intervals. Effect is "
    "the mean over the deviation of the differences. Detectable is the true difference that these "
    "seeds find with 80 % power at the 5 % level, before Holm. A dash: all seeds differ by the "
    "same number of images, or there is one, so the spread is unknown."
)


def reference_table(contrasts: Contrasts) -> Table | None:
    """Compare every method with the reference; None where there is nothing to compare."""
    grid, found = contrasts.grid, contrasts.from_reference
    if not found:
        return None
    reference = reference_of(grid)
    table = make_table(
        f"Compared with {reference}",
        READING,
        [*words("Method", "Target", "Protocol"), *numbers(*MEASURES), *words("Outcome")],
        [
            [
                one.method,
                one.cell["target"],
                one.cell["protocol"],
                *measures(one, lost_trials(grid, one)),
                one.outcome,
            ]
            for one in found
        ],
    )
    return replace(table, remark=f"{declaration(reference)} {power_phrase(found)}")


def protocol_table(contrasts: Contrasts) -> Table | None:
    """Compare protocols with each other for every method and target; None for a single one."""
    grid = contrasts.grid
    lines: list[list[Cell | str]] = []
    every: list[Comparison] = []
    for (x, y), found in contrasts.between_protocols.items():
        every += found
        for one in found:
            entry = grid.entries[int(one.cell["target"])]
            what = [f"{x} − {y}", entry.name, entry.target]
            lost = count_outcomes(row.status for p in (x, y) for row in entry.under(p))
            lines.append([*what, *measures(one, lost), one.outcome])
    if not every:
        return None
    table = make_table(
        "Protocols compared",
        READING,
        [*words("Protocols", "Method", "Target"), *numbers(*MEASURES), *words("Outcome")],
        lines,
    )
    remark = (
        "Paired by seed, draws averaged within a seed; two-sided: t below six seeds, exact "
        "sign-flip from six. Holm adjusts within all methods and targets of one pair of protocols. "
        "A tie: the interval includes 0, or the adjusted p exceeds 0.05."
    )
    return replace(table, remark=f"{remark} {power_phrase(every)}")


def lost_trials(grid: Grid, one: Comparison) -> Outcomes:
    """Count what became of a method's own trials in a cell."""
    entry = grid.entries[grid.places[one.method, one.cell["target"]]]
    return count_outcomes(row.status for row in entry.under(one.cell["protocol"]))


def measures(one: Comparison, trials: Outcomes) -> list[Cell | str]:
    """Write the numbers of one comparison; where trials are missing, how many were measured."""
    found = one.result
    bad = trials.measured < trials.trials or trials.collapsed
    n = Cell(str(found.n if found else 0), f"{trials}" if bad else "")
    if found is None:
        return [NOTHING, NOTHING, n, *[NOTHING] * 4]
    return [
        signed(found.mean),
        interval(one),
        n,
        NOTHING if one.effect is None else f"{one.effect:.2f}".replace("-", "−"),
        p_text(one.p),
        p_text(one.adjusted_p),
        percent(detectable(one)),
    ]


def interval(one: Comparison) -> str:
    """Write the interval of a difference; a dash where nothing varies, which is no precision."""
    found = one.result
    if found is None or not found.sd or found.low is None or found.high is None:
        return NOTHING
    return span(found.low, found.high)


def p_text(p: float | None) -> str:
    """Write a p value.

    >>> p_text(0.0314), p_text(0.00001), p_text(1.0), p_text(None)
    ('0.031', '< 0.001', '1', '–')
    """
    if p is not None and p < 0.001:
        return "< 0.001"
    return plain(p, 2)


def power_phrase(found: Iterable[Comparison]) -> str:
    """Say how large a difference must be to be found, and by which test it was looked for."""
    every = list(found)
    sizes = sorted(size for one in every if (size := detectable(one)) is not None)
    tests = ", ".join(dict.fromkeys(one.test for one in every if one.test))
    used = f"Test used: {tests}. " if tests else ""
    if not sizes:
        return f"{used}Two seeds that differ are needed to say what could be detected."
    return (
        f"{used}Smallest difference that the seeds can detect (80 % power): {percent(sizes[0])} to "
        f"{percent(sizes[-1])} points, median {percent(median(sizes))}."
    )


def matrix_table(grid: Grid, standing: str) -> Table | None:
    """Count wins, ties and losses of every method against every other; None for fewer than two.

    Parameters
    ----------
    grid
        The trials.
    standing
        What is said of an overall rank, below the table.
    """
    if len(grid.methods) < 2:
        return None
    matrix = win_tie_loss(narrow(own_rows(grid.entries)), COLUMN)
    table = make_table(
        "Wins, ties and losses",
        f"The method of the line against the method of the column: wins / ties / losses over "
        f"{counted(matrix.cells, 'cell')} (protocol and target); a dash: no cell in common.",
        [*words("Method"), *numbers(*matrix.methods)],
        [
            [
                method,
                *(
                    "" if method == other else tally_cell(matrix.tallies[method, other])
                    for other in matrix.methods
                ),
            ]
            for method in matrix.methods
        ],
    )
    return replace(table, remark=f"{matrix.statement} Overall rank: {standing}.")


def tally_cell(tally: Tally) -> Cell:
    """Write wins, ties and losses, a dash for no common cell; beside them what was not tested."""
    note = f"{tally.untested} untested" if tally.untested else ""
    if not tally.wins + tally.ties + tally.losses:
        return Cell(NOTHING, note)
    return Cell(f"{tally.wins} / {tally.ties} / {tally.losses}", note)
