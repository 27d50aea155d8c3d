"""A maintainer's notes beside bundles: what is disputed, and what was superseded."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from prunebench.errors import SpecError
from prunebench.leaderboard.links import web_address

NOTES = "notes.toml"

LARGEST = 1 << 16
"""Bytes; a longer file was not written by hand."""

LONGEST = 500
"""Letters of a reason."""

TRIAL = re.compile("[0-9a-f]{32}")
ADDRESS = re.compile("[0-9a-f]{16,64}")
"""A bundle's address, or as much of it as its file name has."""


@dataclass(frozen=True)
class Dispute:
    """A doubt about a trial, a bundle, or a trial as one bundle has it.

    Parameters
    ----------
    reason
        Why.
    link
        Where it is discussed.
    trial, bundle
        One of them or both.
    """

    reason: str
    link: str
    trial: str = ""
    bundle: str = ""


@dataclass(frozen=True)
class Supersession:
    """A bundle that counts no more.

    Parameters
    ----------
    bundle
        Its address.
    by
        Address of the one that took its place, or a word such as ``"withdrawn"``.
    """

    bundle: str
    by: str


@dataclass(frozen=True)
class Notes:
    """All notes.

    Parameters
    ----------
    disputed, superseded
        In the order of the file.
    """

    disputed: tuple[Dispute, ...] = ()
    superseded: tuple[Supersession, ...] = ()


KINDS: Mapping[str, tuple[type[Any], tuple[str, ...]]] = {
    "disputed": (Dispute, ("reason", "link")),
    "superseded": (Supersession, ("bundle", "by")),
}
"""Tables of the file, and what each entry must have."""


def read_notes(path: Path) -> Notes:
    """Read notes.

    Raises
    ------
    SpecError
        With the first thing in the file that is not as it must be.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}; name a file of notes."
        raise SpecError(msg) from None
    if len(content) > LARGEST:
        msg = f"{path} is larger than {LARGEST} bytes, which no notes are; shorten it."
        raise SpecError(msg)
    return parse_notes(content, str(path))


def parse_notes(content: bytes, where: str) -> Notes:
    """Make notes of a file's content; see `read_notes`."""
    try:
        document = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        msg = f"{where} is no TOML: {str(error)[:LONGEST]}; mend that line."
        raise SpecError(msg) from None
    strange = sorted(set(document) - set(KINDS))
    if strange:
        msg = f"{where}: there is no table {strange[0][:60]!r}; write [[disputed]], [[superseded]]."
        raise SpecError(msg)
    return Notes(
        disputed=tuple(read_entries(document, "disputed", where)),
        superseded=tuple(read_entries(document, "superseded", where)),
    )


def read_entries(document: Mapping[str, Any], table: str, where: str) -> Iterable[Any]:
    """Read the entries of one table.

    Raises
    ------
    SpecError
        If it is none.
    """
    entries = document.get(table, [])
    if not isinstance(entries, list):
        msg = f"{where}: [{table}] must be a list of tables; write [[{table}]] in two brackets."
        raise SpecError(msg)
    for number, entry in enumerate(entries, start=1):
        yield read_entry(entry, table, f"{where}, {table} {number}")


def read_entry(entry: object, table: str, where: str) -> Any:
    """Read one entry.

    Raises
    ------
    SpecError
        If a field is unknown, missing or not what it must be.
    """
    kind, needed = KINDS[table]
    known = [field.name for field in fields(kind)]
    if not isinstance(entry, dict):
        msg = f"{where} must be a table with {', '.join(known)}."
        raise SpecError(msg)
    strange = sorted(set(entry) - set(known))
    if strange:
        msg = f"{where}: {strange[0][:60]!r} is unknown; an entry has {', '.join(known)}."
        raise SpecError(msg)
    missing = [name for name in needed if not entry.get(name)]
    if table == "disputed" and not (entry.get("trial") or entry.get("bundle")):
        missing.append("trial or bundle")
    if missing:
        msg = f"{where}: {missing[0]} is missing; say it."
        raise SpecError(msg)
    for name, value in entry.items():
        refuse_misfit(name, value, where)
    return kind(**entry)


def refuse_misfit(name: str, value: object, where: str) -> None:
    """Refuse a field that does not hold what it must.

    Raises
    ------
    SpecError
        With what it must hold.
    """
    if not isinstance(value, str) or len(value) > LONGEST:
        msg = f"{where}: {name} must be text of at most {LONGEST} letters."
        raise SpecError(msg)
    wrong = {
        "link": not web_address(value) and "an http or https address",
        "trial": not TRIAL.fullmatch(value) and "a trial's 32 hexadecimal digits",
        "bundle": not ADDRESS.fullmatch(value) and "16 to 64 hexadecimal digits of an address",
    }.get(name)
    if wrong:
        msg = f"{where}: {name} must be {wrong}, got {value[:60]!r}."
        raise SpecError(msg)


def settled(notes: Notes, addresses: Collection[str], trials: Collection[str]) -> Notes:
    """Write the addresses of notes in full.

    Parameters
    ----------
    notes
        As they were read.
    addresses, trials
        Of the bundles at hand, and of their rows.

    Raises
    ------
    SpecError
        If a note is about what is not there, so that a slip of the pen does not go unnoticed.
    """
    for one in notes.disputed:
        if one.trial and one.trial not in trials:
            msg = f"the notes dispute the trial {one.trial}, which no bundle has; mend or drop it."
            raise SpecError(msg)
    return Notes(
        tuple(
            replace(one, bundle=whole(one.bundle, addresses)) if one.bundle else one
            for one in notes.disputed
        ),
        tuple(
            Supersession(whole(one.bundle, addresses), successor(one.by, addresses))
            for one in notes.superseded
        ),
    )


def whole(start: str, addresses: Collection[str]) -> str:
    """Find the address that begins so.

    Raises
    ------
    SpecError
        If none does, or several.
    """
    found = [address for address in addresses if address.startswith(start)]
    if len(found) != 1:
        many = "several bundles have" if found else "no bundle has"
        msg = f"the notes name the bundle {start}, an address that {many}; mend or drop the note."
        raise SpecError(msg)
    return found[0]


def successor(by: str, addresses: Collection[str]) -> str:
    """Write an address in full; a word stays."""
    return whole(by, addresses) if ADDRESS.fullmatch(by) else by


def without(notes: Notes, addresses: Iterable[str]) -> Notes:
    """Leave out the notes on some bundles, such as those that were refused."""
    gone = tuple(addresses)

    def stays(bundle: str) -> bool:
        return not bundle or not any(address.startswith(bundle) for address in gone)

    return Notes(
        tuple(one for one in notes.disputed if stays(one.bundle)),
        tuple(one for one in notes.superseded if stays(one.bundle) and stays(one.by)),
    )
