"""How much of a stranger's archive is looked at."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """Bounds that are checked before anything is decompressed, and again while it is.

    Parameters
    ----------
    archive
        Bytes of the file.
    member, total
        Decompressed bytes of one member, and of all together.
    manifest
        Bytes of ``bundle.json``, and of ``SHA256SUMS``.
    members
        Number of members.
    ratio, small
        Largest decompressed size for each compressed byte; members up to `small` bytes may have
        any, for tables of one repeated line are honest.
    line
        Bytes of one line of a text.
    depth
        Nesting of JSON.
    text
        Characters of one text in JSON.
    trials
        Rows.
    """

    archive: int = 1024 * MIB
    member: int = 512 * MIB
    total: int = 2048 * MIB
    manifest: int = 16 * MIB
    members: int = 20_000
    ratio: int = 300
    small: int = MIB
    line: int = MIB
    depth: int = 24
    text: int = 20_000
    trials: int = 100_000
