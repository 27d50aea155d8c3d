"""What a run leaves beside its results for whoever asks later: its log and its plan.

The environment stands in ``run.json``.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prunebench.plan.plan import Plan
from prunebench.results.folder import write_aside
from prunebench.store.references import PLAN

LOG = "log.txt"
FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def logged(folder: Path) -> Iterator[None]:
    """Write what prunebench logs at info and above to ``log.txt`` while a block runs."""
    logger = logging.getLogger("prunebench")
    before = logger.level
    if (folder / LOG).is_symlink():
        (folder / LOG).unlink()  # a stranger's folder must not lead the log into another file
    handler = logging.FileHandler(folder / LOG, encoding="utf-8")
    handler.setFormatter(Harmless(FORM))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
        handler.close()


class Harmless(logging.Formatter):
    """Log lines in which a stranger's control characters are written as escapes."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record; lines and tabs stay."""
        text = super().format(record)
        return "".join(
            one if one.isprintable() or one in "\n\t" else ascii(one)[1:-1] for one in text
        )


def write_plan(folder: Path, plan: Plan) -> None:
    """Write ``plan.json``: every stage with its key, kind, title and inputs."""
    stages = [
        {
            "key": stage.key,
            "kind": stage.kind,
            "title": stage.title,
            "needs": stage.needs,
            "resume": stage.resume,
        }
        for stage in plan.stages.values()
    ]
    lines = ",\n".join(json.dumps(stage) for stage in stages)
    write_aside(folder / PLAN, f"[\n{lines}\n]\n")
