"""A worker process: tasks come in as lines of JSON on stdin, messages go out on stdout."""

import json
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, NoReturn

from prunebench.plugin.registry import load_registry
from prunebench.run.bench import Bench
from prunebench.run.executor import perform
from prunebench.run.message import Message, failure
from prunebench.run.numerics import one_operation_at_a_time, settled
from prunebench.run.task import Task, read_task
from prunebench.store.store import Store


def main(store: str, how: str) -> None:
    """Work until stdin ends, which ends the process at once, in the middle of a stage or not.

    Parameters
    ----------
    store
        Its folder.
    how
        JSON: names of the ``blocked`` plugins, plugin ``files`` to load, and whether ``graphs`` are
        recorded.
    """
    lines, messages = take_over_streams()
    logging.getLogger("prunebench").addHandler(Herald(messages))
    one_operation_at_a_time()
    tasks: SimpleQueue[Task] = SimpleQueue()
    Thread(target=listen, args=(lines, tasks), daemon=True).start()
    try:
        asked = json.loads(how)
        files = [Path(file) for file in asked["files"]]
        registry = load_registry(asked["blocked"], files=files)
        bench = Bench(registry, Store(Path(store)), graphs=asked["graphs"])
    except (Exception, SystemExit) as error:
        told = failure("", error)
        messages.write(Message("failed", "", reason=f"no worker: {told.reason}").line())
        raise
    with settled():
        work(bench, tasks, messages)


def work(bench: Bench, tasks: "SimpleQueue[Task]", messages: IO[str]) -> NoReturn:
    """Carry out task after task and tell how each fares."""
    while True:
        task = tasks.get()

        def tell(done: int, total: int, key: str = task.key) -> None:
            messages.write(Message("progress", key, done, total).line())

        bench.progress = tell
        messages.write(perform(bench, task).line())


class Herald(logging.Handler):
    """Sends what is logged as a warning to the run, which has a log and a display.

    Parameters
    ----------
    messages
        The way there.
    """

    def __init__(self, messages: IO[str]) -> None:
        super().__init__(logging.WARNING)
        self._messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        """Send one warning."""
        self._messages.write(Message("warning", "", reason=record.getMessage()).line())


def take_over_streams() -> tuple[IO[str], IO[str]]:
    """Keep stdin and stdout for us: plugins read nothing there, and print to stderr."""
    lines = os.fdopen(os.dup(0), encoding="utf-8")
    messages = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return lines, messages


def listen(lines: IO[str], tasks: "SimpleQueue[Task]") -> None:
    """Queue the tasks; when stdin ends the run is gone, and nobody waits for this process."""
    for line in lines:
        tasks.put(read_task(line))
    os._exit(0)


if __name__ == "__main__":
    with suppress(BrokenPipeError):  # the run was interrupted
        main(*sys.argv[1:])
