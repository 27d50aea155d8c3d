"""The memory of a process, sampled."""

import subprocess
import sys
import time
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

from prunebench.run import memory
from prunebench.run.memory import MemoryWatch, own_size


def test_memory_sees_a_peak():
    """A block of 64 MiB that lives a few samples long shows; what was there before does not."""
    # Fresh pages, whatever the allocator holds in reserve.
    private = MAP_PRIVATE | MAP_ANONYMOUS
    with MemoryWatch() as watch, mmap(-1, 64 << 20, private) as block:
        block.write(bytes(64 << 20))
        time.sleep(4 * memory.INTERVAL_SECONDS)

    assert watch.peak is not None
    assert 48 << 20 <= watch.peak <= 512 << 20
    assert watch.peak < watch.largest


def test_memory_that_is_shared_does_not_count():
    """A block that other processes could have in memory too is no one's own."""
    with MemoryWatch() as watch, mmap(-1, 256 << 20) as block:
        block.write(bytes(128 << 20))
        block.write(bytes(128 << 20))
        time.sleep(4 * memory.INTERVAL_SECONDS)

    assert watch.peak < 192 << 20  # what was written came from half of it


def test_a_process_is_looked_at_from_outside():
    """Another process's size is read by its number; one that has ended has none."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        size = own_size(process.pid)
        process.communicate(b"\n")

    assert 0 < size < 64 << 20
    assert own_size(process.pid) == 0


def test_memory_is_none_where_the_system_does_not_say(monkeypatch, tmp_path):
    """Off Linux there is no peak, and no error."""
    monkeypatch.setattr(memory, "PAGE_STATISTICS", tmp_path / "absent")
    with MemoryWatch() as watch:
        pass

    assert watch.peak is None
