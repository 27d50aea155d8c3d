"""Carry a plan out: what the store lacks, inputs first; a failure blocks only its dependants."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from prunebench.contracts.observer import StageEvent
from prunebench.plan.plan import Plan
from prunebench.plan.stage import Stage
from prunebench.run.agenda import Agenda, missing
from prunebench.run.executor import Executor
from prunebench.run.message import Message
from prunebench.run.pace import Pace
from prunebench.run.task import task_of
from prunebench.store.store import Store

logger = logging.getLogger(__name__)

Emit: TypeAlias = Callable[[StageEvent], None]
What: TypeAlias = Literal["started", "progress", "finished", "failed", "blocked"]


@dataclass
class Outcome:
    """How a plan's stages fared, by key; the other stages of the plan were there or not reached.

    Parameters
    ----------
    executed
        Stages that ran here.
    failed
        Reason of each failure.
    blocked
        Stages that could not run, and the failed stage that is to blame.
    memory
        Largest size of one worker's own memory, in bytes; 0 where nothing says.
    put_off
        Stages that could run and would not have ended in time.
    blamed
        Failures by the plugin in whose code they were, as ``--no-plugin`` calls it.
    """

    executed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    memory: int = 0
    put_off: set[str] = field(default_factory=set)
    blamed: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Terms:
    """On which terms a plan is carried out.

    Parameters
    ----------
    keep_weights
        Keep the tensors of retrained networks.
    pace
        Estimates that decide what begins first, and until when; None for training steps alone.
    """

    keep_weights: bool = False
    pace: Pace | None = None


class Scheduler:
    """Runs the missing stages of a plan on an executor.

    Another process may fill the same store at the same time: what it has done is taken over, and
    what it has dropped is computed again where it is still needed.

    Parameters
    ----------
    plan, store, executor
        What, into which store, by whom.
    emit
        Hears every event.
    on_done
        Called with the key of every finished stage.
    terms
        Which stages begin first, until when, and what is kept.

    Attributes
    ----------
    outcome
        So far.
    """

    def __init__(
        self,
        plan: Plan,
        store: Store,
        executor: Executor,
        emit: Emit,
        on_done: Callable[[str], None] = lambda _: None,
        terms: Terms = Terms(),
    ) -> None:
        self.plan, self.store, self.executor = plan, store, executor
        self.emit, self.on_done, self.terms = emit, on_done, terms
        self.outcome = Outcome()
        self._running: set[str] = set()
        self._agenda = self._draw_up()

    @property
    def todo(self) -> set[str]:
        """Keys of the stages that are still to run or running."""
        return set(self._agenda.stages)

    def _draw_up(self) -> Agenda:
        lost = self.outcome.failed.keys() | self.outcome.blocked.keys()
        keys = missing(self.plan, self.store) | self._running
        held = self._running | lost | self.outcome.put_off
        costs = None if self.terms.pace is None else self.terms.pace.costs
        stages = (self.plan.stages[key] for key in keys)
        agenda = Agenda(stages, held, costs, self.executor.slots)
        for key in self.outcome.failed:
            self._block(agenda, key)
        return agenda

    def _block(self, agenda: Agenda, cause: str) -> None:
        message = Message("failed", cause, reason=self.outcome.failed[cause])
        for stage in agenda.block(cause):
            if stage.key not in self.outcome.blocked:
                self.outcome.blocked[stage.key] = cause
                self.tell("blocked", stage, message)

    def run(self) -> Outcome:
        """Run until nothing is left that can be run, and ends in time."""
        self.hand_out()
        while self._running:
            self.hear(self.executor.wait())
            self.hand_out()
        self.sweep(self.plan.stages)
        return self.outcome

    def hand_out(self) -> None:
        """Begin as many stages as the executor has room for, and none beside one that is alone."""
        while len(self._running) < self.executor.slots and not self.is_taken:
            stage = self._agenda.pop(idle=not self._running)
            if stage is None:
                return
            self.begin(stage)

    @property
    def is_taken(self) -> bool:
        """Whether a stage runs that nothing may disturb."""
        return any(self.plan.stages[key].alone for key in self._running)

    def begin(self, stage: Stage) -> None:
        """Submit a stage, unless it would end too late or another process did something."""
        if self.is_settled(stage):
            self.finish(stage, Message("finished", stage.key, reused=True))
        elif not self.fits(stage):
            self.outcome.put_off.add(stage.key)
        elif all(self.store.has_tensors(key) for key in stage.needs):
            self._running.add(stage.key)
            self.tell("started", stage)
            self.executor.submit(task_of(stage, restore=self.store.has(stage.key)))
        else:
            self._agenda = self._draw_up()

    def fits(self, stage: Stage) -> bool:
        """Say whether a stage would end in time."""
        return self.terms.pace is None or self.terms.pace.fits(stage.key)

    def is_settled(self, stage: Stage) -> bool:
        """Say whether a stage is done and nobody here needs tensors of it that are gone.

        A done reader whose own tensors are gone and wanted counts as a need.
        """
        if not self.store.has(stage.key):
            return False
        followers = (self.plan.stages[key] for key in self._agenda.followers(stage.key))
        return self.store.has_tensors(stage.key) or all(map(self.is_settled, followers))

    def hear(self, message: Message) -> None:
        """Take in one message of the executor."""
        stage = self.plan.stages[message.key]
        if message.what == "progress":
            self.tell("progress", stage, message)
            return
        self.outcome.memory = max(self.outcome.memory, message.memory)
        self._running.discard(stage.key)
        if message.what == "failed":
            self.fail(stage, message)
        else:
            self.finish(stage, message)

    def finish(self, stage: Stage, message: Message) -> None:
        """Note that a stage is done, here or by another process."""
        self._agenda.finish(stage.key)
        self.tell("finished", stage, message)
        if not message.reused:
            self.outcome.executed.append(stage.key)
        self.store.forget_failure(stage.key)
        self.on_done(stage.key)
        self.sweep(stage.needs)

    def fail(self, stage: Stage, message: Message) -> None:
        """Keep a failure's story and block everything that depends on the stage."""
        self.outcome.failed[stage.key] = message.reason
        self.outcome.blamed.update([message.plugin] if message.plugin else [])
        self.store.note_failure(
            stage.key, {"title": stage.title, "reason": message.reason, "traceback": message.story}
        )
        self.tell("failed", stage, message)
        self._block(self._agenda, stage.key)

    def tell(self, what: What, stage: Stage, message: Message | None = None) -> None:
        """Let the observers and the log hear."""
        said = message or Message("progress", stage.key)
        if what != "progress":
            logger.info("%s %s %s %s", what, stage.key[:12], stage.title, said.reason)
        event = StageEvent(
            what=what,
            kind=stage.kind,
            key=stage.key,
            title=stage.title,
            done=said.done,
            total=said.total,
            seconds=said.seconds,
            message=said.reason,
            record=self.store.record(stage.key) if what == "finished" else {},
        )
        if self.terms.pace is not None:
            self.terms.pace.hear(event)
        self.emit(event)

    def sweep(self, keys: Iterable[str]) -> None:
        """Drop the tensors of retrained networks that nothing planned will read again."""
        if self.terms.keep_weights:
            return
        for key in keys:
            if not self.plan.stages[key].keep and not self.is_wanted(key):
                self.store.drop_tensors(key)

    def is_wanted(self, key: str) -> bool:
        """Say whether a planned reader of a stage's tensors is still to run."""
        readers = self.plan.needed_by.get(key, ())
        return any(key in self._agenda.stages or not self.store.has(key) for key in readers)
