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
    table
        Decompressed bytes of ``trials.jsonl``, ``curves.csv`` and ``layers.csv``, each: what is
        read from them takes many times their size.
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
    values, manifest_values
        Objects and lists in one line of JSON, and in ``bundle.json``.
    mean
        Brackets that open in ``trials.jsonl`` for each row, on average: each is kept as an object
        that takes far more than its letters.
    trials
        Rows.
    lines
        Lines of a table for each row: points of a curve, or layers.
    """

    archive: int = 1024 * MIB
    member: int = 512 * MIB
    total: int = 1024 * MIB
    table: int = 128 * MIB
    manifest: int = 16 * MIB
    members: int = 20_000
    ratio: int = 300
    small: int = MIB
    line: int = MIB // 4
    depth: int = 24
    text: int = 20_000
    values: int = 5_000
    manifest_values: int = 200_000
    mean: int = 250
    trials: int = 100_000
    lines: int = 5_000
