"""What is still to run: inputs first, and of what can run the longest way ahead first."""

from collections.abc import Collection, Iterable, Mapping
from graphlib import TopologicalSorter
from heapq import heapify, heappop, heappush

from prunebench.plan.plan import Plan
from prunebench.plan.stage import Stage
from prunebench.store.store import Store


def inputs(stage: Stage) -> tuple[str, ...]:
    """List a stage's inputs, the earlier step of its training included."""
    return stage.needs if stage.resume is None else (*stage.needs, stage.resume)


def missing(plan: Plan, store: Store) -> set[str]:
    """List the stages to run: those the rows need and those whose tensors they need in turn."""
    wanted = {key for trial in plan.trials for key in trial.keys}
    open_ends = [key for key in wanted if not store.has(key)]
    todo = set(open_ends)
    checked = set(todo)
    while open_ends:
        for key in inputs(plan.stages[open_ends.pop()]):
            if key not in checked and not store.has_tensors(key):
                todo.add(key)
                open_ends.append(key)
            checked.add(key)
    return todo


class Agenda:
    """Stages that are still to run or running.

    Parameters
    ----------
    stages
        All of them.
    held
        Keys of those not to hand out: they run already, or have failed.

    Attributes
    ----------
    stages
        By key; a stage leaves when it is done or blocked.
    """

    def __init__(self, stages: Iterable[Stage], held: Collection[str] = ()) -> None:
        self.stages = {stage.key: stage for stage in stages}
        self._feeders = {
            key: [other for other in inputs(stage) if other in self.stages]
            for key, stage in self.stages.items()
        }
        self._followers: dict[str, list[str]] = {key: [] for key in self.stages}
        for key, feeders in self._feeders.items():
            for other in feeders:
                self._followers[other].append(key)
        self._waiting = {key: len(feeders) for key, feeders in self._feeders.items()}
        self._urgency = urgency(self.stages, self._followers)
        self._ready = [
            self._place(key)
            for key, count in self._waiting.items()
            if count == 0 and key not in held
        ]
        heapify(self._ready)

    def _place(self, key: str) -> tuple[bool, int, str]:
        return self.stages[key].alone, -self._urgency[key], key

    def pop(self, *, idle: bool = True) -> Stage | None:
        """Give the stage to begin next; None if all the others wait for something.

        One that must run alone comes after all others that can run, and only where the executor is
        `idle`.
        """
        if not self._ready or (self._ready[0][0] and not idle):
            return None
        return self.stages[heappop(self._ready)[-1]]

    def followers(self, key: str) -> list[str]:
        """List the stages still to run that a stage is an input of."""
        return [other for other in self._followers.get(key, ()) if other in self.stages]

    def finish(self, key: str) -> None:
        """Take a done stage off; what waited for it alone can run now."""
        if self.stages.pop(key, None) is None:
            return
        for other in self.followers(key):
            self._waiting[other] -= 1
            if self._waiting[other] == 0:
                heappush(self._ready, self._place(other))

    def block(self, key: str) -> list[Stage]:
        """Take a failed stage off and give what depends on it, which is taken off too."""
        self.stages.pop(key, None)
        blocked, lost = [], [key]
        while lost:
            for other in self.followers(lost.pop()):
                blocked.append(self.stages.pop(other))
                lost.append(other)
        return blocked


def urgency(
    stages: Mapping[str, Stage], followers: Mapping[str, Collection[str]]
) -> dict[str, int]:
    """Give each stage the training steps of the longest way that begins with it."""
    found: dict[str, int] = {}
    for key in TopologicalSorter(followers).static_order():
        longest = max((found[other] for other in followers[key]), default=0)
        found[key] = stages[key].steps + 1 + longest
    return found
