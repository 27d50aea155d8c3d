"""Who wins against whom, in how many cells: counts of wins, ties and losses."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from prunebench.statistics.cells import CELL, cells_of, differences
from prunebench.statistics.compare import Outcome, outcome_of, own_rows
from prunebench.statistics.interval import summarise

STATEMENT = (
    "Each cell counts once: a win or a loss where the two-sided 95 % t interval of the difference "
    "paired by seed excludes 0, else a tie, as where fewer than six seeds all differ by the same; "
    "cells with fewer than two common seeds are untested. "
    "The counts describe; they are not corrected for the number of cells or pairs."
)
"""What the matrix means, in words."""


@dataclass(frozen=True)
class Tally:
    """How one method did against another.

    Parameters
    ----------
    wins, ties, losses
        Numbers of cells.
    untested
        Cells with fewer than two common seeds.
    """

    wins: int = 0
    ties: int = 0
    losses: int = 0
    untested: int = 0

    @property
    def turned(self) -> "Tally":
        """The same, seen from the other method."""
        return Tally(self.losses, self.ties, self.wins, self.untested)


@dataclass(frozen=True)
class Matrix:
    """Tallies of all pairs of methods.

    Parameters
    ----------
    methods
        Labels, in the order of the frame.
    tallies
        By (method, other method), both ways round.
    cells
        Number of cells that any two methods share.
    statement
        What is counted, in words.
    """

    methods: tuple[str, ...]
    tallies: dict[tuple[str, str], Tally]
    cells: int
    statement: str = STATEMENT


def win_tie_loss(
    frame: pd.DataFrame,
    column: str,
    *,
    by: Sequence[str] = CELL,
    lower_is_better: bool = False,
) -> Matrix:
    """Count in how many cells each method beats each other one; see `STATEMENT`.

    Parameters
    ----------
    frame
        Results as `load_results` gives them; controls and the dense network are passed over.
    column
        The number compared, such as ``"test_accuracy_last"``.
    by
        Columns that make a cell.
    lower_is_better
        For losses, steps and costs.

    Raises
    ------
    SpecError
        If a cell holds a trial twice.
    """
    own = own_rows(frame)
    methods = tuple(own["method"].unique())
    counts: dict[tuple[str, str], Counter[Outcome]] = {
        pair: Counter() for pair in combinations(methods, 2)
    }
    cells = cells_of(own, column, by).values()
    shared = [sides for sides in cells if len(sides) > 1]
    for sides in shared:
        for pair in combinations([method for method in methods if method in sides], 2):
            found = differences(sides[pair[0]], sides[pair[1]])
            summary = summarise(found.by_seed.values())
            counts[pair][outcome_of(summary, lower_is_better=lower_is_better)] += 1
    tallies = {pair: tally(count) for pair, count in counts.items()}
    return Matrix(methods, both_ways(tallies), len(shared))


def tally(counts: "Counter[Outcome]") -> Tally:
    """Read counts of outcomes as wins, ties and losses."""
    return Tally(counts["better"], counts["tie"], counts["worse"], counts["untested"])


def both_ways(tallies: dict[tuple[str, str], Tally]) -> dict[tuple[str, str], Tally]:
    """Add every pair seen from the other side."""
    turned = {(other, method): one.turned for (method, other), one in tallies.items()}
    return tallies | turned
