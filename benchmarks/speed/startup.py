"""What a person waits before the command line answers."""

import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks.speed.case import Amount, Case, Contest, Goal, Surroundings, seconds
from benchmarks.speed.pairs import duel, timed

TORCH = ("-c", "import torch")


def start_seconds(folder: Path, words: tuple[str, ...]) -> float:
    """Run an interpreter to its end, in a folder without a checkout."""
    command = [sys.executable, *words]
    return timed(lambda: subprocess.run(command, cwd=folder, capture_output=True, check=True))


def starts(words: tuple[str, ...], where: Surroundings, _: int) -> Contest:
    """Set a command against importing torch."""

    def ours() -> float:
        return start_seconds(where.folder, ("-m", "prunebench", *words))

    def torch() -> float:
        return start_seconds(where.folder, TORCH)

    return duel(ours, "torch", torch, ours)


def start_case(name: str, words: tuple[str, ...], bound: float) -> Case:
    """Make the case of a command."""
    return Case(
        name=name,
        about=f"prunebench {' '.join(words)}, beside importing torch",
        amount=Amount("", full=1, short=1, tiny=1),
        value=seconds("ours"),
        prepare=partial(starts, words),
        goal=Goal(bound, at_most=True),
        repeats=5,
    )


CASES = (
    start_case("start-help", ("--help",), 0.5),
    start_case("start-list", ("list", "methods"), 3.0),
)
