"""What killed processes have left half done in a store."""

import re
from collections.abc import Iterator
from pathlib import Path

from prunebench.store.contents import (
    DATA,
    FAILURES,
    OBJECTS,
    RUNS,
    TENSORS,
    TESTED,
    Stage,
    entries,
    is_file,
    is_folder,
    objects,
)

ASIDE = ".aside-"
"""Begins the name of a folder that is written under another name first."""

KEY = re.compile("[0-9a-f]{32}")
UNNAMED = re.compile(r".+\.[0-9a-f]{32}")
"""A failure's story, or a name of an index, before it is renamed."""

UNSAVED = re.compile(r"\..+\.\d+")
"""A file of a run before it is renamed; ends with the number of the process."""


def leased(root: Path) -> Iterator[Path]:
    """Walk over what only the holder of some lease writes: if none is held, nobody does."""
    for item in objects(root):
        if isinstance(item, Path):
            if item.parent.name == OBJECTS and item.name.startswith(ASIDE):
                yield item
        elif is_half(item):
            yield item.path
        else:
            yield from (path for path in item.others if path.name.startswith(f".{TENSORS}-"))
    for entry in entries(root / DATA):
        if is_folder(entry) and entry.name.startswith(ASIDE):
            yield Path(entry.path)


def is_half(stage: Stage) -> bool:
    """Say whether a folder holds tensors without a record, or nothing: it is no artifact."""
    ours = all(path.name.startswith(f".{TENSORS}-") for path in stage.others)
    return stage.record is None and ours and KEY.fullmatch(stage.key) is not None


def unleased(root: Path) -> Iterator[Path]:
    """Walk over what any process of a run writes; only its age tells that nobody does."""
    for entry in entries(root / FAILURES):
        if is_file(entry) and UNNAMED.fullmatch(entry.name):
            yield Path(entry.path)
    for folder, form in ((root / TESTED, UNNAMED), (root / RUNS, UNSAVED)):
        for below in entries(folder):
            for entry in entries(below.path):
                if is_file(entry) and form.fullmatch(entry.name):
                    yield Path(entry.path)


def dangling(root: Path) -> Iterator[Path]:
    """Walk over the names of an index that lead to a stage that is gone."""
    for below in entries(root / TESTED):
        for entry in entries(below.path):
            if is_file(entry) and KEY.fullmatch(entry.name) and not leads(root, Path(entry.path)):
                yield Path(entry.path)


def leads(root: Path, path: Path) -> bool:
    """Say whether a name of an index leads to a stage that is there."""
    with path.open("rb") as file:
        key = file.read(64).decode("ascii", errors="replace")
    return KEY.fullmatch(key) is not None and (root / OBJECTS / key[:2] / key).is_dir()
