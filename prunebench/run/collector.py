"""Rows as they become complete."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from prunebench.plan.plan import Plan, PlannedTrial
from prunebench.results.folder import append_row, write_results
from prunebench.results.measurement import Measurement
from prunebench.run.rows import read_row, unfinished_row, why_lost, without_failed_extras
from prunebench.run.scheduler import Outcome
from prunebench.store.store import Store

RECORDS = 4096
"""Records kept in memory: rows of one seed share most of theirs."""


class Collector:
    """Writes every row of a plan as soon as its last stage is done.

    Parameters
    ----------
    plan, store
        The rows to be, and where their stages are.
    folder
        Of the run.
    environment
        Digest of this run's environment, for rows that it fails to measure.

    Attributes
    ----------
    rows
        Those written so far, by trial.
    """

    def __init__(self, plan: Plan, store: Store, folder: Path, environment: str) -> None:
        self.plan, self.store, self.folder = plan, store, folder
        self.environment = environment
        self.rows: dict[str, Measurement] = {}
        self._read = lru_cache(RECORDS)(self._record)
        self._readers: dict[str, list[PlannedTrial]] = {}
        self._open: dict[str, set[str]] = {}
        self._at_first = -1

    def begin(self) -> None:
        """Write the rows that are complete already, and nothing else."""
        done = {key for key in self.plan.stages if self.store.has(key)}
        for trial in self.plan.trials:
            lacking = set(trial.keys) - done
            self._open[name_of(trial)] = lacking
            for key in lacking:
                self._readers.setdefault(key, []).append(trial)
            if not lacking:
                self._make(trial)
        write_results(self.folder, self.rows.values())
        self._at_first = len(self.rows)

    def take(self, key: str) -> None:
        """Append the rows that a finished stage has completed."""
        for trial in self._readers.pop(key, ()):
            lacking = self._open[name_of(trial)]
            lacking.discard(key)
            if not lacking:
                append_row(self.folder, self._make(trial))

    def end(self, outcome: Outcome) -> None:
        """Write all rows in order, failed and blocked ones too; as they stand if none is new."""
        for trial in self.plan.trials:
            if name_of(trial) not in self.rows:
                row = self._salvage(trial, outcome)
                row = row or unfinished_row(trial, outcome, self.plan, self.environment)
                if row is not None:
                    self.rows[name_of(trial)] = row
        if len(self.rows) != self._at_first:
            write_results(self.folder, self.rows.values())

    def _salvage(self, trial: PlannedTrial, outcome: Outcome) -> Measurement | None:
        """Make the row of a trial that is in the store all the same; else None.

        Another process may have done its last stage unheard, or only a timing, a diagnosis or a
        metric failed.
        """
        whole = without_failed_extras(trial, outcome)
        if not all(map(self.store.has, whole.keys)):
            return None
        lost = sorted(set(trial.keys) - set(whole.keys))
        reasons = "; ".join(why_lost(key, outcome, self.plan) for key in lost)
        return replace(read_row(whole, self._read), reason=reasons)

    def _make(self, trial: PlannedTrial) -> Measurement:
        row = read_row(trial, self._read)
        self.rows[name_of(trial)] = row
        return row

    def _record(self, key: str) -> Mapping[str, Any]:
        return self.store.record(key)


def name_of(trial: PlannedTrial) -> str:
    """Give a trial's id."""
    return str(trial.facts["trial"])
