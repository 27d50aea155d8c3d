"""What observers hear while a run goes on."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class StageEvent:
    """One thing that happened to a stage.

    Parameters
    ----------
    what
        ``"started"``, ``"progress"``, ``"finished"``, ``"failed"`` or ``"blocked"``.
    kind, key
        The stage.
    title
        What the stage does, in a few words.
    done, total
        Steps of a training, for ``"progress"``; 0 otherwise.
    seconds
        Time the stage took, for ``"finished"`` and ``"failed"``.
    message
        The reason, for ``"failed"`` and ``"blocked"``.
    """

    what: Literal["started", "progress", "finished", "failed", "blocked"]
    kind: str
    key: str
    title: str
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    message: str = ""
