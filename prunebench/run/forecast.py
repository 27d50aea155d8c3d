"""What is left of a run: estimates corrected by how long stages really take.

Everything here is a function of the events and of the times at which they are heard.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop

from prunebench.contracts.observer import StageEvent
from prunebench.plan.stage import Stage
from prunebench.run.agenda import Agenda
from prunebench.run.throughput import Throughput
from prunebench.run.workload import Work

TRUST_SECONDS = 2.0
"""About half as many seconds of work, seen, count as much as what was thought before."""

MEMORY = 0.85
"""Weight of what was seen of a group before, each time a stage of it ends."""

SWING = 3.0
"""A stage that took more than so many times longer or shorter than expected counts as that many."""

WATCH_SECONDS = 1.0
"""A training under way tells of its speed after this time between two of its reports."""

ALMOST = 0.95
"""A stage without reports counts as done to this part at most."""


@dataclass
class Running:
    """A stage under way: since when, and what its first and last report said."""

    since: float
    first: tuple[float, int] | None = None
    last: tuple[float, int] = (0.0, 0)
    total: int = 0

    def report(self, now: float, done: int, total: int) -> int:
        """Take a report in; gives the steps since the one before."""
        steps = max(done - self.last[1], 0)  # a task that was put off begins anew
        self.first = self.first or (now, done)
        self.last, self.total = (now, done), total
        return steps

    @property
    def seen(self) -> tuple[float, float]:
        """The part of the stage between the two reports and the seconds it took; 0 if too short."""
        if self.first is None or self.last[0] - self.first[0] < WATCH_SECONDS:
            return 0.0, 0.0
        return (self.last[1] - self.first[1]) / self.total, self.last[0] - self.first[0]


@dataclass
class Tally:
    """Seconds that were expected of some stages, and that they took; old ones fade."""

    expected: float = 0.0
    taken: float = 0.0

    def add(self, expected: float, taken: float, memory: float = 1.0) -> None:
        """Change the tally by one stage."""
        self.expected = memory * self.expected + expected
        self.taken = memory * self.taken + taken

    def see(self, running: Running, cost: float) -> None:
        """Change the tally by what a stage under way has shown of its cost."""
        part, seconds = running.seen
        self.add(part * cost, seconds)

    def ratio(self, thought: float) -> float:
        """Give seconds taken over seconds expected, near what was thought while little is seen."""
        seen = self.expected + self.taken
        trust = TRUST_SECONDS * self.expected / seen if seen else TRUST_SECONDS
        return (self.taken + trust * thought) / (self.expected + trust)


@dataclass
class Forecast:
    """Seconds left of a run, and of each of its stages.

    Parameters
    ----------
    stages
        Those still to run.
    works
        What each stage asks, by key.
    costs
        Its estimated seconds while all workers are busy, by key.
    workers
        How many run at a time.

    Attributes
    ----------
    throughput
        Training images per second of all workers.
    """

    stages: Collection[Stage]
    works: Mapping[str, Work]
    costs: Mapping[str, float]
    workers: int = 1
    throughput: Throughput = field(default_factory=Throughput)

    def __post_init__(self) -> None:
        self.open = {stage.key: stage for stage in self.stages}
        self.running: dict[str, Running] = {}
        self._all, self._groups = Tally(), dict[str, Tally]()
        self._left: dict[tuple[str, bool], float] = {}
        for stage in self.stages:
            self._add(stage, self.costs[stage.key])
        self._urgency = Agenda(self.stages, costs=self.costs).urgency
        self._longest = [(-urgency, key) for key, urgency in self._urgency.items()]
        heapify(self._longest)

    def _add(self, stage: Stage, seconds: float) -> None:
        place = self.works[stage.key].group, stage.alone
        self._left[place] = self._left.get(place, 0.0) + seconds

    def learn(self, key: str, seconds: float) -> None:
        """Take in how long a stage took."""
        expected, group = self.costs[key], self.works[key].group
        own = self._groups.setdefault(group, Tally())
        if own.expected > TRUST_SECONDS:
            thought = expected * own.ratio(self._all.ratio(1.0))
            seconds = min(max(seconds, thought / SWING), thought * SWING)
        self._all.add(expected, seconds)
        own.add(expected, seconds, MEMORY)

    def ratio(self, group: str) -> float:
        """Give the seconds that stages of a group take over those that were estimated."""
        own = replace(self._groups.get(group, Tally()))
        for key, running in self.running.items():
            if self.works[key].group == group:
                own.see(running, self.costs[key])
        return own.ratio(self.whole.ratio(1.0))

    @property
    def whole(self) -> Tally:
        """What all stages took so far, those under way included."""
        whole = replace(self._all)
        for key, running in self.running.items():
            whole.see(running, self.costs[key])
        return whole

    @property
    def has_seen(self) -> bool:
        """Whether enough was seen to tell how fast this machine is."""
        return self.whole.taken >= TRUST_SECONDS

    def seconds(self, key: str) -> float:
        """Give the seconds that a stage takes, as far as is known by now."""
        return self.costs[key] * self.ratio(self.works[key].group)

    def hear(self, event: StageEvent, now: float) -> None:
        """Take an event in; `now` is any clock's time in seconds."""
        if event.what == "started" and event.key in self.open:
            self.running[event.key] = Running(now)
        elif event.what == "progress" and event.key in self.running:
            steps = self.running[event.key].report(now, event.done, event.total)
            self.throughput.add(now, steps * self.works[event.key].batch)
        elif event.what in ("finished", "failed", "blocked"):
            self.end(event, now)

    def end(self, event: StageEvent, now: float) -> None:
        """Take a stage off; one that ran here and finished tells how long its like takes."""
        running = self.running.pop(event.key, None)
        stage = self.open.pop(event.key, None)
        if stage is not None:
            self._add(stage, -self.costs[event.key])
        if running is not None and event.what == "finished":
            work = self.works[event.key]
            if running.total or event.seconds < WATCH_SECONDS:  # else it was done long ago
                steps = max(work.steps - running.last[1], 0.0)
                self.throughput.add(now, steps * work.batch)
            self.learn(event.key, event.seconds)

    def done(self, key: str, now: float) -> float:
        """Give the part of a running stage that is done."""
        running = self.running[key]
        if running.total:
            return running.last[1] / running.total
        return min((now - running.since) / max(self.seconds(key), 1e-9), ALMOST)

    def remaining(self, now: float) -> float:
        """Give the seconds until everything is done.

        Whatever is longer: all work shared by all workers, or the longest way. Stages that run
        alone add up.
        """
        ratios = {group: self.ratio(group) for group, _ in self._left}
        shared = alone = 0.0
        for (group, is_alone), seconds in self._left.items():
            if is_alone:
                alone += seconds * ratios[group]
            else:
                shared += seconds * ratios[group]
        begun = {key: self.done(key, now) for key in self.running}
        for key, part in begun.items():
            gone = part * self.costs[key] * ratios[self.works[key].group]
            if self.open[key].alone:
                alone -= gone
            else:
                shared -= gone
        return max(max(shared, 0.0) / self.workers + max(alone, 0.0), self.longest(begun))

    def longest(self, begun: Mapping[str, float]) -> float:
        """Give the seconds of the longest way ahead; `begun` tells what part of stages is done."""
        while self._longest and self._is_past(self._longest[0][1]):
            heappop(self._longest)
        waiting = -self._longest[0][0] if self._longest else 0.0
        ways = [self._urgency[key] - part * self.costs[key] for key, part in begun.items()]
        return max([waiting, *ways]) * self.whole.ratio(1.0)

    def _is_past(self, key: str) -> bool:
        return key not in self.open or key in self.running
