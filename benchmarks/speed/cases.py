"""All cases, and those that are asked for."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

import torch

from benchmarks.speed import bookkeeping, card, evaluation, runs, startup, training, updates
from benchmarks.speed.case import Case, Surroundings
from prunebench.errors import UnknownNameError

CASES: tuple[Case, ...] = (
    *training.CASES,
    *updates.CASES,
    *evaluation.CASES,
    *bookkeeping.CASES,
    *startup.CASES,
    *runs.CASES,
    *card.CASES,
)


def chosen(patterns: Iterable[str], where: Surroundings) -> tuple[Case, ...]:
    """Pick the cases whose names fit a pattern (``lenet*``; none: all) and that can run here.

    Raises
    ------
    UnknownNameError
        If a pattern fits no case of this device and size.
    """
    wanted = tuple(patterns)
    able = [case for case in CASES if is_able(case, where, wanted)]
    for pattern in wanted:
        if not any(fnmatchcase(case.name, pattern) for case in able):
            names = ", ".join(case.name for case in CASES if where.device.type in case.devices)
            msg = f"no case fits {pattern!r} on {where.device.type}; there are: {names}."
            raise UnknownNameError(msg)
    return tuple(
        case
        for case in able
        if not wanted or any(fnmatchcase(case.name, pattern) for pattern in wanted)
    )


def is_able(case: Case, where: Surroundings, wanted: tuple[str, ...]) -> bool:
    """Say whether a case runs on a device, in a size, and without being named."""
    if where.device.type not in case.devices or case.amount.of(where) == 0:
        return False
    return case.name in wanted or not case.on_request


def find_device(name: str) -> torch.device:
    """Give the device of a name.

    Raises
    ------
    UnknownNameError
        If there is no GPU and one was asked for.
    """
    if name == "cuda" and not torch.cuda.is_available():
        msg = "torch finds no GPU here; leave --device out to measure on the processor."
        raise UnknownNameError(msg)
    return torch.device("cuda", 0) if name == "cuda" else torch.device(name)
