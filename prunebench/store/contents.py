"""What lies in a store, found by walking: no file is read, and no link followed."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prunebench.errors import SpecError

TENSORS = "tensors.safetensors"
RECORD = "record.json"

OBJECTS = "objects"
FAILURES = "failures"
LEASES = "leases"
RUNS = "runs"
DAMAGED = "damaged"
DATA = "data"
"""Decoded data sets."""

TESTED = "tested"
"""Names of networks that lead to their tests."""


@dataclass(frozen=True)
class Amount:
    """Files: how many, how long, and the room they take on the disk, where the system says so."""

    files: int = 0
    bytes: int = 0
    disk: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.files + other.files, self.bytes + other.bytes, self.disk + other.disk)


NOTHING = Amount()


@dataclass(frozen=True)
class Stage:
    """The folder of one stage.

    Parameters
    ----------
    key, path
        Which, and where.
    record, tensors
        What its two files take; None for one that is not there, or is no file.
    others
        What else lies there, such as tensors that a killed process was putting back.
    """

    key: str
    path: Path
    record: Amount | None
    tensors: Amount | None
    others: tuple[Path, ...]


def refuse_no_store(root: Path) -> None:
    """Refuse a folder that is no store.

    Raises
    ------
    SpecError
        If it holds no objects of its own.
    """
    if (root / OBJECTS).is_symlink():
        msg = f"{root / OBJECTS} is a link, and links in a store are not followed; name its target."
        raise SpecError(msg)
    if not (root / OBJECTS).is_dir():
        msg = f"there is no store at {root}; name one with --store."
        raise SpecError(msg)


def entries(folder: str | Path) -> Iterator["os.DirEntry[str]"]:
    """Walk over what lies directly in a folder; nothing where there is none, or a link."""
    if os.path.islink(folder) or not os.path.isdir(folder):  # noqa: PTH112, PTH114 - text is faster
        return
    with os.scandir(folder) as found:
        yield from found


def is_folder(entry: "os.DirEntry[str]") -> bool:
    """Say whether an entry is a folder and no link to one."""
    return entry.is_dir(follow_symlinks=False)


def is_file(entry: "os.DirEntry[str]") -> bool:
    """Say whether an entry is a regular file and no link to one."""
    return entry.is_file(follow_symlinks=False)


def objects(root: Path) -> Iterator[Stage | Path]:
    """Walk over the folders of stages, and over what lies among them and is none, in no order."""
    for shelf in entries(root / OBJECTS):
        if not is_folder(shelf) or shelf.name.startswith("."):
            yield Path(shelf.path)
            continue
        for entry in entries(shelf.path):
            path = Path(entry.path)
            fits = is_folder(entry) and entry.name[:2] == shelf.name
            yield stage(entry.name, path) if fits else path


def stage(key: str, path: Path) -> Stage:
    """Look into the folder of a stage."""
    sizes: dict[str, Amount] = {}
    others: list[Path] = []
    for entry in entries(path):
        if entry.name in (RECORD, TENSORS) and is_file(entry):
            sizes[entry.name] = size(entry)
        else:
            others.append(Path(entry.path))
    return Stage(key, path, sizes.get(RECORD), sizes.get(TENSORS), tuple(others))


def size(entry: "os.DirEntry[str] | Path") -> Amount:
    """Give what a file or a link takes; nothing if it has just been deleted."""
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return Amount()
    return Amount(1, status.st_size, getattr(status, "st_blocks", 0) * 512)


def amount(path: Path) -> Amount:
    """Add up a file, or all that lies in a folder, however deep; links count as what they are."""
    found = Amount()
    waiting = [str(path)]
    if path.is_symlink() or not path.is_dir():
        return size(path)
    while waiting:
        for entry in entries(waiting.pop()):
            if is_folder(entry):
                waiting.append(entry.path)
            else:
                found += size(entry)
    return found
