"""One invocation: plan, run, rows, report."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

from prunebench.contracts.settings import configure
from prunebench.experiment.experiment import Experiment
from prunebench.plan.plan import Plan
from prunebench.plan.planner import Planner
from prunebench.plugin.registry import Registry
from prunebench.results.folder import append_row, write_record, write_results
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord
from prunebench.run.environment import environment
from prunebench.run.executor import Executor, InlineExecutor, ProcessExecutor
from prunebench.run.rows import is_complete, read_row, unfinished_row
from prunebench.run.scheduler import Outcome, Scheduler
from prunebench.store.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Places:
    """Where things are on this machine; never part of a key.

    Parameters
    ----------
    store
        Artifacts and runs.
    data
        Data sets.
    out
        Folder of this run; None for a new one in the store.
    """

    store: Path
    data: Path
    out: Path | None = None


@dataclass(frozen=True)
class Finished:
    """What a run leaves.

    Parameters
    ----------
    folder
        With ``run.json`` and ``results.jsonl``.
    rows
        As in ``results.jsonl``.
    record
        As in ``run.json``.
    outcome
        What ran, failed and was blocked.
    """

    folder: Path
    rows: tuple[Measurement, ...]
    record: RunRecord
    outcome: Outcome


def make_plan(registry: Registry, experiment: Experiment, data: Path, *, fetch: bool) -> Plan:
    """Plan an experiment; with `fetch` data sets that are absent are downloaded first."""
    if fetch:
        fetch_data(registry, experiment, data)
    return Planner(registry, experiment, data).plan()


def fetch_data(registry: Registry, experiment: Experiment, data: Path) -> None:
    """Download what is absent, before any worker starts.

    Raises
    ------
    DataError
        If a data set is absent and cannot be downloaded.
    """
    for choice in experiment.datasets:
        offer = registry.dataset(choice.name)
        configure(offer.item, "data set", choice.name, choice.settings).fetch(data)


class Run:
    """A run under way: it writes every row as soon as the row is complete.

    Parameters
    ----------
    registry, experiment, plan, places
        Who, what, how, where.
    command
        The command line, for the record.
    """

    def __init__(
        self,
        registry: Registry,
        experiment: Experiment,
        plan: Plan,
        places: Places,
        command: str,
    ) -> None:
        self.registry, self.plan = registry, plan
        self.store = Store(places.store)
        created = datetime.now().astimezone()
        name = f"{created:%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"
        self.folder = places.out or places.store / "runs" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.environment = environment(registry, experiment.device)
        self.record = RunRecord(
            id=name,
            created=created.isoformat(timespec="seconds"),
            command=command,
            experiment=experiment.record(),
            stages=plan.counts,
            trainings_naive=plan.trainings_naive,
            trainings_planned=plan.trainings,
            skipped=plan.skipped,
            environment=self.environment,
        )
        self.rows: dict[str, Measurement] = {}

    def execute(self, executor: Executor, *, keep_weights: bool = False) -> Finished:
        """Run what is missing; whatever happens, what is done is written down."""
        write_record(self.folder, self.record)
        began = perf_counter()
        scheduler = Scheduler(
            self.plan,
            self.store,
            executor,
            self.registry.emit,
            self.collect,
            keep_weights=keep_weights,
        )
        planned = len(self.plan.stages)
        try:
            self.collect()
            outcome = scheduler.run()
        finally:
            executor.close()
            done = scheduler.outcome
            self.record = replace(
                self.record,
                executed=len(done.executed),
                reused=planned
                - len(done.executed)
                - len(done.failed)
                - len(done.blocked)
                - len(scheduler.todo),
                failed=len(done.failed),
                blocked=len(done.blocked),
                seconds=perf_counter() - began,
            )
            self.finish(done)
        return Finished(self.folder, tuple(self.rows.values()), self.record, outcome)

    def collect(self, key: str | None = None) -> None:
        """Write the rows that a finished stage has completed; without a key, all complete rows."""
        for trial in self.plan.trials:
            name = str(trial.facts["trial"])
            if name in self.rows or (key is not None and key not in trial.keys):
                continue
            if is_complete(trial, self.store):
                self.rows[name] = read_row(trial, self.read, str(self.environment["id"]))
                append_row(self.folder, self.rows[name])

    def read(self, key: str) -> Mapping[str, Any]:
        """Read a stage's record."""
        return self.store.record(key)

    def finish(self, outcome: Outcome) -> None:
        """Write all rows in order, failed and blocked ones too, and the record."""
        for trial in self.plan.trials:
            name = str(trial.facts["trial"])
            if name not in self.rows:
                row = unfinished_row(trial, outcome, self.plan, str(self.environment["id"]))
                if row is not None:
                    self.rows[name] = row
        write_results(self.folder, self.rows.values())
        write_record(self.folder, self.record)


def choose_executor(
    registry: Registry, places: Places, workers: int | None, blocked: tuple[str, ...]
) -> Executor:
    """Choose worker processes, one per core unless said; 0 runs in this process."""
    if workers == 0:
        return InlineExecutor(registry, Store(places.store))
    return ProcessExecutor(places.store, workers or cores(), blocked)


def cores() -> int:
    """Count the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
