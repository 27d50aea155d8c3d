"""Who carries a run out: how many workers, within which memory, on which GPUs."""

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from prunebench.errors import SpecError
from prunebench.run.allowance import allowed_cores, allowed_memory, free_memory
from prunebench.run.memory import spelled

WORKER_BYTES = 384 << 20
"""What a small worker takes for itself: Python, torch and the plugins are 230 MiB of it."""

UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


@dataclass(frozen=True)
class Asked:
    """What a person asks of the machine.

    Parameters
    ----------
    workers
        Worker processes; 0 for this process, None for as many as fit.
    max_memory
        What all of them may take, such as ``8G``, ``500M`` or ``50%``; None for no bound.
    stages_per_gpu
        Workers on each GPU; None for one.
    graphs
        Whether training steps are recorded as CUDA graphs.
    """

    workers: int | None = None
    max_memory: str | None = None
    stages_per_gpu: int | None = None
    graphs: bool = False


@dataclass(frozen=True)
class Hands:
    """What was made of it.

    Parameters
    ----------
    workers
        Worker processes; 0 for this process.
    memory
        Bytes that all of them may take; None for no bound.
    gpus
        Those that workers are divided among, as ``CUDA_VISIBLE_DEVICES`` names them; none on a CPU.
    graphs
        As in `Asked`.
    """

    workers: int
    memory: int | None = None
    gpus: tuple[str, ...] = ()
    graphs: bool = False

    @property
    def at_once(self) -> int:
        """How many stages run at a time."""
        return max(1, self.workers)


def choose_hands(asked: Asked, device: str) -> Hands:
    """Decide how many workers there are, and what they may take.

    Parameters
    ----------
    asked
        By a person.
    device
        ``"cpu"`` or ``"cuda"``.

    Raises
    ------
    SpecError
        If what is asked for cannot be had.
    """
    refuse_contradictions(asked, device)
    gpus = visible_gpus() if device == "cuda" else ()
    bound = None if asked.max_memory is None else read_size(asked.max_memory, allowed_memory())
    if asked.workers is None:
        wanted = len(gpus) * (asked.stages_per_gpu or 1) or allowed_cores()
        room = free_memory() if bound is None else bound
    else:
        wanted, room = asked.workers, bound
    return Hands(fitting(wanted, room), bound, gpus, asked.graphs)


def fitting(wanted: int, room: int | None) -> int:
    """Say how many of the wanted workers there is room for; at least one, if any is wanted.

    >>> fitting(8, 2 << 30), fitting(8, None), fitting(8, 0), fitting(0, 0)
    (5, 8, 1, 0)
    """
    return wanted if room is None else min(wanted, max(1, room // WORKER_BYTES))


def refuse_contradictions(asked: Asked, device: str) -> None:
    """Refuse options that cannot be had together, or not here.

    Raises
    ------
    SpecError
        With the option.
    """
    if asked.stages_per_gpu is not None and device != "cuda":
        msg = (
            f"--stages-per-gpu {asked.stages_per_gpu} needs --device cuda, and this run computes "
            f"on the {device}; leave it out, or say how many stages run at a time with --workers."
        )
        raise SpecError(msg)
    if asked.graphs and device != "cuda":
        msg = f"--cuda-graphs needs --device cuda, and this run computes on the {device}."
        raise SpecError(msg)
    if asked.stages_per_gpu is not None and asked.workers is not None:
        msg = (
            f"--stages-per-gpu {asked.stages_per_gpu} and --workers {asked.workers} both say how "
            f"many stages run at a time; leave one of them out."
        )
        raise SpecError(msg)
    if asked.max_memory is not None and asked.workers == 0:
        msg = (
            f"--max-memory {asked.max_memory} bounds worker processes, and --workers 0 starts "
            f"none; use --workers 1."
        )
        raise SpecError(msg)
    if asked.max_memory is not None and sys.platform != "linux":
        msg = (
            f"--max-memory {asked.max_memory} cannot be kept on this system, where nothing says "
            f"how large a process is; leave it out, or run on Linux."
        )
        raise SpecError(msg)


def read_size(said: str, whole: int | None) -> int:
    """Read a size in bytes: a number with K, M, G or T (of 1024), or a percentage of `whole`.

    >>> read_size("1.5G", None), read_size("500MiB", None), read_size("50%", 1 << 30)
    (1610612736, 524288000, 536870912)

    Raises
    ------
    SpecError
        If it is no size, or less than one worker takes.
    """
    found = re.fullmatch(r"(\d+\.?\d*)\s*(?:([KMGT]?)(?:i?B)?|(%))", said.strip(), re.IGNORECASE)
    if found is None or (found[3] and whole is None):
        msg = f"--max-memory {said!r} is no size; write it like 8G, 500M or 50%."
        raise SpecError(msg)
    if found[3]:
        size = int(float(found[1]) / 100 * (whole or 0))
    else:
        size = int(float(found[1]) * (1 << UNITS[(found[2] or "").upper()]))
    if size < WORKER_BYTES:
        msg = (
            f"--max-memory {said} is {spelled(size)}, and one worker takes {spelled(WORKER_BYTES)} "
            f"before it trains anything; allow more."
        )
        raise SpecError(msg)
    return size


def visible_gpus() -> tuple[str, ...]:
    """Name the GPUs that this process sees, as ``CUDA_VISIBLE_DEVICES`` would."""
    import torch

    return gpu_names(torch.cuda.device_count(), os.environ.get("CUDA_VISIBLE_DEVICES"))


def gpu_names(count: int, visible: str | None) -> tuple[str, ...]:
    """Name so many GPUs, the first of those that a variable allows.

    >>> gpu_names(2, None), gpu_names(2, "3, GPU-8f2a,7")
    (('0', '1'), ('3', 'GPU-8f2a'))
    """
    if visible is None:
        return tuple(str(number) for number in range(count))
    return tuple(name.strip() for name in visible.split(","))[:count]


def next_gpu(gpus: Sequence[str], taken: Sequence[str]) -> str | None:
    """Choose the GPU with the fewest stages under way, the first of equals; None without GPUs.

    >>> [next_gpu("01", taken) for taken in ("", "0", "01", "011")]
    ['0', '1', '0', '0']
    """
    return min(gpus, key=taken.count, default=None)
