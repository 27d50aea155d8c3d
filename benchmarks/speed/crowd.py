"""Several processes that train at the same time, on one processor or one GPU.

A member is ``python -m benchmarks.speed.crowd CASE STEPS DEVICE``: it makes ready, says so, waits
for a line, and tells the seconds of its steps.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from benchmarks.speed.fresh import TOP
from benchmarks.speed.training import LENET, RESNET20, WARM_STEPS, Ours
from prunebench.run.numerics import settled

WORKS = {"lenet": LENET, "resnet20": RESNET20}


class Member:
    """A process that trains when it is told to.

    Parameters
    ----------
    name, steps, device
        Which workload, how long, and where.
    """

    def __init__(self, name: str, steps: int, device: torch.device) -> None:
        words = [name, str(steps), str(device)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, *words],
            cwd=TOP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> str:
        """Wait for a line.

        Raises
        ------
        RuntimeError
            If the process has ended.
        """
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            msg = f"a process of the crowd ended with code {self.process.wait()}."
            raise RuntimeError(msg)
        return line

    def begin(self) -> None:
        """Tell the process to train."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.communicate()


@contextmanager
def gathered(count: int, name: str, steps: int, device: torch.device) -> Iterator[list[Member]]:
    """Start so many processes and wait until all are ready."""
    members = [Member(name, steps, device) for _ in range(count)]
    try:
        for member in members:
            member.hear()
        yield members
    finally:
        for member in members:
            member.end()


def crowd_seconds(count: int, name: str, steps: int, device: torch.device) -> float:
    """Give the seconds until the last of the processes has trained its steps."""
    with gathered(count, name, steps, device) as members:
        for member in members:
            member.begin()
        return max(float(json.loads(member.hear())["seconds"]) for member in members)


def main(name: str, steps: str, device: str) -> None:
    """Be a member."""
    torch.set_num_threads(1)
    with settled():
        ours = Ours(WORKS[name], torch.device(device))
        ours.turn(min(WARM_STEPS, int(steps)))
        print("ready", flush=True)
        sys.stdin.readline()
        print(json.dumps({"seconds": ours.turn(int(steps))}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
