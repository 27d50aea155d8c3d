"""Cores and memory: affinity, control groups of both versions, and the machine."""

import os

import pytest

from prunebench.run.allowance import allowed_cores, allowed_memory, free_memory

MEMINFO = "MemTotal:       24000000 kB\nMemFree:  5 kB\nMemAvailable:   20000000 kB\n"
LIMITLESS = 9223372036854771712  # what version 1 says for no bound


@pytest.fixture
def machine(tmp_path):
    """Give a function that writes files below a root."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


@pytest.fixture
def eight(monkeypatch):
    """Let this process use eight cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, 8),
        # version 2: a quota of 200 ms in 100 ms is two cores; half a core more is a third worker
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "250000 100000\n"}, 3),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, 8),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "1600000 100000\n"}, 8),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "1000 100000\n"}, 1),
        # the group above binds too
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/b/cpu.max": "max 100000",
                "sys/fs/cgroup/a/cpu.max": "400000 100000",
            },
            4,
        ),
        # version 1, beside other controllers; the container's group is mounted as the root
        (
            {
                "proc/self/cgroup": "7:memory:/x\n4:cpu,cpuacct:/docker/abc\n0::/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            2,
        ),
        (
            {
                "proc/self/cgroup": "4:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            8,
        ),
        # a path that leads out of what is mounted ends at the mount
        ({"proc/self/cgroup": "0::/../..\n", "sys/fs/cgroup/cpu.max": "100000 100000\n"}, 1),
    ],
)
@pytest.mark.usefixtures("eight")
def test_a_quota_bounds_the_cores(machine, files, cores):
    """As many cores as the affinity has, at most the quota of this group and those above it."""
    assert allowed_cores(machine(files)) == cores


def test_affinity_bounds_the_cores(machine, monkeypatch):
    """Where nothing but the affinity is known, it counts; without one, all cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5}, raising=False)
    some = allowed_cores(machine({}))
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 64)

    assert (some, allowed_cores(machine({}))) == (2, 64)


@pytest.mark.parametrize(
    ("files", "allowed", "free"),
    [
        ({}, None, None),
        ({"proc/meminfo": MEMINFO}, 24_000_000 << 10, 20_000_000 << 10),
        (
            {
                "proc/meminfo": MEMINFO,
                "proc/self/cgroup": "0::/\n",
                "sys/fs/cgroup/memory.max": f"{4 << 30}\n",
            },
            4 << 30,
            4 << 30,
        ),
        (
            {
                "proc/meminfo": MEMINFO,
                "proc/self/cgroup": "0::/\n",
                "sys/fs/cgroup/memory.max": "max\n",
            },
            24_000_000 << 10,
            20_000_000 << 10,
        ),
        (
            {
                "proc/meminfo": MEMINFO,
                "proc/self/cgroup": "4:memory:/a\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{LIMITLESS}\n",
                "sys/fs/cgroup/memory/a/memory.limit_in_bytes": f"{22 << 30}\n",
            },
            22 << 30,
            20_000_000 << 10,
        ),
    ],
)
def test_memory_is_the_machines_or_the_groups(machine, files, allowed, free):
    """The smallest of what the machine has and what the control groups allow."""
    root = machine(files)

    assert (allowed_memory(root), free_memory(root)) == (allowed, free)


def test_this_machine_says_something_sane():
    """At least one core, at most all; free memory is at most all of it."""
    assert 1 <= allowed_cores() <= (os.cpu_count() or 1)
    if allowed_memory() is not None:
        assert 0 < free_memory() <= allowed_memory()
