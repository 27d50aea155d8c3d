"""Progress reports, a few times a second at most."""

from collections.abc import Callable
from time import perf_counter
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Hears (steps done, steps in all) of one training."""

INTERVAL_SECONDS = 0.25


class Heartbeat:
    """Calls `progress` when a step ends and the last call is long enough ago.

    Parameters
    ----------
    progress
        Who listens, or None.
    start, stop
        First step of the training, and the step before which it ends.
    """

    def __init__(self, progress: Progress | None, start: int, stop: int) -> None:
        self._progress = progress
        self._start = start
        self._total = stop - start
        self._last = perf_counter()

    def beat(self, step: int) -> None:
        """Report that `step` is done, unless it is too early for another report."""
        if self._progress is None:
            return
        now = perf_counter()
        if now - self._last >= INTERVAL_SECONDS:
            self._last = now
            self._progress(step + 1 - self._start, self._total)
