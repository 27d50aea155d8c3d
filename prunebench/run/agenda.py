"""What is still to run: inputs first, and of what can run the longest way ahead first.

The longest way is in seconds as they are estimated, or in anything else that grows with them. Long
stages thus begin early, and short ones are left to fill the last gaps.

While much is left, ends go first: tests and diagnoses, which nothing waits for but metrics, and
these. They complete rows, and weights that nobody will read again can be dropped; when all is done
does not depend on it.
"""

from collections.abc import Collection, Iterable, Mapping
from graphlib import TopologicalSorter
from heapq import heappop, heappush

from prunebench.plan.plan import Plan
from prunebench.plan.stage import Stage
from prunebench.store.store import Store

SLACK = 4.0
"""Much is left where the workers' equal shares are so many times the longest way ahead."""


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
    costs
        What each of them costs, by key; training steps and 1 where nothing is said.
    workers
        How many run at a time.

    Attributes
    ----------
    stages
        By key; a stage leaves when it is done or blocked.
    costs, urgency
        By key: what the stage costs, and the longest way that begins with it.
    """

    def __init__(
        self,
        stages: Iterable[Stage],
        held: Collection[str] = (),
        costs: Mapping[str, float] | None = None,
        workers: int = 1,
    ) -> None:
        self.stages = {stage.key: stage for stage in stages}
        self.workers = workers
        self.costs: Mapping[str, float] = (
            {key: stage.steps + 1.0 for key, stage in self.stages.items()}
            if costs is None
            else costs
        )
        self._feeders = {
            key: [other for other in inputs(stage) if other in self.stages]
            for key, stage in self.stages.items()
        }
        self._followers: dict[str, list[str]] = {key: [] for key in self.stages}
        for key, feeders in self._feeders.items():
            for other in feeders:
                self._followers[other].append(key)
        self._waiting = {key: len(feeders) for key, feeders in self._feeders.items()}
        self.urgency = urgency(self.costs, self._followers)
        self._left = sum(self.costs[key] for key in self.stages)
        self._ways: list[tuple[float, str]] = []
        self._ends: list[tuple[float, str]] = []
        self._alone: list[tuple[float, str]] = []
        for key, count in self._waiting.items():
            if count == 0 and key not in held:
                self._make_ready(key)

    def _make_ready(self, key: str) -> None:
        alone, end = self.stages[key].alone, self._is_end(key)
        ready = self._alone if alone else self._ends if end else self._ways
        heappush(ready, (-self.urgency[key], key))

    def _is_end(self, key: str) -> bool:
        """Say whether nothing waits for a stage but metrics, which are a matter of milliseconds."""
        return all(self.stages[other].kind == "measure" for other in self.followers(key))

    def pop(self, *, idle: bool = True) -> Stage | None:
        """Give the stage to begin next; None if all the others wait for something.

        One that must run alone comes after all others that can run, and only where the executor is
        `idle`.
        """
        ready = self._ends if self._is_end_next() else self._ways
        if not ready:
            ready = self._alone if idle else []
        return self.stages[heappop(ready)[1]] if ready else None

    def _is_end_next(self) -> bool:
        """Say whether an end goes first: the dearest of all, or there is no hurry."""
        if not (self._ends and self._ways):
            return bool(self._ends)
        way = -self._ways[0][0]
        return self._ends[0] < self._ways[0] or SLACK * way * self.workers < self._left

    def followers(self, key: str) -> list[str]:
        """List the stages still to run that a stage is an input of."""
        return [other for other in self._followers.get(key, ()) if other in self.stages]

    def finish(self, key: str) -> None:
        """Take a done stage off; what waited for it alone can run now."""
        if self.stages.pop(key, None) is None:
            return
        self._left -= self.costs[key]
        for other in self.followers(key):
            self._waiting[other] -= 1
            if self._waiting[other] == 0:
                self._make_ready(other)

    def block(self, key: str) -> list[Stage]:
        """Take a failed stage off and give what depends on it, which is taken off too."""
        if self.stages.pop(key, None) is not None:
            self._left -= self.costs[key]
        blocked, lost = [], [key]
        while lost:
            for other in self.followers(lost.pop()):
                blocked.append(self.stages.pop(other))
                self._left -= self.costs[other]
                lost.append(other)
        return blocked


def urgency(
    costs: Mapping[str, float], followers: Mapping[str, Collection[str]]
) -> dict[str, float]:
    """Give what the longest way that begins with each stage costs."""
    found: dict[str, float] = {}
    for key in TopologicalSorter(followers).static_order():
        longest = max((found[other] for other in followers[key]), default=0.0)
        found[key] = costs[key] + longest
    return found
