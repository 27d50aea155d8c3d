"""Entries written out: common cells merged in, one test per entry of ``each``."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from prunebench.claims.cell import TRAINING, Cell, merged
from prunebench.claims.claim import PUBLISHED, Entry, Test
from prunebench.claims.quantities import QUANTITIES
from prunebench.claims.schema import EntryText, TestText, checked, unknown
from prunebench.claims.title import value_text
from prunebench.errors import SpecError
from prunebench.results.columns import columns

RUN_COLUMNS = tuple(column.name for column in columns() if column.kind != "nested")
PAPER_COLUMNS = (
    *("reference", "table", "dataset", "model", "method", "printed", "target", "protocol"),
    *("metric", "lr", "standing", "source", "quantity", "kept_percent"),
)
"""By what published cells are selected; ``reference`` is the name of their file."""

OWN_RULES: Mapping[str, Collection[str]] = {
    "ladder": ("argmin",),
    "between": ("argmin",),
    "share": ("argmin",),
    "by": ("report", "pairs"),
    "tolerance": ("pairs",),
    "margin": ("superior", "equivalent", "noninferior", "report"),
    "x": ("superior", "equivalent", "noninferior", "report", "pairs"),
    "y": ("superior", "equivalent", "noninferior", "report"),
    "level": ("superior", "equivalent", "noninferior"),
}
"""Keys that only some rules use."""


def make_entry(tier: str, values: Mapping[str, Any], where: str) -> Entry:
    """Check an entry and write its tests out.

    Raises
    ------
    SpecError
        With the place in the file.
    """
    text = checked(EntryText, values, where)
    known = PAPER_COLUMNS if tier == PUBLISHED else RUN_COLUMNS
    if tier != PUBLISHED and not text.benchmark:
        msg = f"{where}: benchmark is missing; write whose tier delivers the cells."
        raise SpecError(msg)
    if text.family:
        checked_cell({text.family: ""}, known, f"{where}, family")
    common = checked_cell(text.cell, known, f"{where}, cell")
    tests = [
        test
        for number, one in enumerate(text.tests, start=1)
        for test in make_tests(one, common, tier, f"{where}, test {number}")
    ]
    return Entry(
        tests=tuple(tests),
        benchmark=text.benchmark,
        family=text.family,
        note=text.note,
        suspect=tuple(checked_cell(one, known, f"{where}, suspect") for one in text.suspect),
        declared=dict(values),
    )


def make_tests(values: Any, common: Cell, tier: str, where: str) -> Iterator[Test]:
    """Check a test and give it once, or once per entry of ``each``."""
    text = checked(TestText, values, where)
    known = PAPER_COLUMNS if tier == PUBLISHED else RUN_COLUMNS
    refuse(text, tier, where)
    for one in text.each or [{}]:
        every = {**common, **checked_cell(one, known, f"{where}, each")}
        x, y = (checked_cell(c, known, f"{where}, {n}") for n, c in (("x", text.x), ("y", text.y)))
        x = {} if text.rule == "argmin" else merged(every, x)
        bare = Test(text.rule, text.quantity, x, margin=text.margin)
        yield replace(
            bare,
            y=merged(every, y) if y else {},
            level=text.level,
            primary=text.primary and text.rule not in ("report", "pairs"),
            name=text.name,
            at=", ".join(value_text(k, v, {}) for k, v in one.items() if k != "reference"),
            note=text.note,
            otherwise=text.otherwise,
            one_of=text.one_of,
            ladder=tuple(
                merged(every, checked_cell(c, known, f"{where}, ladder")) for c in text.ladder
            ),
            between=(text.between[0], text.between[1]),
            share=text.share,
            by=text.by or ("method" if text.rule == "pairs" else ""),
            tolerance=text.tolerance,
            holds=text.holds,
        )


def checked_cell(cell: Mapping[str, Any], known: Collection[str], where: str) -> dict[str, Any]:
    """Give a cell whose columns exist and whose values are texts, numbers, truths or lists.

    Raises
    ------
    SpecError
        With the nearest column, or the value.
    """
    for key, value in cell.items():
        if key not in known and not key.startswith(TRAINING):
            msg = f"{where}: {unknown('column', key, known)}"
            raise SpecError(msg)
        admitted = value if isinstance(value, list) else [value]
        if not admitted or not all(map(is_value, admitted)):
            msg = f"{where}: {key} = {value!r} is no value of a column; write text or a number."
            raise SpecError(msg)
    return dict(cell)


def is_value(one: object) -> bool:
    """Say whether a row can hold a value: texts, truths, and numbers that are finite."""
    return isinstance(one, str | int) or (isinstance(one, float) and isfinite(one))


def refuse(text: TestText, tier: str, where: str) -> None:
    """Refuse a test that its rule cannot decide.

    Raises
    ------
    SpecError
        With what is missing, or out of place.
    """
    if text.quantity not in QUANTITIES:
        msg = f"{where}: {unknown('quantity', text.quantity, QUANTITIES)}"
        raise SpecError(msg)
    for key, rules in OWN_RULES.items():
        if key in text.model_fields_set and text.rule not in rules:
            msg = f"{where}: {key} means nothing to the rule {text.rule!r}; leave it out."
            raise SpecError(msg)
    if text.by:
        checked_cell({text.by: ""}, PAPER_COLUMNS if tier == PUBLISHED else RUN_COLUMNS, where)
    lack = next(needs(text, tier), None)
    if lack:
        msg = f"{where}: {lack}"
        raise SpecError(msg)


def needs(text: TestText, tier: str) -> Iterator[str]:
    """Walk over what a test lacks."""
    compared = text.rule in ("superior", "equivalent", "noninferior")
    if text.rule == "equivalent" and not text.margin:
        yield "an equivalence needs a margin above 0, such as 0.5 points."
    yield from ladder_needs(text, tier)
    if text.holds is not None and tier != PUBLISHED:
        yield "holds is for published statements; a run has numbers."
    if text.level is not None and text.y:
        yield "level stands in the place of y; leave one of them out."
    if compared and tier != PUBLISHED and not text.y and text.level is None:
        yield f"the rule {text.rule!r} compares two cells; write y."
    if text.rule == "report" and text.by and not text.y:
        yield 'by compares with a cell; write y, such as { method = "dense" }.'


def ladder_needs(text: TestText, tier: str) -> Iterator[str]:
    """Walk over what the smallest of a ladder lacks."""
    if text.rule == "argmin" and tier == PUBLISHED:
        yield "argmin resamples the seeds of a run, and printed numbers have none."
    if text.rule == "argmin" and len(text.ladder) < 2:
        yield "a ladder needs at least two cells."
    if text.between[0] > text.between[1]:
        yield "between begins with its smaller end."
