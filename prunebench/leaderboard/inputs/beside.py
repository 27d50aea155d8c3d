"""What lies beside a site's bundles, so that it can be built again from its own folder."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from prunebench.bundle.reproduced import Reproduced, reproduced_text
from prunebench.leaderboard.inputs.notes import KINDS, NOTES, Notes


def beside(reproductions: Iterable[Reproduced], notes: Notes) -> dict[str, bytes]:
    """Give the files of reproductions and notes by name; none where there is nothing to say."""
    files = {one.name: reproduced_text(one).encode() for one in reproductions}
    text = notes_text(notes)
    return {**files, **({NOTES: text.encode()} if text else {})}


def notes_text(notes: Notes) -> str:
    """Write notes as `read_notes` reads them."""
    return "\n".join(
        entry_text(kind, asdict(entry)) for kind in KINDS for entry in getattr(notes, kind)
    )


def entry_text(kind: str, entry: dict[str, str]) -> str:
    """Write one note."""
    lines = [f"{key} = {quoted(value)}\n" for key, value in entry.items() if value]
    return f"[[{kind}]]\n{''.join(lines)}"


def quoted(text: str) -> str:
    """Write a TOML string: JSON's, but TOML knows no halves of letters and no bare DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
