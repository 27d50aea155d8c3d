"""A worker process: tasks come in as lines of JSON on stdin, messages go out on stdout."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from prunebench.plugin.registry import load_registry
from prunebench.run.bench import Bench
from prunebench.run.executor import Message, guarded, message_line
from prunebench.run.numerics import settle
from prunebench.run.task import read_task
from prunebench.store.store import Store


def main(store: str, *blocked: str) -> None:
    """Work until stdin ends.

    What plugins print goes to stderr, so that it cannot be taken for a message.
    """
    with os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8") as messages:
        os.dup2(2, 1)
        settle()
        bench = Bench(load_registry(blocked), Store(Path(store)))
        for line in sys.stdin:
            task = read_task(line)

            def tell(done: int, total: int, key: str = task.key) -> None:
                messages.write(message_line(Message("progress", key, done, total)) + "\n")

            bench.progress = tell
            messages.write(message_line(guarded(bench, task)) + "\n")


if __name__ == "__main__":
    with suppress(BrokenPipeError):  # the run was interrupted
        main(*sys.argv[1:])
