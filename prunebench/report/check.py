"""Committed reports compared with what their own results say."""

from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from prunebench.report.figures.redrawn import alike
from prunebench.report.wording import clipped

MOST, WIDEST = 40, 200
"""Lines of a difference that are shown, and letters of a line."""

FIGURES = "figures"


def differences(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Compare the files of a folder with what they should be.

    Parameters
    ----------
    folder
        Where they lie.
    wanted
        Their texts by name.

    Returns
    -------
    list
        Unified differences, file by file, long ones cut; empty if all agree. Drawings of another
        release of the library are not compared.
    """
    found = [line for name, text in wanted.items() for line in difference(folder, name, text)]
    return found + [
        f"{FIGURES}/{path.name} is no figure of this report; delete it"
        for path in sorted((folder / FIGURES).glob("*.svg"))
        if f"{FIGURES}/{path.name}" not in wanted
    ]


def difference(folder: Path, name: str, wanted: str) -> list[str]:
    """Compare one file."""
    path = folder / name
    if not path.is_file():
        return [f"{name} is missing"]
    found = path.read_bytes().decode(errors="replace")
    if alike(found, wanted):
        return []
    lines = list(
        unified_diff(found.splitlines(), wanted.splitlines(), f"{name} (found)", name, lineterm="")
    )
    if not lines:
        return [f"{name} differs in how its lines end"]
    more = [f"... and {len(lines) - MOST} more lines of {name}"] if len(lines) > MOST else []
    return [clipped(line, WIDEST) for line in lines[:MOST]] + more
