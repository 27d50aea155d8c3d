"""A run as the checklist looks at it, and what an item of it comes out as."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from prunebench.report.grid import Entry, Grid, is_dense
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

Verdict: TypeAlias = Literal["met", "not met", "not applicable"]


@dataclass(frozen=True)
class Finding:
    """What an item came out as, and the number that decided it."""

    verdict: Verdict
    because: str


@dataclass(frozen=True)
class Run:
    """A run as the items look at it.

    Parameters
    ----------
    record, rows
        What was asked, and every trial.
    grids
        The trials by data set and model.
    """

    record: RunRecord
    rows: Sequence[Measurement]
    grids: Sequence[Grid]

    @cached_property
    def measured(self) -> list[Measurement]:
        """Trials with an accuracy."""
        return [row for row in self.rows if row.test_accuracy_last is not None]

    @cached_property
    def pruned(self) -> list[Measurement]:
        """Trials of the methods themselves that gave an accuracy."""
        return [row for row in self.measured if not is_dense(row) and not row.control_of]

    @cached_property
    def entries(self) -> list[Entry]:
        """Every method at every target, of all grids."""
        return [entry for grid in self.grids for entry in grid.entries]

    @cached_property
    def asked_ids(self) -> set[str]:
        """Bare ids of the methods that were asked for themselves."""
        return {row.method_id for entry in self.entries for row in entry.rows}


Item: TypeAlias = Callable[[Run], Finding]


def decided(met: object, because: str) -> Finding:
    """Give the verdict of a condition."""
    return Finding("met" if met else "not met", because)


def nothing(run: Run) -> Finding | None:
    """Give the verdict of an item about pruned networks where none was measured."""
    return None if run.pruned else Finding("not met", "no pruned network was measured")
