"""Where stages run: in this process, or in worker processes that speak JSON lines.

An executor takes tasks and gives messages; the scheduler knows nothing else of it.
"""

import json
import os
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue
from threading import Thread
from time import perf_counter
from typing import IO, Literal, Protocol

from prunebench.plugin.registry import Registry
from prunebench.run.bench import Bench
from prunebench.run.numerics import one_thread_environment, settle
from prunebench.run.stages import BODIES
from prunebench.run.task import Task
from prunebench.store.store import Store


@dataclass(frozen=True)
class Message:
    """What became of a task so far.

    Parameters
    ----------
    what
        ``"progress"``, ``"finished"`` or ``"failed"``.
    key
        The task's.
    done, total
        Training steps, for ``"progress"``.
    seconds
        Time it took.
    reason, story
        Last line and whole text of the error, for ``"failed"``.
    """

    what: Literal["progress", "finished", "failed"]
    key: str
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    reason: str = ""
    story: str = ""


class Executor(Protocol):
    """Runs tasks, `slots` at a time."""

    slots: int

    def submit(self, task: Task) -> None:
        """Begin a task; at most `slots` are under way."""

    def wait(self) -> Message:
        """Give the next message; waits for it."""

    def close(self) -> None:
        """Stop everything; tasks under way are lost, finished ones are in the store."""


def perform_on(bench: Bench, task: Task) -> Message:
    """Run one stage; another process may have done it while this one waited for the lease."""
    began = perf_counter()
    with bench.store.lease(task.key):
        if not bench.store.has_tensors(task.key):
            bench.store.put(task.key, BODIES[task.kind](bench, task))
    return Message("finished", task.key, seconds=perf_counter() - began)


class InlineExecutor:
    """Runs tasks in this process, one at a time: for debuggers and tests.

    Parameters
    ----------
    registry, store
        What stage bodies work with.
    """

    slots = 1

    def __init__(self, registry: Registry, store: Store) -> None:
        settle()
        self._bench = Bench(registry, store)
        self._messages: deque[Message] = deque()

    def submit(self, task: Task) -> None:
        """Run the task to its end."""
        self._bench.progress = lambda done, total: self._messages.append(
            Message("progress", task.key, done, total)
        )
        self._messages.append(guarded(self._bench, task))

    def wait(self) -> Message:
        """Give the oldest message."""
        return self._messages.popleft()

    def close(self) -> None:
        """Nothing is under way."""


def guarded(bench: Bench, task: Task) -> Message:
    """Run one stage; an error becomes a message."""
    began = perf_counter()
    try:
        return perform_on(bench, task)
    except Exception as error:  # noqa: BLE001 - one of the two borders
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        seconds = perf_counter() - began
        return Message(
            "failed", task.key, seconds=seconds, reason=reason, story=traceback.format_exc()
        )


class Worker:
    """One worker process and the thread that listens to it.

    Parameters
    ----------
    store, blocked
        Handed on to the process.
    inbox
        Where its messages go.
    """

    def __init__(
        self, store: Path, blocked: Collection[str], inbox: "Queue[tuple[Worker, Message]]"
    ) -> None:
        # -P: the current directory must not shadow modules; the worker imports what we import.
        command = [sys.executable, "-P", "-m", "prunebench.run.worker", str(store), *blocked]
        environment = one_thread_environment() | {
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)
        }
        self.task: Task | None = None
        self._inbox = inbox
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the workers
        )
        self._ear = Thread(target=self._listen, daemon=True)
        self._ear.start()

    def submit(self, task: Task) -> None:
        """Hand a task over; a worker that has died says so by a message."""
        self.task = task
        try:
            pipe(self._process.stdin).write(task.line() + "\n")
            pipe(self._process.stdin).flush()
        except BrokenPipeError:
            pass  # the listening thread reports the death

    def _listen(self) -> None:
        for line in pipe(self._process.stdout):
            self._inbox.put((self, Message(**json.loads(line))))
        code = self._process.wait()
        self._inbox.put((self, Message("failed", "", reason=epitaph(code))))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._ear.join()
        with self._process:  # closes the pipes
            pass


def pipe(stream: IO[str] | None) -> IO[str]:
    """Give a pipe that was asked for."""
    assert stream is not None
    return stream


def epitaph(code: int) -> str:
    """Say how a worker died."""
    if code == -9:
        return "the worker was killed (signal 9), perhaps for want of memory"
    return (
        f"the worker died with {'signal ' + str(-code) if code < 0 else 'exit code ' + str(code)}"
    )


class ProcessExecutor:
    """Runs tasks in one-thread worker processes, started when first needed.

    Parameters
    ----------
    store
        Folder of the store.
    workers
        How many.
    blocked
        Plugins to leave out, as in this process.
    """

    def __init__(self, store: Path, workers: int, blocked: Collection[str] = ()) -> None:
        self.slots = workers
        self._store, self._blocked = store, blocked
        self._inbox: Queue[tuple[Worker, Message]] = Queue()
        self._idle: list[Worker] = []
        self._busy: list[Worker] = []

    def submit(self, task: Task) -> None:
        """Give the task to an idle worker, or start one."""
        worker = self._idle.pop() if self._idle else Worker(self._store, self._blocked, self._inbox)
        self._busy.append(worker)
        worker.submit(task)

    def wait(self) -> Message:
        """Give the next message; the task of a dead worker has failed."""
        while True:
            worker, message = self._inbox.get()
            if worker not in self._busy:
                self._idle = [other for other in self._idle if other is not worker]
                continue  # it died idle; nothing is lost
            if message.what == "progress":
                return message
            self._busy.remove(worker)
            if not message.key:
                assert worker.task is not None
                return Message("failed", worker.task.key, reason=message.reason)
            self._idle.append(worker)
            return message

    def close(self) -> None:
        """End all workers."""
        for worker in (*self._idle, *self._busy):
            worker.close()


def message_line(message: Message) -> str:
    """Write a message as one line of JSON."""
    return json.dumps(asdict(message))
