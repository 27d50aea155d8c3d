"""Which members a bundle may have, and what is checked before one of them is decompressed."""

import re
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from prunebench.bundle.finding import MEND, BundleError, Finding, refuse, shown
from prunebench.bundle.limits import Limits
from prunebench.bundle.names import CURVES, LAYERS, MANIFEST, NAMES, SUMS, TRIALS
from prunebench.bundle.packing.container import (
    DEFLATED,
    STORED,
    DamagedError,
    Member,
    content,
    directory,
    directory_size,
)

ENCRYPTED = 0b1000001


def read_members(path: Path, limits: Limits) -> dict[str, bytes]:
    """Read all members of an archive, once everything that its directory says is sound.

    Raises
    ------
    BundleError
        With all that is wrong with the directory, or with the contents.
    """
    where = path.name
    if not path.is_file():
        refuse(where, "file", "there is no such file; name a bundle.", found="nothing")
    size = path.stat().st_size
    if size > limits.archive:
        msg = f"the file has {size} bytes, and at most {limits.archive} are read; {SPLIT}."
        refuse(where, "size", msg, found=size, expected=f"up to {limits.archive}")
    with path.open("rb") as file:
        members = listed(file, size, where, limits)
        found = [*strangers(members, where), *bounds(members, where, limits)]
        if not found:
            found = list(arrangement(members, where, size))
        if found:
            raise BundleError(found)
        return unpacked(file, members)


SPLIT = "leave the weights out, or pack fewer methods"


def listed(file: BinaryIO, size: int, where: str, limits: Limits) -> tuple[Member, ...]:
    """Read the directory.

    Raises
    ------
    BundleError
        If it is damaged, or has too many entries.
    """
    try:
        return directory(file, size, limits.members)
    except DamagedError as error:
        refuse(where, "archive", f"it is no bundle, or a damaged one: {error}; send it again.")
        raise


def strangers(members: tuple[Member, ...], where: str) -> Iterator[Finding]:
    """Find members that may not be there: by name, kind, or way of packing."""
    for name, times in Counter(member.name for member in members).items():
        if times > 1:
            msg = f"there are {times} members {shown(name)}, so that readers differ; {MEND}."
            yield Finding(where, "members", f"{times} times", "once", msg)
    for member in members:
        if not NAMES.fullmatch(member.name):
            msg = f"{shown(member.name)} {why_not(member.name)}; {MEND}."
            yield Finding(where, "members", shown(member.name), "declared names only", msg)
        if not member.is_plain:
            msg = f"{shown(member.name)} is {kind(member)}, and a bundle has plain files; {MEND}."
            yield Finding(where, "members", kind(member), "a plain file", msg)
        if member.method not in (STORED, DEFLATED):
            msg = f"{shown(member.name)} is packed by method {member.method}; {MEND}."
            yield Finding(where, "members", f"method {member.method}", "stored or deflate", msg)


def why_not(name: str) -> str:
    """Say what is wrong with a member's name."""
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        return "is an absolute path"
    if ".." in re.split(r"[/\\]", name):
        return "leads out of the archive"
    if "\\" in name:
        return "has a backslash in its name"
    if name.lower().endswith((".zip", ".gz", ".xz", ".bz2", ".7z", ".tar")):
        return "is an archive in the archive"
    return "is no member of a bundle"


def kind(member: Member) -> str:
    """Say what a member is that is no plain file."""
    mode = member.attributes >> 16
    if member.flags & ENCRYPTED:
        return "encrypted"
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if stat.S_ISDIR(mode) or member.attributes & 0x10:
        return "a folder"
    return "marked as something else than a file of rw-r--r--"


def bounds(members: tuple[Member, ...], where: str, limits: Limits) -> Iterator[Finding]:
    """Find what would be too much once it is decompressed, going by what is announced."""
    total = sum(member.size for member in members)
    if total > limits.total:
        msg = f"the members announce {total} bytes, and at most {limits.total} are read; {SPLIT}."
        yield Finding(where, "size", str(total), f"up to {limits.total}", msg)
    for member in members:
        file = shown(member.name).strip("'")
        most = most_bytes(member.name, limits)
        if member.size > most:
            msg = f"it announces {member.size} bytes, and at most {most} are read; {SPLIT}."
            yield Finding(file, "size", str(member.size), f"up to {most}", msg)
        ratio = member.size / max(member.packed, 1)
        if ratio > limits.ratio and member.size > limits.small:
            msg = (
                f"it announces {ratio:.0f} bytes for each compressed one, as a zip bomb does; at "
                f"most {limits.ratio} are read."
            )
            yield Finding(file, "ratio", f"{ratio:.0f}", f"up to {limits.ratio}", msg)


def most_bytes(name: str, limits: Limits) -> int:
    """Give how large a member may be."""
    if name in (MANIFEST, SUMS):
        return limits.manifest
    return min(limits.table, limits.member) if name in (TRIALS, CURVES, LAYERS) else limits.member


def arrangement(members: tuple[Member, ...], where: str, size: int) -> Iterator[Finding]:
    """Find members out of order, overlapping, or with anything between them."""
    names = [member.name for member in members]
    if names != sorted(names):
        msg = f"the members are not in the order of their names; {MEND}."
        yield Finding(where, "members", "another order", "sorted", msg)
    place = 0
    for member in members:
        if member.start != place:
            what = "overlaps the member before it" if member.start < place else "leaves a gap"
            msg = f"{member.name} begins at byte {member.start} and {what}; {MEND}."
            yield Finding(where, "members", str(member.start), str(place), msg)
            return
        place = member.end
    start = size - directory_size(members)
    if place != start:
        msg = f"the members end at byte {place}, and the directory begins at {start}; {MEND}."
        yield Finding(where, "members", str(place), str(start), msg)


def unpacked(file: BinaryIO, members: tuple[Member, ...]) -> dict[str, bytes]:
    """Decompress all members.

    Raises
    ------
    BundleError
        With everyone whose data are not what its headers say.
    """
    found: dict[str, bytes] = {}
    wrong: list[Finding] = []
    for member in members:
        try:
            found[member.name] = content(file, member)
        except DamagedError as error:
            msg = f"it is damaged: {error}; send the bundle again."
            wrong.append(Finding(member.name, "content", "damaged", "as announced", msg))
    if wrong:
        raise BundleError(wrong)
    return found
