"""How a run keeps its time: what comes first, how long it takes, and when to begin nothing more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from time import monotonic

from prunebench.contracts.observer import StageEvent
from prunebench.run.forecast import Forecast

MARGIN = 1.1
"""A stage fits where so many times its estimate is left: estimates err, and the report follows."""


@dataclass
class Pace:
    """A run's forecast beside a clock.

    Parameters
    ----------
    forecast
        Of what is still to run.
    estimate
        Seconds that the whole was thought to take before it began; 0 where nobody asked.
    until
        The clock's time after which nothing is to run.
    clock
        Gives the time in seconds.
    """

    forecast: Forecast
    estimate: float = 0.0
    until: float = inf
    clock: Callable[[], float] = monotonic

    @property
    def costs(self) -> Mapping[str, float]:
        """What stages cost, by key: those on the longest way begin first."""
        return self.forecast.costs

    def hear(self, event: StageEvent) -> None:
        """Take an event into the forecast."""
        self.forecast.hear(event, self.clock())

    def fits(self, key: str) -> bool:
        """Say whether a stage that begins now ends in time."""
        if self.until == inf:
            return True
        return self.clock() + MARGIN * self.forecast.seconds(key) <= self.until

    @property
    def is_known(self) -> bool:
        """Whether speeds have been measured here, before the run or by it."""
        return self.estimate > 0 or self.forecast.has_seen

    @property
    def remaining(self) -> float:
        """Seconds until everything is done."""
        return self.forecast.remaining(self.clock())

    @property
    def throughput(self) -> float:
        """Training images per second of all workers."""
        return self.forecast.throughput.rate(self.clock())
