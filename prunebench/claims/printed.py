"""Printed numbers: the reference tables, and the one line that a cell selects from them."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, log
from pathlib import Path
from typing import TypeAlias

from prunebench.claims.cell import Cell, matches, written
from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.shipped import benchmarks_folder
from prunebench.statistics import welch

Row: TypeAlias = Mapping[str, Json]
"""A line of a reference table: column to text, the columns of `NUMBERS` to a number or None."""

NUMBERS = ("mean", "sd", "n", "lr", "value", "kept_percent")

VAST = 1e9
"""No accuracy, factor or number of runs is as large."""

ACCURACIES = ("test_accuracy", "test_error", "top1_accuracy", None)
"""Metrics that a cell selects without naming one; statements have none."""

STANDING = ("read", "second-hand", "memory")
"""From the best to the worst."""

BEST = "best test"
"""In the note of a number that is the best of all epochs."""


@dataclass(frozen=True)
class Printed:
    """A line that was selected.

    Parameters
    ----------
    cell
        What was selected by.
    row
        The line, empty without one.
    problem
        Why there is none; empty normally.
    others
        What other lines of the same cell print instead.
    """

    cell: Cell
    row: Row
    problem: str = ""
    others: tuple[float, ...] = ()

    @property
    def figures(self) -> welch.Cell:
        """Mean, deviation and runs: of an accuracy in percent, or of a change in points."""
        mean, sd, n = (number(self.row, key) for key in ("mean", "sd", "n"))
        value = 100 - (mean or 0.0) if self.row.get("metric") == "test_error" else mean or 0.0
        return welch.Cell(value, sd, None if n is None else int(n))

    @property
    def stated(self) -> float | None:
        """A stated difference: points as they are, speeds as logarithms of their ratio."""
        value = number(self.row, "value")
        if value is None or self.row.get("unit") == "points":
            return value
        return log(value) if self.row.get("unit") == "times" else -log(1 - value / 100)

    @property
    def statement(self) -> str:
        """What is stated, as a sentence without its end."""
        value, kept = number(self.row, "value"), number(self.row, "kept_percent")
        words = [
            str(self.row.get("quantity", "")),
            "" if value is None else f"{value:g} {self.row.get('unit', '')}",
            "" if kept is None else f"({kept:g} % kept)",
        ]
        return " ".join(filter(None, words))

    @property
    def is_change(self) -> bool:
        """Whether it is a change relative to the unpruned network."""
        return str(self.row.get("metric", "")).endswith("change")

    @property
    def is_best(self) -> bool:
        """Whether it is said to be the best of all epochs."""
        return BEST in str(self.row.get("note", ""))


def read_printed(folder: Path | None = None) -> list[Row]:
    """Read all reference tables of a folder; without one those that come with prunebench.

    Raises
    ------
    SpecError
        If a number in them is none.
    """
    found: list[Row] = []
    for path in sorted((folder or benchmarks_folder() / "paper").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for line, cells in enumerate(csv.DictReader(file), start=2):
                found.append(as_row(cells, path.stem, f"{path.name}, line {line}"))
    return found


def as_row(cells: Mapping[str, str], reference: str, where: str) -> Row:
    """Turn the numbers of a line from text."""
    row: dict[str, Json] = {**cells, "reference": reference}
    for key in NUMBERS:
        row[key] = printed_number(cells.get(key), f"{where}: {key}")
    return row


def printed_number(text: str | None, where: str) -> float | None:
    """Read a number as somebody may have printed it; None where nothing is.

    Raises
    ------
    SpecError
        If it is none, or of a size that nobody prints.
    """
    try:
        value = float(text) if text else None
    except ValueError:
        value = inf
    if value is not None and not abs(value) < VAST:
        msg = f"{where} must be a number, got {text!r}."
        raise SpecError(msg)
    return value


def number(row: Row, key: str) -> float | None:
    """Give a number of a line; None where nothing is printed."""
    value = row.get(key)
    return value if isinstance(value, float) else None


def select(rows: Sequence[Row], cell: Cell) -> Printed:
    """Find the line of a cell; of several sources the one that stands best.

    Two different numbers of equal standing are a problem that the cell must settle.
    """
    found = [row for row in rows if matches(cell, row) and is_meant(cell, row)]
    if not found:
        return Printed(cell, {}, f"nothing is printed for {written(cell)}")
    found.sort(key=rank)
    best = [row for row in found if rank(row) == rank(found[0])]
    if len(values(best)) > 1:
        several = " and ".join(f"{value:g}" for value in values(best))
        return Printed(cell, {}, f"{several} are printed for {written(cell)}")
    others = [value for value in values(found) if value not in values(best)]
    return Printed(cell, found[0], others=tuple(others))


def is_meant(cell: Cell, row: Row) -> bool:
    """Say whether a line's metric is one that the cell means."""
    return "metric" in cell or row.get("metric") in ACCURACIES


def rank(row: Row) -> int:
    """Order lines by their standing; an unknown one comes last."""
    standing = row.get("standing")
    return STANDING.index(str(standing)) if standing in STANDING else len(STANDING)


def values(rows: Sequence[Row]) -> list[float]:
    """List the different numbers of some lines."""
    known = [number(row, "mean") for row in rows]
    return list(dict.fromkeys(value for value in known if value is not None))
