"""Where stages run: the contract of an executor, and the one that runs them in this process.

An executor takes tasks and gives messages; the scheduler knows nothing else of it.
"""

import sys
from collections import deque
from contextlib import redirect_stdout
from dataclasses import replace
from time import perf_counter
from typing import Protocol

import torch

from prunebench.plugin.registry import Registry
from prunebench.run.attribution import fault
from prunebench.run.bench import Bench
from prunebench.run.memory import MemoryWatch
from prunebench.run.message import Message, failure
from prunebench.run.numerics import settled
from prunebench.run.stages import BODIES
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact
from prunebench.store.store import Store


class Executor(Protocol):
    """Runs tasks, `slots` at a time; there may come to be fewer of them, never none."""

    slots: int

    def submit(self, task: Task) -> None:
        """Begin a task; at most `slots` are under way."""

    def wait(self) -> Message:
        """Give the next message; waits for it."""

    def close(self) -> None:
        """Stop everything; tasks under way are lost, finished ones are in the store."""


def perform(bench: Bench, task: Task) -> Message:
    """Run one stage under its lease; an error becomes a message."""
    began = perf_counter()
    with MemoryWatch() as watch:
        try:
            with bench.store.lease(task.key):
                reused = is_done(bench.store, task)
                if not reused:
                    bench.store.put(task.key, carried_out(bench, task))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - one of the two borders
            said = failure(task.key, error, blame=fault(bench.registry, task, error))
        else:
            said = Message("finished", task.key, reused=reused)
    return replace(said, seconds=perf_counter() - began, memory=watch.largest)


def carried_out(bench: Bench, task: Task) -> Artifact:
    """Run the stage's body; where it ran is recorded.

    A plugin that draws from torch's global generator draws the same in every process.
    """
    with torch.random.fork_rng():
        torch.manual_seed(int(task.key[:15], 16))
        artifact = BODIES[task.kind](bench, task)
    return replace(artifact, record={**artifact.record, "environment": bench.environment(task)})


def is_done(store: Store, task: Task) -> bool:
    """Say whether another process did a stage while this one waited for the lease.

    It may even have dropped the tensors again; then they are computed only if they were asked for.
    """
    return store.has_tensors(task.key) or (store.has(task.key) and not task.restore)


class InlineExecutor:
    """Runs tasks in this process, one at a time: for debuggers and tests.

    What plugins print goes to stderr, as in a worker.

    Parameters
    ----------
    registry, store
        What stage bodies work with.
    graphs
        Whether training steps are recorded as CUDA graphs.
    """

    slots = 1

    def __init__(self, registry: Registry, store: Store, *, graphs: bool = False) -> None:
        self._bench = Bench(registry, store, graphs=graphs)
        self._messages: deque[Message] = deque()

    def submit(self, task: Task) -> None:
        """Run the task to its end."""
        self._bench.progress = lambda done, total: self._messages.append(
            Message("progress", task.key, done, total)
        )
        with redirect_stdout(sys.stderr), settled():
            self._messages.append(perform(self._bench, task))

    def wait(self) -> Message:
        """Give the oldest message."""
        return self._messages.popleft()

    def close(self) -> None:
        """Do nothing: no task is ever under way between two calls."""
