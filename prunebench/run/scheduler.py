"""Carry a plan out: what the store lacks, inputs first; a failure blocks only its dependants."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from prunebench.contracts.observer import StageEvent
from prunebench.plan.plan import Plan
from prunebench.plan.stage import Stage
from prunebench.run.agenda import Agenda, missing
from prunebench.run.executor import Executor
from prunebench.run.message import Message
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
    """

    executed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)


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
    keep_weights
        Keep the tensors of retrained networks.

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
        *,
        keep_weights: bool = False,
    ) -> None:
        self.plan, self.store, self.executor = plan, store, executor
        self.emit, self.on_done, self.keep_weights = emit, on_done, keep_weights
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
        agenda = Agenda((self.plan.stages[key] for key in keys), self._running | lost)
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
        """Run until nothing is left that can be run."""
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
        """Submit a stage, unless another process has changed what there is to do."""
        if self.is_settled(stage):
            self.finish(stage, Message("finished", stage.key, reused=True))
        elif all(self.store.has_tensors(key) for key in stage.needs):
            self._running.add(stage.key)
            self.tell("started", stage)
            self.executor.submit(task_of(stage, restore=self.store.has(stage.key)))
        else:
            self._agenda = self._draw_up()

    def is_settled(self, stage: Stage) -> bool:
        """Say whether a stage is done and nobody here needs tensors of it that are gone.

        A done reader whose own tensors are gone and wanted counts as a need.
        """
        return self.store.has(stage.key) and (
            self.store.has_tensors(stage.key) or stage.key not in missing(self.plan, self.store)
        )

    def hear(self, message: Message) -> None:
        """Take in one message of the executor."""
        stage = self.plan.stages[message.key]
        if message.what == "progress":
            self.tell("progress", stage, message)
            return
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
        self.emit(
            StageEvent(
                what=what,
                kind=stage.kind,
                key=stage.key,
                title=stage.title,
                done=said.done,
                total=said.total,
                seconds=said.seconds,
                message=said.reason,
            )
        )

    def sweep(self, keys: Iterable[str]) -> None:
        """Drop the tensors of retrained networks that nothing planned will read again."""
        if self.keep_weights:
            return
        for key in keys:
            if not self.plan.stages[key].keep and not self.is_wanted(key):
                self.store.drop_tensors(key)

    def is_wanted(self, key: str) -> bool:
        """Say whether a planned reader of a stage's tensors is still to run."""
        readers = self.plan.needed_by.get(key, ())
        return any(key in self._agenda.stages or not self.store.has(key) for key in readers)
