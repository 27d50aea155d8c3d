"""What this process may use of its machine: cores and memory, as a container's quota says."""

import os
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path

ROOT = Path("/")


def allowed_cores(root: Path = ROOT) -> int:
    """Count the cores this process may use: of its affinity, at most its quota of time.

    Parameters
    ----------
    root
        Where ``proc`` and ``sys`` lie.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quotas = [ceil(quota) for group in groups("cpu", root) for quota in cpu_quota(group)]
    return max(1, min([cores, *quotas]))


def allowed_memory(root: Path = ROOT) -> int | None:
    """Give the bytes that this process and its children may take; None where nothing says."""
    limits = [limit for group in groups("memory", root) for limit in memory_limit(group)]
    return min([*limits, *stated("MemTotal", root)], default=None)


def free_memory(root: Path = ROOT) -> int | None:
    """Give the bytes that are free now, and allowed; None where nothing says."""
    limits = [limit for group in groups("memory", root) for limit in memory_limit(group)]
    return min([*limits, *stated("MemAvailable", root)], default=None)


def stated(name: str, root: Path) -> Iterator[int]:
    """Read a size of the whole machine in bytes."""
    for line in text(root / "proc/meminfo").splitlines():
        if line.startswith(f"{name}:"):
            yield int(line.split()[1]) << 10


def groups(controller: str, root: Path) -> Iterator[Path]:
    """Walk from this process's control group up: a limit binds all groups below it.

    Where a container does not see its own group, what is mounted stands for it.
    """
    for line in text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / (controller if controllers else "")  # else version 2
        group = top / path.lstrip("/")
        yield group
        while group != top:
            group = group.parent
            yield group


def cpu_quota(group: Path) -> Iterator[float]:
    """Read how many cores' time a control group has, if it is bounded; version 2, then 1."""
    quota, _, period = text(group / "cpu.max").partition(" ")
    if not period:
        quota = text(group / "cpu.cfs_quota_us")
        period = text(group / "cpu.cfs_period_us")
    with suppress(ValueError, ZeroDivisionError):  # "max", or nothing at all
        if float(quota) > 0:  # version 1 writes -1 for no bound
            yield float(quota) / float(period)


def memory_limit(group: Path) -> Iterator[int]:
    """Read how many bytes a control group may take, if it is bounded; version 2 or 1."""
    for name in ("memory.max", "memory.limit_in_bytes"):
        with suppress(ValueError):
            yield int(text(group / name))


def text(path: Path) -> str:
    """Read a file; empty where there is none."""
    try:
        return path.read_text("ascii")
    except OSError:
        return ""
