"""A site on disk: written aside, then put where the old one was."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp

from prunebench.errors import UserError

MARK = "site.json"
"""File that says that a folder is a site of ours, and what belongs to it."""

MAKER = "prunebench leaderboard build"
SCHEMA = 1


class SiteError(UserError):
    """A site cannot be built, or not there."""


def write_site(
    files: Mapping[str, bytes], folder: Path, copies: Mapping[str, Path] | None = None
) -> None:
    """Write a site; an older one in the same place gives way, anything else is refused.

    Parameters
    ----------
    files
        Contents by path within the site.
    folder
        Where it is to be; what stood there is replaced at once, when all is written.
    copies
        Files that are copied, by path within the site.

    Raises
    ------
    SiteError
        If there is something else.
    """
    place = folder.resolve()
    refuse_strange(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    with aside(place.parent) as rooms:
        fresh, old = rooms / "fresh", rooms / "old"
        lay_out(files, fresh, copies or {})
        swap(fresh, place, old)


def lay_out(files: Mapping[str, bytes], folder: Path, copies: Mapping[str, Path]) -> None:
    """Write a site's files into a new folder, and the list of them last."""
    sums = {path: sha256(content).hexdigest() for path, content in files.items()}
    for path, content in files.items():
        room(folder / path).write_bytes(content)
    for path, source in copies.items():
        copyfile(source, room(folder / path))
        with (folder / path).open("rb") as file:
            sums[path] = file_digest(file, "sha256").hexdigest()
    (folder / MARK).write_bytes(mark(sums))


def room(path: Path) -> Path:
    """Make the folder of a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def aside(parent: Path) -> Iterator[Path]:
    """Lend a folder on the same disk, and clear it away."""
    rooms = Path(mkdtemp(prefix=".prunebench-site-", dir=parent))
    try:
        yield rooms
    finally:
        rmtree(rooms, ignore_errors=True)


def swap(fresh: Path, place: Path, old: Path) -> None:
    """Put a folder in the place of another; the old one comes back if that fails."""
    had = place.exists()
    if had:
        place.rename(old)
    try:
        fresh.rename(place)
    except OSError:
        if had:
            old.rename(place)
        raise


def mark(sums: Mapping[str, str]) -> bytes:
    """Write the list of a site's files with their SHA-256."""
    listed = {"made_by": MAKER, "schema": SCHEMA, "files": dict(sorted(sums.items()))}
    return (json.dumps(listed, indent=1) + "\n").encode()


def refuse_strange(place: Path) -> None:
    """Refuse a place that holds anything but a site of ours.

    Raises
    ------
    SiteError
        With the first file that is not ours.
    """
    if not place.exists():
        return
    if not place.is_dir():
        msg = f"{place} is a file; name a folder for the site, which need not exist."
        raise SiteError(msg)
    found = sorted(p for p in place.rglob("*") if p.is_symlink() or not p.is_dir())
    own = listed_files(place / MARK)
    strange = [p for p in found if p.relative_to(place).as_posix() not in own]
    if strange:
        what = "which is no part of" if own else "and no"
        msg = (
            f"{place} holds {strange[0].relative_to(place)}, {what} site made by"
            f" '{MAKER}'; name another folder, or clear this one."
        )
        raise SiteError(msg)


def listed_files(path: Path) -> frozenset[str]:
    """Read which files belong to a site of ours; none if it is no such site."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return frozenset()
    if not isinstance(listed, dict) or listed.get("made_by") != MAKER:
        return frozenset()
    files = listed.get("files")
    return frozenset([*files, MARK]) if isinstance(files, dict) else frozenset()
