"""One invocation: plan, run, rows."""

from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from pathlib import Path
from time import perf_counter
from uuid import uuid4

from prunebench.core.digest import Json, canonical
from prunebench.errors import SpecError, StoreError
from prunebench.experiment.experiment import Experiment
from prunebench.plan.measuring import configure_measures
from prunebench.plan.plan import Plan
from prunebench.plan.problem import chosen_device
from prunebench.plugin.registry import Registry
from prunebench.results.folder import (
    ASKED,
    CLAIMS,
    RECORD,
    coordinates,
    read_record,
    write_aside,
    write_record,
)
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord
from prunebench.run.agenda import missing
from prunebench.run.allowance import allowed_cores
from prunebench.run.collector import Collector
from prunebench.run.costing import Costing, Machine, make_pace
from prunebench.run.declared import declare
from prunebench.run.environment import environment
from prunebench.run.executor import Executor, InlineExecutor
from prunebench.run.hands import Hands
from prunebench.run.journal import logged, write_plan
from prunebench.run.numerics import one_operation_at_a_time
from prunebench.run.pace import Pace
from prunebench.run.processes import ProcessExecutor
from prunebench.run.scheduler import Outcome, Scheduler, Terms
from prunebench.store.store import Store


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
    claims
        File of the claims that its results are to decide; None for the shipped one.
    source
        TOML that the experiment was read from, of which the run keeps a copy; None for flags alone.
    """

    store: Path
    data: Path
    out: Path | None = None
    claims: Path | None = None
    source: Path | None = None


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
    planned
        Rows that there would be, were everything done.
    """

    folder: Path
    rows: tuple[Measurement, ...]
    record: RunRecord
    outcome: Outcome
    planned: int


class Run:
    """A run under way: it writes every row as soon as the row is complete.

    Parameters
    ----------
    registry, experiment, plan, places
        Who, what, how, where.
    command
        The command line, for the record.

    Raises
    ------
    SpecError
        If the store or the run's folder cannot be made, or the folder holds something else.
    """

    def __init__(
        self,
        registry: Registry,
        experiment: Experiment,
        plan: Plan,
        places: Places,
        command: str,
    ) -> None:
        if places.out is not None:
            refuse_foreign(places.out, experiment)
        self.registry, self.plan, self.source = registry, plan, places.source
        self.store = Store(places.store)
        self.claims, declared = declare(
            experiment, plan, self.store, file=places.claims, out=places.out
        )
        created = datetime.now().astimezone()
        name = f"{created:%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"
        self.folder = make_folder(places.out or places.store / "runs" / name)
        facts = environment(registry, chosen_device(experiment.device))
        self.record = RunRecord(
            id=name,
            created=created.isoformat(timespec="seconds"),
            command=command,
            experiment=experiment.record(),
            stages=plan.counts,
            trainings_naive=plan.trainings_naive,
            trainings_planned=plan.trainings,
            skipped=plan.skipped,
            environment=facts,
            claims=declared,
            papers=papers(registry, plan),
            metrics=metrics(registry, experiment),
        )
        self.collector = Collector(plan, self.store, self.folder, str(facts["id"]))

    def pace(self, hands: Hands, until: float = inf) -> Pace:
        """Estimate what is missing; `until` is the monotonic clock's time by which it must end."""
        machine = Machine(hands.at_once, allowed_cores())
        costing = Costing(self.registry, self.store, self.plan.stages, machine)
        return make_pace(costing, sorted(missing(self.plan, self.store)), until=until)

    def execute(
        self, executor: Executor, *, keep_weights: bool = False, pace: Pace | None = None
    ) -> Finished:
        """Run what is missing; whatever happens, what is done is written down."""
        began = perf_counter()
        write_record(self.folder, self.record)
        if self.claims:
            write_aside(self.folder / CLAIMS, self.claims)
        if self.source is not None:
            write_aside(self.folder / ASKED, self.source.read_bytes())
        write_plan(self.folder, self.plan)
        scheduler = Scheduler(
            self.plan,
            self.store,
            executor,
            self.registry.emit,
            self.collector.take,
            Terms(keep_weights, pace),
        )
        try:
            with logged(self.folder):
                self.collector.begin()
                scheduler.run()
        finally:
            executor.close()
            self.conclude(scheduler, perf_counter() - began)
        rows = tuple(sorted(self.collector.rows.values(), key=coordinates))
        return Finished(self.folder, rows, self.record, scheduler.outcome, len(self.plan.trials))

    def conclude(self, scheduler: Scheduler, seconds: float) -> None:
        """Write down how far the run came."""
        outcome, pace = scheduler.outcome, scheduler.terms.pace
        ran = len(outcome.executed) + len(outcome.failed) + len(outcome.blocked)
        self.record = replace(
            self.record,
            executed=len(outcome.executed),
            reused=len(self.plan.stages) - ran - len(scheduler.todo),
            failed=len(outcome.failed),
            blocked=len(outcome.blocked),
            seconds=seconds,
            worker_memory=outcome.memory,
            estimated_seconds=0.0 if pace is None else pace.estimate,
            left=len(scheduler.todo),
        )
        self.collector.end(outcome)
        write_record(self.folder, self.record)


def papers(registry: Registry, plan: Plan) -> dict[str, str]:
    """Give the sources of a plan's methods and protocols; the report has no plugins to ask."""
    trials = [trial.facts for trial in plan.trials if trial.facts["method_id"] != "dense"]
    methods = {str(facts["method_id"]) for facts in trials}
    protocols = {str(facts["protocol_id"]) for facts in trials}
    return {
        **{f"method {name}": registry.method(name).item.paper for name in sorted(methods)},
        **{f"protocol {name}": registry.protocol(name).item.paper for name in sorted(protocols)},
    }


def metrics(registry: Registry, experiment: Experiment) -> dict[str, dict[str, Json]]:
    """Say how the values of an experiment's metrics are printed, by label."""
    asked = [choice for grid in experiment.grids for choice in grid.metrics]
    return {one.label: one.facts() for one in configure_measures(registry, asked)}


def refuse_foreign(folder: Path, experiment: Experiment) -> None:
    """Refuse a folder whose files a run would mix with its own or overwrite.

    Raises
    ------
    SpecError
        If it is not empty and holds no run of this experiment.
    """
    if not folder.is_dir() or not any(folder.iterdir()) or holds(folder, experiment):
        return
    msg = (
        f"{folder} is not empty and holds no run of this experiment; name another folder with "
        f"--out."
    )
    raise SpecError(msg)


def holds(folder: Path, experiment: Experiment) -> bool:
    """Say whether a folder holds a run of this very experiment."""
    if not (folder / RECORD).is_file():
        return False
    try:
        found = read_record(folder).experiment
    except StoreError:
        return False
    return canonical(found) == canonical(experiment.record())


def make_folder(path: Path) -> Path:
    """Make a run's folder.

    Raises
    ------
    SpecError
        If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot make the folder {path}: {error.strerror}; choose another with --out."
        raise SpecError(msg) from None
    return path


def choose_executor(
    registry: Registry, places: Places, hands: Hands, blocked: tuple[str, ...]
) -> Executor:
    """Choose worker processes, or this process where there are none."""
    if not hands.workers:
        one_operation_at_a_time()
        return InlineExecutor(registry, Store(places.store), graphs=hands.graphs)
    return ProcessExecutor(places.store, hands, blocked, registry.inventory.files)
