"""Images per second, as the last while saw them."""

from dataclasses import dataclass
from math import exp

WHILE_SECONDS = 15.0
"""What happened so long ago weighs a third (1/e) of what happens now."""


@dataclass
class Throughput:
    """Counts per second, averaged over a while that fades into the past.

    From the first count on the average is unbiased: it divides by the time that was seen.
    """

    began: float | None = None
    last: float = 0.0
    weighted: float = 0.0

    def add(self, now: float, count: float) -> None:
        """Take in what was done since the last time."""
        if self.began is None:
            self.began = self.last = now
            return  # done before anybody looked at the clock
        gap = (now - self.last) / WHILE_SECONDS
        spread = count * (1.0 - exp(-gap)) / gap if gap > 0 else count  # evenly since the last time
        self.weighted = self.weighted * exp(-gap) + spread
        self.last = now

    def rate(self, now: float) -> float:
        """Give the counts per second; 0 before anything is known."""
        if self.began is None or now <= self.began:
            return 0.0
        seen = WHILE_SECONDS * (1.0 - exp((self.began - now) / WHILE_SECONDS))
        return self.weighted * exp((self.last - now) / WHILE_SECONDS) / seen
