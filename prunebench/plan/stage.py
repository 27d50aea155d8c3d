"""Stages: the nodes of a plan. A key says what is done, never what it is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from prunebench.core.digest import Json, digest

Kind: TypeAlias = Literal[
    "init",
    "load",
    "tune",
    "train",
    "score",
    "prune",
    "recalibrate",
    "evaluate",
    "measure",
    "diagnose",
    "latency",
]

VERSIONS: Mapping[Kind, int] = {
    "init": 1,
    "load": 1,
    "tune": 1,
    "train": 1,
    "score": 1,
    "prune": 1,
    "recalibrate": 1,
    "evaluate": 1,
    "measure": 1,
    "diagnose": 1,
    "latency": 1,
}
"""Raise a stage's version when its code gives other numbers from the same spec."""


@dataclass(frozen=True)
class Stage:
    """One unit of work.

    Parameters
    ----------
    kind, spec
        What is done: every resolved field and the keys of the inputs. The key is their digest.
    needs
        Keys of stages whose tensors it reads.
    title
        What a person reads in the progress display.
    resume
        Key of an earlier step of the same training, from which this one can go on; the bits are
        the same without it, so it is no part of the key.
    steps
        Training steps it takes, for the estimate; 0 for other stages.
    place
        Where a worker finds the data, and whose regularizer it is; facts about a machine, or
        implied by the spec, so no part of the key.
    keep
        Whether its tensors stay after everything that needs them is done.
    """

    kind: Kind
    spec: Mapping[str, Json]
    needs: tuple[str, ...]
    title: str
    resume: str | None = None
    steps: int = 0
    place: Mapping[str, Json] = field(default_factory=dict)
    keep: bool = True
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", stage_key(self.kind, self.spec))

    @property
    def alone(self) -> bool:
        """Whether nothing else may run beside it: what it measures would be disturbed."""
        return self.kind == "latency"


def stage_key(kind: Kind, spec: Mapping[str, Json]) -> str:
    """Hash what a stage does: its kind, version and spec."""
    return digest({"stage": kind, "version": VERSIONS[kind], **spec})
