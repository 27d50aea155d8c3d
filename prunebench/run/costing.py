"""Estimate a plan: what its stages cost on this machine, and when all of them are done."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import inf
from time import monotonic
from typing import TypeVar

from prunebench.plan.stage import Stage
from prunebench.plugin.registry import Registry
from prunebench.run.costs import Rates
from prunebench.run.forecast import Forecast
from prunebench.run.makespan import makespan, speed
from prunebench.run.pace import Pace
from prunebench.run.probe import Subject, probe
from prunebench.run.sizes import Sizes
from prunebench.run.task import task_of
from prunebench.run.workload import Work, Workloads
from prunebench.store.store import Store

logger = logging.getLogger(__name__)

T = TypeVar("T")

PROBE_SECONDS = 4.0
"""What a probe takes at most, roughly; a short plan is worth less."""

LEAST_PROBE_SECONDS = 0.4
"""Less would not tell anything."""

LONG_SECONDS = 60.0
"""A run that is thought to take so long is worth a probe, so that its end can be told early."""

PROBE_SHARE = 0.02
"""A probe takes this part of the time that the plan is thought to take."""

START_SECONDS = 2.0
"""Until the first worker works: Python, torch and the plugins are loaded."""

EXAMPLES = 5
"""Stages of a kind that are done already, of which so many tell how long the next ones take."""


class Lazy(dict[str, T]):
    """Values by key, each made when it is first asked for."""

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: str) -> T:
        found = self[key] = self._make(key)
        return found


@dataclass(frozen=True)
class Machine:
    """What a plan runs on: workers, and the cores that they share."""

    workers: int
    cores: int

    @property
    def crowd(self) -> float:
        """How many times longer a stage takes while all workers are busy."""
        return 1.0 / speed(self.workers, self.cores)


class Costing:
    """What the stages of a plan cost on a machine.

    Parameters
    ----------
    registry, store
        As for running.
    stages
        All of the plan, by key.
    machine
        What it runs on.

    Attributes
    ----------
    works
        What each stage asks, by key.
    costs
        Its seconds while all workers are busy, by key.
    """

    def __init__(
        self, registry: Registry, store: Store, stages: Mapping[str, Stage], machine: Machine
    ) -> None:
        self.registry, self.store, self.stages, self.machine = registry, store, stages, machine
        self.sizes = Sizes(registry, store, stages)
        self.rates = Rates().slower(machine.crowd)
        workloads = Workloads(self.sizes, stages)
        self.works: Lazy[Work] = Lazy(lambda key: workloads.of(stages[key]))
        self.costs: Lazy[float] = Lazy(lambda key: self.rates.seconds(self.works[key]))

    def thought(self, todo: Collection[str]) -> float:
        """Give the seconds that stages take, roughly: all work shared by all workers."""
        return sum(self.costs[key] for key in todo) / max(self.machine.workers, 1)

    def probe(self, todo: Collection[str], known: Collection[str] = ()) -> None:
        """Measure what the stages still to run train, for a few seconds at most.

        `known` names groups of stages that are known better already.
        """
        subjects = self.subjects(key for key in todo if self.works[key].group not in known)
        if not subjects:
            return
        budget = min(max(PROBE_SHARE * self.thought(todo), LEAST_PROBE_SECONDS), PROBE_SECONDS)
        self.rates = probe(self.sizes, subjects, budget).slower(self.machine.crowd)
        self.costs.clear()

    def subjects(self, keys: Iterable[str]) -> list[Subject]:
        """Choose a stage of every training, and one with a cut network; the dearest first."""
        weights: dict[str, float] = defaultdict(float)
        whole: dict[str, str] = {}
        cut: dict[str, str] = {}
        for key in keys:
            work = self.works[key]
            if work.training:
                weights[work.training] += self.costs[key]
                chosen = whole if work.share == 1.0 else cut
                if self.costs[key] >= self.costs[chosen.setdefault(work.training, key)]:
                    chosen[work.training] = key
        if cut.keys() - whole.keys():  # the dense networks are done
            whole = {w.training: key for key, w in self.whole_trainings()} | whole
        found = [
            Subject(self.stages[key], self.works[key], self.narrow(cut.get(name)))
            for name, key in whole.items()
            if name in weights
        ]
        return sorted(found, key=lambda subject: -weights[subject.work.training])

    def whole_trainings(self) -> Iterator[tuple[str, Work]]:
        """Walk over the plan's trainings of networks that are not cut."""
        works = ((key, self.works[key]) for key in self.stages)
        return ((key, work) for key, work in works if work.training and work.share == 1.0)

    def narrow(self, key: str | None) -> tuple[Stage, Work] | None:
        """Give a training with a cut network, if there is one."""
        return None if key is None else (self.stages[key], self.works[key])

    def forecast(self, todo: Collection[str], *, probed: bool) -> Forecast:
        """Forecast a run of some stages: by what the store holds of their like, else by a probe."""
        past = self.past(todo)
        if probed:
            self.probe(todo, past.keys())
        stages = [self.stages[key] for key in todo]
        forecast = Forecast(stages, self.works, self.costs, max(self.machine.workers, 1))
        for group in past.values():
            for key, seconds in group.items():
                before = self.stages[key].resume
                earlier = 0.0 if before is None else self.costs[before]
                # A training that went on counts the seconds of the one that it went on from.
                forecast.learn(key, seconds * self.costs[key] / (self.costs[key] + earlier))
        return forecast

    def past(self, todo: Collection[str]) -> dict[str, dict[str, float]]:
        """Give the seconds of a few stages of each group that were done on such a machine."""
        wanted = {self.works[key].group for key in todo}
        by_group: dict[str, list[str]] = defaultdict(list)
        for key in self.stages.keys() - set(todo):
            if self.works[key].group in wanted:
                by_group[self.works[key].group].append(key)
        found = {group: self.recorded(sorted(keys)) for group, keys in by_group.items()}
        return {group: seconds for group, seconds in found.items() if seconds}

    def recorded(self, keys: Iterable[str]) -> dict[str, float]:
        """Read a few records; those of other machines and other versions say nothing of this.

        Nor do tests whose numbers were taken over from another's.
        """
        done = (key for key in keys if self.store.has(key))
        records = {key: self.store.record(key) for key in islice(done, EXAMPLES)}
        return {
            key: float(record["seconds"])  # type: ignore[arg-type] # a number
            for key, record in records.items()
            if record.get("seconds")
            and not record.get("tested_by")
            and record.get("environment") == self.environment(key)
        }

    def environment(self, key: str) -> str:
        """Give the digest of what a stage would run in here."""
        return self.sizes.bench.environment(task_of(self.stages[key]))


