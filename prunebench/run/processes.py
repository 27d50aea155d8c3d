"""Worker processes that speak JSON lines: tasks on their stdin, messages on their stdout."""

import json
import logging
import os
import subprocess
import sys
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, Queue
from signal import SIGKILL, Signals
from threading import Thread
from time import monotonic
from typing import IO, TypeAlias

from prunebench.run.hands import Hands, next_gpu
from prunebench.run.memory import own_size, spelled
from prunebench.run.message import Message, read_message
from prunebench.run.numerics import one_thread_environment
from prunebench.run.task import Task

logger = logging.getLogger(__name__)

Inbox: TypeAlias = "Queue[tuple[Worker, Message]]"

LOOK_SECONDS = 0.2
"""How often the workers' memory is looked at, where it is bounded."""

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
    gpu
        The only one it sees; None for whatever this process sees.

    Attributes
    ----------
    task
        The one it was handed last.
    """

    def __init__(self, command: list[str], inbox: Inbox, gpu: str | None = None) -> None:
        self.task: Task | None = None
        self.gpu = gpu
        self._inbox = inbox
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=worker_environment(gpu),
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

    @property
    def size(self) -> int:
        """Bytes of its own that it has in memory."""
        return own_size(self._process.pid) if self.is_alive else 0

    @property
    def under_way(self) -> Task:
        """The task of a worker that was handed one."""
        assert self.task is not None
        return self.task

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


def worker_environment(gpu: str | None) -> dict[str, str]:
    """Give a worker's environment: one thread, this process's import path, the GPU it is to see."""
    path = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return one_thread_environment() | path | ({} if gpu is None else {"CUDA_VISIBLE_DEVICES": gpu})


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

    Where the workers outgrow their memory, fewer of them go on: the task that was begun last waits
    and begins anew. A task fails only if it takes too much alone.

    Parameters
    ----------
    store
        Folder of the store.
    hands
        How many workers, within which memory, on which GPUs.
    blocked, files
        Plugins to leave out, and plugin files to load, as in this process.

    Attributes
    ----------
    slots
        How many tasks are carried out at a time.
    """

    def __init__(
        self,
        store: Path,
        hands: Hands,
        blocked: Collection[str] = (),
        files: Collection[Path] = (),
    ) -> None:
        self.slots = hands.workers
        self._memory, self._gpus = hands.memory, hands.gpus
        # -P: the current directory must not shadow modules.
        program = [sys.executable, "-P", "-m", "prunebench.run.worker"]
        named = [str(path) for path in files]
        how = {"blocked": list(blocked), "files": named, "graphs": hands.graphs}
        self._command = [*program, str(store), json.dumps(how)]
        self._inbox: Inbox = Queue()
        self._idle: list[Worker] = []
        self._busy: list[Worker] = []
        self._waiting: deque[Task] = deque()
        self._warned: set[str] = set()
        self._looked = monotonic()

    def submit(self, task: Task) -> None:
        """Give the task to an idle worker, or start one."""
        self._waiting.append(task)
        self._hand_over()

    def _hand_over(self) -> None:
        while self._waiting and len(self._busy) < self.slots:
            gpu = next_gpu(self._gpus, [worker.gpu or "" for worker in self._busy])
            worker = self._rested(gpu) or Worker(self._command, self._inbox, gpu)
            self._busy.append(worker)
            worker.submit(self._waiting.popleft())

    def _rested(self, gpu: str | None) -> Worker | None:
        for worker in [worker for worker in self._idle if worker.gpu == gpu]:
            self._idle.remove(worker)
            if worker.is_alive:
                return worker
            worker.close()
        return None

    def wait(self) -> Message:
        """Give the next message; the task of a dead worker has failed."""
        while True:
            said = self._looked_after() or self._heard()
            if said is not None:
                self._hand_over()
                return said

    def _heard(self) -> Message | None:
        """Take a message in; None without one for a while, and for what the scheduler needs not."""
        try:
            worker, message = self._inbox.get(timeout=self._memory and LOOK_SECONDS)
        except Empty:
            return None
        if message.what == "warning":
            self._warn(message.reason)
            return None
        if worker not in self._busy:
            return None  # it died idle, or said why before it died: nothing more is lost
        if message.what == "progress":
            return message
        self._busy.remove(worker)
        if message.key:
            self._idle.append(worker)
            return message
        worker.close()
        return replace(message, key=worker.under_way.key)

    def _warn(self, text: str) -> None:
        if text not in self._warned:  # every worker may say it
            self._warned.add(text)
            logger.warning("%s", text)

    def _looked_after(self) -> Message | None:
        """Keep the workers within their memory; gives the failure of one too large by itself."""
        if self._memory is None or monotonic() - self._looked < LOOK_SECONDS:
            return None
        self._looked = monotonic()
        size = sum(worker.size for worker in (*self._idle, *self._busy))
        if size <= self._memory:
            return None
        if self._idle:
            self._idle.pop().close()
        elif len(self._busy) > 1:
            self._put_off(self._busy.pop(), size)
        elif self._busy:
            return self._given_up(self._busy.pop(), size)
        return None

    def _put_off(self, worker: Worker, size: int) -> None:
        worker.close()
        self.slots = len(self._busy)
        self._waiting.appendleft(worker.under_way)
        logger.warning(
            "the workers took %s, more than --max-memory: %d of them instead of %d go on",
            spelled(size),
            self.slots,
            self.slots + 1,
        )

    def _given_up(self, worker: Worker, size: int) -> Message:
        worker.close()
        task = worker.under_way
        reason = (
            f"{task.kind} stage {task.key[:12]} took {spelled(size)} alone, more than the "
            f"{spelled(self._memory or 0)} of --max-memory; allow more, or use a smaller batch"
        )
        return Message("failed", task.key, reason=reason, memory=size)

    def close(self) -> None:
        """End all workers."""
        for worker in (*self._idle, *self._busy):
            worker.close()
        self._idle, self._busy = [], []
        self._waiting.clear()
