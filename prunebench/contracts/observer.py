"""What observers hear while a run goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from prunebench.core.digest import Json


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
    record
        What the stage has measured, as JSON, for ``"finished"``; of a training among others
        ``curve``: lists ``step``, ``train_loss``, ``validation_loss``, ``validation_accuracy`` (the
        last two empty without validation), None where a value was not finite.
    """

    what: Literal["started", "progress", "finished", "failed", "blocked"]
    kind: str
    key: str
    title: str
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    message: str = ""
    record: Mapping[str, Json] = field(default_factory=dict, hash=False)
