"""A task: what a worker is handed. JSON alone, so that any executor can carry it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from prunebench.core.digest import Json
from prunebench.plan.stage import Kind, Stage


@dataclass(frozen=True)
class Task:
    """One stage as JSON.

    Parameters
    ----------
    key, kind, spec
        The stage.
    resume
        Key of an earlier step of the same training, or None.
    place
        Where the data lies on this machine.
    restore
        Whether the stage is done, and its dropped tensors are wanted again.
    """

    key: str
    kind: Kind
    spec: Mapping[str, Json]
    resume: str | None
    place: Mapping[str, Json]
    restore: bool = False

    def line(self) -> str:
        """Write the task as one line."""
        return json.dumps(vars(self)) + "\n"


def task_of(stage: Stage, *, restore: bool = False) -> Task:
    """Take from a stage what a worker needs."""
    return Task(stage.key, stage.kind, stage.spec, stage.resume, stage.place, restore)


def read_task(line: str) -> Task:
    """Read a task; the inverse of `Task.line`."""
    return Task(**json.loads(line))
