"""Published statements, and what our rows measure of them by the cells and quantities of claims."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp
from pathlib import Path

from prunebench.claims.cell import Cell, matches, merged, written
from prunebench.claims.claim import Test
from prunebench.claims.examine import examine, remarks
from prunebench.claims.expansion import PAPER_COLUMNS, RUN_COLUMNS, checked_cell
from prunebench.claims.printed import Row, as_row, number
from prunebench.claims.quantities import QUANTITIES, Best
from prunebench.claims.select import pick, side
from prunebench.errors import SpecError
from prunebench.experiment.statements import Statement, Statements
from prunebench.results.measurement import Measurement
from prunebench.statistics.interval import summarise
from prunebench.statistics.paired import Paired
from prunebench.statistics.power import detectable_difference

SAYING = ("dataset", "model", "quantity", "kept_percent", "value", "unit", "standing", "footnote")
"""Columns that a file of statements needs."""

FORMS = {
    ("log", "times"): "times",
    ("log", "percent"): "less",
    ("log", ""): "times",
    ("points", "points"): "points",
    ("points", ""): "points",
    ("points", "percent"): "percent",
}
"""How numbers of a line are given, by the unit of the quantity and of the statement."""


@dataclass(frozen=True)
class Measured:
    """What our rows say of a statement, in its own form.

    Parameters
    ----------
    value, low, high
        The estimate with its 95 % interval; None where nothing is known.
    n
        Seeds.
    finds
        The smallest true difference that these seeds find; of steps a factor; None if unknown.
    rows
        Those behind it.
    notes
        What must be said with it.
    is_other
        Whether another quantity took the place of the one that is stated.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    finds: float | None = None
    rows: tuple[Measurement, ...] = ()
    notes: tuple[str, ...] = ()
    is_other: bool = False


def read_said(path: Path) -> tuple[Row, ...]:
    """Read a file of published statements.

    Raises
    ------
    SpecError
        If it cannot be read, lacks a column, or has text for a number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            lacking = [name for name in SAYING if name not in (reader.fieldnames or ())]
            if lacking:
                msg = f"{path} lacks the column {lacking[0]!r}; it needs {', '.join(SAYING)}."
                raise SpecError(msg)
            lines = enumerate(reader, start=2)
            return tuple(as_row(cells, path.stem, f"{path}, row {at}") for at, cells in lines)
    except OSError as error:
        msg = f"cannot read the published statements {path}: {error.strerror}."
        raise SpecError(msg) from None
    except (csv.Error, UnicodeDecodeError) as error:
        msg = f"{path} is no table of comma-separated values: {error}."
        raise SpecError(msg) from None


def check_statements(layout: Statements, said: Sequence[Row], where: str) -> None:
    """Refuse a statement that is not published, and cells of columns that no row has.

    Raises
    ------
    SpecError
        With the table, the statement and what is wrong.
    """
    for number_, one in enumerate(layout.statements):
        place = f"{where}, {layout.id}, statements[{number_}]"
        checked_cell(one.published, PAPER_COLUMNS, place)
        for cell in (one.x, one.y, *one.tiers.values()):
            checked_cell(cell, RUN_COLUMNS, place)
        found = [row for row in said if matches(one.published, row)]
        if len(found) != 1:
            what = "several statements have" if found else "no statement has"
            msg = f"{place}: {what} {written(one.published)}; name one of {layout.reference}.csv."
            raise SpecError(msg)
        form_of(one, found[0], place)


def published_row(one: Statement, said: Sequence[Row]) -> Row:
    """Find what is published; `check_statements` has seen that there is one."""
    return next(row for row in said if matches(one.published, row))


def form_of(one: Statement, row: Row, where: str = "") -> str:
    """Say how the numbers of a line are given: points, percent, times, or less than by percent.

    Raises
    ------
    SpecError
        If the quantity cannot be given in the published unit.
    """
    units = QUANTITIES[one.quantity].unit, str(row.get("unit") or "")
    if units not in FORMS:
        msg = f"{where}: {one.quantity} cannot be given in {units[1]}; choose another quantity."
        raise SpecError(msg)
    return FORMS[units]


def in_form(value: float, form: str) -> float:
    """Turn a difference of ours into what is published; of logarithms a ratio.

    >>> round(in_form(0.6931, "times"), 2), round(in_form(-0.6931, "less")), in_form(0.3, "points")
    (2.0, 50, 0.3)
    """
    if form == "less":
        return 100 * (1 - exp(value))
    return exp(value) if form == "times" else value


def cells(one: Statement, tier: str) -> tuple[Cell, Cell] | None:
    """Write out both cells of a statement at a tier, y empty without; None if it has none there."""
    if tier not in one.tiers:
        return None
    common = one.tiers[tier]
    return merged(common, one.x), merged(common, one.y) if one.y else {}


def measure(
    one: Statement, tier: str, rows: Sequence[Measurement], best: Best, form: str
) -> Measured:
    """Measure a statement: x - y by seed, or x alone."""
    both = cells(one, tier)
    if both is None:
        return Measured()
    groups = [tuple(pick(rows, cell)) for cell in both if cell]
    picked = tuple(row for group in groups for row in group)
    test = Test("report", one.quantity, *both)
    if not test.y:
        return alone(test, rows, best, picked)
    examined = examine(test, rows, best)
    if examined.evidence is None:
        # What was not run says so by itself; rows that cannot be compared need a word.
        said = examined.missing if all(groups) else ""
        return Measured(rows=picked, notes=(said,) if said else ())
    found = formed(examined.evidence, form)
    other = examined.test.quantity != one.quantity
    return replace(found, rows=picked, notes=examined.notes, is_other=other)


def formed(evidence: Paired, form: str) -> Measured:
    """Write a paired difference in the form of a statement; the ends of its interval in order."""
    ends = [in_form(end, form) for end in (evidence.low, evidence.high) if end is not None]
    size = detectable_difference(evidence.sd, evidence.n) if evidence.sd else None
    is_log = form in ("times", "less")
    return Measured(
        in_form(evidence.mean, form),
        min(ends, default=None),
        max(ends, default=None),
        evidence.n,
        exp(size) if is_log and size is not None else size,
    )


def alone(
    test: Test, rows: Sequence[Measurement], best: Best, picked: tuple[Measurement, ...]
) -> Measured:
    """Measure one cell by itself."""
    one = side(rows, test.x, QUANTITIES[test.quantity], best)
    found = summarise(one.values.values())
    if found is None:
        return Measured(rows=picked, notes=(one.problem,) if picked and one.problem else ())
    notes = tuple(remarks([one], dict(one.values)))
    return Measured(found.mean, found.low, found.high, found.n, None, picked, notes)


def kept_percent(measured: Measured) -> float | None:
    """Give the percentage of weights that the pruned networks behind a line keep."""
    found = [
        row.density for row in measured.rows if row.method_id != "dense" and row.density is not None
    ]
    return 100 * sum(found) / len(found) if found else None


def contains(measured: Measured, one: Statement, row: Row) -> bool | None:
    """Say whether what is stated lies in our interval, of a bound whether any of it does.

    None where there is no interval, or nothing that could lie in it.
    """
    low, high, value = measured.low, measured.high, number(row, "value")
    if low is None or high is None:
        return None
    if value is not None:
        return low <= value <= high
    if one.above is not None:
        return high > one.above
    return None if one.below is None else low < one.below
