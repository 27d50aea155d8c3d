"""Memory of a stage, sampled: what a process has for itself, without what it shares.

Pages of a mapped file, such as a data set or a library, are in memory once for all workers.
"""

import os
import sys
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

INTERVAL_SECONDS = 0.05
PAGE_STATISTICS = Path("/proc/self/statm")
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class MemoryWatch:
    """Samples this process's own resident size while a block runs.

    Attributes
    ----------
    peak
        Largest size above the block's start in bytes; None where the system does not say (only
        Linux does).
    largest
        Largest size in bytes; 0 where the system does not say.
    """

    def __init__(self) -> None:
        self.peak: int | None = None
        self.largest = 0
        self._done = Event()
        self._thread = Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "MemoryWatch":
        if sys.platform == "linux" and PAGE_STATISTICS.exists():
            self.peak = 0
            self.largest = self._start = own_size()
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(INTERVAL_SECONDS):
            self.largest = max(self.largest, own_size())
            self.peak = self.largest - self._start


def own_size(process: int | None = None) -> int:
    """Read the resident size in bytes, without shared pages, of this process or another one.

    One that has just ended has none.
    """
    path = PAGE_STATISTICS if process is None else Path(f"/proc/{process}/statm")
    try:
        _, resident, shared, *_ = map(int, path.read_text("ascii").split())
    except (OSError, ValueError):
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


def spelled(size: int) -> str:
    """Write a size for people.

    >>> spelled(0), spelled(1023), spelled(384 << 20), spelled(3 << 29)
    ('0 B', '1023 B', '384 MiB', '1.5 GiB')
    """
    power = min(max(0, (size.bit_length() - 1) // 10), len(UNITS) - 1)
    if power == 0 or size % (1 << 10 * power) == 0 or size >> 10 * power >= 10:
        return f"{size / (1 << 10 * power):.0f} {UNITS[power]}"
    return f"{size / (1 << 10 * power):.1f} {UNITS[power]}"
