"""Carry a plan out: what the store lacks, inputs first; a failure blocks only its dependants."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from prunebench.contracts.observer import StageEvent
from prunebench.plan.plan import Plan
from prunebench.plan.stage import Stage
from prunebench.run.executor import Executor, Message
from prunebench.run.task import task_of
from prunebench.store.store import Store

Emit = Callable[[StageEvent], None]


@dataclass
class Outcome:
    """How a plan's stages fared, by key.

    Parameters
    ----------
    executed
        Stages that ran.
    failed
        Reason of each failure.
    blocked
        Stages that could not run, and the failed stage that is to blame.
    """

    executed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)


def missing(plan: Plan, store: Store) -> set[str]:
    """List the stages to run: those the rows need and those whose tensors they need in turn."""
    todo: set[str] = set()
    open_ends = [key for trial in plan.trials for key in trial.keys if not store.has(key)]
    while open_ends:
        key = open_ends.pop()
        if key in todo:
            continue
        todo.add(key)
        stage = plan.stages[key]
        inputs = [*stage.needs, *([stage.resume] if stage.resume else [])]
        open_ends += [other for other in inputs if not store.has_tensors(other)]
    return todo


class Scheduler:
    """Runs the missing stages of a plan on an executor.

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
        self.todo = missing(plan, store)
        self.outcome = Outcome()
        self._urgency = urgency(plan, self.todo)

    def run(self) -> Outcome:
        """Run until nothing is left that can be run."""
        running: set[str] = set()
        while True:
            for stage in self.ready(running)[: self.executor.slots - len(running)]:
                running.add(stage.key)
                self.tell("started", stage)
                self.executor.submit(task_of(stage))
            if not running:
                break
            self.hear(self.executor.wait(), running)
        self.sweep(self.plan.stages)
        return self.outcome

    def ready(self, running: set[str]) -> list[Stage]:
        """List the stages whose inputs are there, those that lead furthest first."""
        stages = [
            self.plan.stages[key]
            for key in self.todo - running
            if not any(other in self.todo for other in self.inputs(self.plan.stages[key]))
        ]
        return sorted(stages, key=lambda stage: (-self._urgency[stage.key], stage.key))

    def inputs(self, stage: Stage) -> list[str]:
        """List a stage's inputs, the earlier step of its training included."""
        return [*stage.needs, *([stage.resume] if stage.resume else [])]

    def hear(self, message: Message, running: set[str]) -> None:
        """Take in one message of the executor."""
        stage = self.plan.stages[message.key]
        if message.what == "progress":
            self.tell("progress", stage, message)
            return
        running.discard(stage.key)
        self.todo.discard(stage.key)
        self.tell(message.what, stage, message)
        if message.what == "failed":
            self.fail(stage, message)
            return
        self.outcome.executed.append(stage.key)
        self.store.forget_failure(stage.key)
        self.on_done(stage.key)
        self.sweep(self.inputs(stage))

    def fail(self, stage: Stage, message: Message) -> None:
        """Keep a failure's story and block everything that depends on the stage."""
        self.outcome.failed[stage.key] = message.reason
        self.store.note_failure(
            stage.key, {"title": stage.title, "reason": message.reason, "traceback": message.story}
        )
        lost = [stage.key]
        while lost:
            cause = lost.pop()
            for key in sorted(self.todo):
                if cause in self.inputs(self.plan.stages[key]):
                    self.todo.discard(key)
                    lost.append(key)
                    self.outcome.blocked[key] = stage.key
                    self.tell("blocked", self.plan.stages[key], message)

    def tell(self, what: str, stage: Stage, message: Message | None = None) -> None:
        """Let the observers hear."""
        said = message or Message("progress", stage.key)
        self.emit(
            StageEvent(
                what=what,  # type: ignore[arg-type] # the words of StageEvent
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
            stage = self.plan.stages[key]
            readers = self.plan.needed_by.get(key, ())
            unread = any(other in self.todo or not self.store.has(other) for other in readers)
            if not (stage.keep or unread) and self.store.has_tensors(key):
                self.store.drop_tensors(key)


def urgency(plan: Plan, todo: set[str]) -> dict[str, int]:
    """Give each stage the training steps of the longest way that begins with it."""
    found: dict[str, int] = {}
    followers: dict[str, list[str]] = {key: [] for key in todo}
    for key in todo:
        stage = plan.stages[key]
        for other in (*stage.needs, *([stage.resume] if stage.resume else [])):
            if other in followers:
                followers[other].append(key)
    for key in backwards(todo, followers):
        longest = max((found[other] for other in followers[key]), default=0)
        found[key] = plan.stages[key].steps + 1 + longest
    return found


def backwards(todo: set[str], followers: dict[str, list[str]]) -> list[str]:
    """Order stages so that whatever follows a stage comes before it."""
    waiting = {key: len(found) for key, found in followers.items()}
    feeders: dict[str, list[str]] = {key: [] for key in todo}
    for key, found in followers.items():
        for other in found:
            feeders[other].append(key)
    order = [key for key in sorted(todo) if waiting[key] == 0]
    for key in order:
        for other in feeders[key]:
            waiting[other] -= 1
            if waiting[other] == 0:
                order.append(other)
    return order
