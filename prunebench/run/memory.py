"""Peak memory of a stage, sampled."""

import sys
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

INTERVAL_SECONDS = 0.05
PAGE_STATISTICS = Path("/proc/self/statm")


class MemoryWatch:
    """Samples this process's resident size while a block runs.

    Attributes
    ----------
    peak
        Largest resident size above the block's start in bytes; None where the system does not
        say (only Linux does).
    """

    def __init__(self) -> None:
        self.peak: int | None = None
        self._done = Event()
        self._thread = Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "MemoryWatch":
        if sys.platform == "linux" and PAGE_STATISTICS.exists():
            self.peak = 0
            self._start = resident_size()
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
            self.peak = max(self.peak or 0, resident_size() - self._start)


def resident_size() -> int:
    """Read this process's resident size in bytes."""
    import resource

    pages = int(PAGE_STATISTICS.read_text("ascii").split()[1])
    return pages * resource.getpagesize()
