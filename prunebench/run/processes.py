"""Worker processes that speak JSON lines: tasks on their stdin, messages on their stdout."""

import json
import os
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Queue
from signal import SIGKILL, Signals
from threading import Thread
from typing import IO, TypeAlias

from prunebench.run.message import Message, read_message
from prunebench.run.numerics import one_thread_environment
from prunebench.run.task import Task

Inbox: TypeAlias = "Queue[tuple[Worker, Message]]"

GRACE_SECONDS = 1.0
"""How long the last words of a dead worker are waited for; a child of it may hold the pipe open."""


class Worker:
    """One worker process and the threads that listen to it.

    Parameters
    ----------
    command
        Starts the process.
    inbox
        Where its messages go; the last one, without a key, says how it died.

    Attributes
    ----------
    task
        The one it was handed last.
    """

    def __init__(self, command: list[str], inbox: Inbox) -> None:
        self.task: Task | None = None
        self._inbox = inbox
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=worker_environment(),
            start_new_session=True,  # Ctrl-C reaches us alone; we end the workers
        )
        self._ear = Thread(target=self._listen, daemon=True)
        self._mourner = Thread(target=self._mourn, daemon=True)
        self._ear.start()
        self._mourner.start()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs, as far as its mourner knows."""
        return self._process.returncode is None

    def submit(self, task: Task) -> None:
        """Hand a task over; a worker that has died says so by a message."""
        self.task = task
        with suppress(BrokenPipeError):
            pipe(self._process.stdin).write(task.line())
            pipe(self._process.stdin).flush()

    def _listen(self) -> None:
        for line in pipe(self._process.stdout):
            with suppress(ValueError, TypeError):  # not ours: a child that wrote to the pipe
                self._inbox.put((self, read_message(line)))

    def _mourn(self) -> None:
        code = self._process.wait()
        self._ear.join(GRACE_SECONDS)
        self._inbox.put((self, Message("failed", "", reason=epitaph(code))))

    def close(self) -> None:
        """End the process and all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, SIGKILL)
        self._mourner.join()
        self._ear.join(GRACE_SECONDS)
        with suppress(BrokenPipeError):  # a task that was never read
            pipe(self._process.stdin).close()
        if not self._ear.is_alive():
            pipe(self._process.stdout).close()


def worker_environment() -> dict[str, str]:
    """Give a worker's environment: one thread, and the import path of this process."""
    return one_thread_environment() | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)
    }


def pipe(stream: IO[str] | None) -> IO[str]:
    """Give a pipe that was asked for."""
    assert stream is not None
    return stream


def epitaph(code: int) -> str:
    """Say how a worker died.

    >>> epitaph(3), epitaph(-11)
    ('the worker died with exit code 3', 'the worker died with signal 11 (SIGSEGV)')
    """
    if code == -SIGKILL:
        return "the worker was killed (signal 9), perhaps for want of memory"
    if code < 0:
        known = {signal.value: f" ({signal.name})" for signal in Signals}
        return f"the worker died with signal {-code}{known.get(-code, '')}"
    return f"the worker died with exit code {code}"


class ProcessExecutor:
    """Runs tasks in one-thread worker processes, started when first needed.

    Parameters
    ----------
    store
        Folder of the store.
    workers
        How many.
    blocked, files
        Plugins to leave out, and plugin files to load, as in this process.
    """

    def __init__(
        self,
        store: Path,
        workers: int,
        blocked: Collection[str] = (),
        files: Collection[Path] = (),
    ) -> None:
        self.slots = workers
        # -P: the current directory must not shadow modules.
        program = [sys.executable, "-P", "-m", "prunebench.run.worker"]
        plugins = {"blocked": list(blocked), "files": [str(path) for path in files]}
        self._command = [*program, str(store), json.dumps(plugins)]
        self._inbox: Inbox = Queue()
        self._idle: list[Worker] = []
        self._busy: list[Worker] = []

    def submit(self, task: Task) -> None:
        """Give the task to an idle worker, or start one."""
        worker = self._rested() or Worker(self._command, self._inbox)
        self._busy.append(worker)
        worker.submit(task)

    def _rested(self) -> Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive:
                return worker
            worker.close()
        return None

    def wait(self) -> Message:
        """Give the next message; the task of a dead worker has failed."""
        while True:
            worker, message = self._inbox.get()
            if worker not in self._busy:
                continue  # it died idle, or said why before it died: nothing more is lost
            if message.what == "progress":
                return message
            self._busy.remove(worker)
            if message.key:
                self._idle.append(worker)
                return message
            worker.close()
            assert worker.task is not None
            return replace(message, key=worker.task.key)

    def close(self) -> None:
        """End all workers."""
        for worker in (*self._idle, *self._busy):
            worker.close()
        self._idle, self._busy = [], []
