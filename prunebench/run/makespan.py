"""When a plan is done: the scheduler's own order, played through on simulated workers."""

from collections.abc import Collection, Mapping
from heapq import heappop, heappush

from prunebench.plan.stage import Stage
from prunebench.run.agenda import Agenda

TOGETHER = 0.94
"""Speed of a worker beside others: two conv nets on two cores make 1.8 to 1.97 times one's speed.

They share caches, the way to memory and the clock's budget of heat.
"""


def speed(busy: int, cores: int) -> float:
    """Give a worker's speed while `busy` workers share the cores; one alone has speed 1."""
    return 1.0 if busy <= 1 else TOGETHER * min(1.0, cores / busy)


def makespan(
    stages: Collection[Stage], seconds: Mapping[str, float], workers: int, cores: int
) -> float:
    """Give the seconds until all stages are done.

    Parameters
    ----------
    stages
        All of them; inputs that are not among them are there.
    seconds
        Of each, while all workers are busy.
    workers
        How many stages run at a time.
    cores
        What the workers share.
    """
    agenda = Agenda(stages, costs=seconds, workers=workers)
    full = speed(workers, cores)
    running: list[tuple[float, str]] = []  # where its clock of work stands at its end, key
    now = work = 0.0
    while True:
        begin(agenda, running, work, workers)
        if not running:
            return now
        end, key = heappop(running)
        now += (end - work) * full / speed(len(running) + 1, cores)
        work = end
        agenda.finish(key)


def begin(agenda: Agenda, running: list[tuple[float, str]], work: float, workers: int) -> None:
    """Change what runs by what an executor with room would be handed."""
    while len(running) < workers and not any(agenda.stages[key].alone for _, key in running[:1]):
        stage = agenda.pop(idle=not running)
        if stage is None:
            return
        heappush(running, (work + agenda.costs[stage.key], stage.key))
