"""Files of a store as they are read: their stamps and digests, envelopes, tensors."""

import hashlib
import os
from pathlib import Path
from stat import S_ISREG
from typing import TypeAlias

from safetensors import safe_open
from torch import Tensor

Stamp: TypeAlias = tuple[int, int]
"""Size and time of change of a file."""


def stamp_of(path: str | Path) -> Stamp | None:
    """Give size and time of change of a regular file; None where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path made for every key costs more than asking
    except OSError:
        return None
    return (status.st_size, status.st_mtime_ns) if S_ISREG(status.st_mode) else None


def file_digest(path: Path) -> str:
    """Hash a file piece by piece, however large it is."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_envelope(found: object, key: str) -> bool:
    """Say whether JSON read from disk is the record of a key."""
    match found:
        case {"key": str() as name, "tensors": str(), "record": dict()}:
            return name == key
    return False


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read all tensors of a safetensors file to the CPU."""
    with safe_open(path, framework="pt", device="cpu") as opened:
        return {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no dict