@dataclass(frozen=True)
class Estimate:
    """How long a plan takes.

    Parameters
    ----------
    seconds
        Until all is done, by the workers at hand.
    by_kind
        Seconds of work by kind of stage.
    """

    seconds: float
    by_kind: Mapping[str, float]


def estimated(forecast: Forecast, machine: Machine) -> Estimate:
    """Play a run through that has not begun."""
    seconds = {stage.key: forecast.seconds(stage.key) for stage in forecast.stages}
    by_kind: dict[str, float] = defaultdict(float)
    for stage in forecast.stages:
        by_kind[stage.kind] += seconds[stage.key]
    if not seconds:
        return Estimate(0.0, {})
    whole = makespan(forecast.stages, seconds, forecast.workers, machine.cores)
    return Estimate(START_SECONDS + whole, dict(by_kind))


def make_pace(
    costing: Costing,
    todo: Collection[str],
    *,
    until: float = inf,
    clock: Callable[[], float] = monotonic,
) -> Pace:
    """Prepare how a run keeps its time.

    Speeds are measured where an end is set, and where the run is long; otherwise what the store
    says of earlier stages must do.

    Parameters
    ----------
    costing
        Of the plan.
    todo
        Stages still to run.
    until, clock
        As in `Pace`.
    """
    worth = bool(todo) and (until < inf or costing.thought(todo) >= LONG_SECONDS)
    try:
        forecast = costing.forecast(todo, probed=worth)
    except Exception as error:  # noqa: BLE001 - a plugin's network ran; its own stage will tell
        logger.info("no probe: %s", error)
        forecast = costing.forecast(todo, probed=False)
    seconds = estimated(forecast, costing.machine).seconds if worth else 0.0
    return Pace(forecast, seconds, until, clock)
