"""How much room a store takes, by what it is for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prunebench.store.contents import (
    NOTHING,
    OBJECTS,
    Amount,
    Stage,
    amount,
    entries,
    is_folder,
    objects,
)

UNNAMED = "of no run"
"""Stands for the kind of stages that no run of the store names."""

OTHERS = "other files"
"""Stands for the room of what killed processes, and strangers, have left elsewhere."""


@dataclass(frozen=True)
class Share:
    """What the stages of one kind take; `dropped` counts those without tensors."""

    stages: int = 0
    dropped: int = 0
    records: Amount = NOTHING
    tensors: Amount = NOTHING

    def __add__(self, other: "Share") -> "Share":
        return Share(
            self.stages + other.stages,
            self.dropped + other.dropped,
            self.records + other.records,
            self.tensors + other.tensors,
        )


@dataclass
class Usage:
    """What a store takes.

    Parameters
    ----------
    kinds
        Stages by kind.
    rooms
        Everything else by the folder it lies in; what stages leave behind counts as leftovers.
    """

    kinds: dict[str, Share] = field(default_factory=dict)
    rooms: dict[str, Amount] = field(default_factory=dict)

    @property
    def total(self) -> Amount:
        """All of it."""
        shares = (share.records + share.tensors for share in self.kinds.values())
        return sum((*shares, *self.rooms.values()), NOTHING)

    def add(self, room: str, more: Amount) -> None:
        """Count something that is no stage's."""
        self.rooms[room] = self.rooms.get(room, NOTHING) + more


def usage(root: Path, kinds: Mapping[str, str]) -> Usage:
    """Add up what a store takes; `kinds` gives the kind of a stage by its key."""
    found = Usage()
    for item in objects(root):
        if isinstance(item, Path):
            found.add(OTHERS, amount(item))
            continue
        if item.record is not None:
            kind = kinds.get(item.key, UNNAMED)
            found.kinds[kind] = found.kinds.get(kind, Share()) + share_of(item, item.record)
        elif item.tensors is not None:
            found.add(OTHERS, item.tensors)
        for path in item.others:
            found.add(OTHERS, amount(path))
    for entry in entries(root):
        if entry.name != OBJECTS:
            found.add(entry.name if is_folder(entry) else OTHERS, amount(Path(entry.path)))
    return found


def share_of(stage: Stage, record: Amount) -> Share:
    """Give what one stage takes."""
    return Share(1, int(stage.tensors is None), record, stage.tensors or NOTHING)
