"""Leases of a store from outside: which are held, and taking files away that nobody holds."""

from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from prunebench.store.contents import LEASES, entries, is_file

LOCK = ".lock"
"""Ends the name of a lease."""


def leases(root: Path) -> Iterator[Path]:
    """Walk over the files of leases; one stays where its stage was computed once."""
    for entry in entries(root / LEASES):
        if is_file(entry) and entry.name.endswith(LOCK):
            yield Path(entry.path)


def is_held(path: Path) -> bool:
    """Say whether a process holds a lease."""
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True


def let_go(path: Path) -> None:
    """Delete the file of a lease that nobody holds; whoever waits for it makes a new one."""
    try:
        with FileLock(path, timeout=0):
            path.unlink(missing_ok=True)
    except Timeout:
        pass  # somebody has just taken it
