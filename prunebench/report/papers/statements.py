"""A table of published statements, with what our rows measure of each beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from prunebench.claims.printed import Row, number
from prunebench.claims.quantities import best_of_dense
from prunebench.core.digest import Json
from prunebench.experiment.statements import Statement, Statements
from prunebench.report.asked import PAPER_TIER
from prunebench.report.papers.cells import LEVEL, NOT_RUN
from prunebench.report.papers.notes import MARKS, MEANINGS, read_phrase, stand_phrase
from prunebench.report.papers.said import (
    Measured,
    contains,
    form_of,
    kept_percent,
    measure,
    published_row,
)
from prunebench.report.prose import signed
from prunebench.report.table import Cell, Table, make_table, numbers, words
from prunebench.report.wording import NOTHING, percent, printable, rounded
from prunebench.results.measurement import Measurement


@dataclass(frozen=True)
class Told:
    """Published statements to be held against a run.

    Parameters
    ----------
    layout, said
        What the table looks like; the rows of its reference.
    source
        The publication in a few words.
    """

    layout: Statements
    said: tuple[Row, ...]
    source: str = ""


@dataclass(frozen=True)
class Line:
    """One statement: what is published, and what was measured."""

    statement: Statement
    row: Row
    measured: Measured

    @property
    def form(self) -> str:
        """How its numbers are given."""
        return form_of(self.statement, self.row)

    @property
    def is_factor(self) -> bool:
        """Whether numbers of iterations are compared."""
        return self.form in ("times", "less")

    @property
    def footnote(self) -> str:
        """What must be said with the published number."""
        return str(self.row.get("footnote") or "")


def statements_table(
    told: Told, experiment: Mapping[str, Json], rows: Sequence[Measurement]
) -> Table:
    """Hold published statements against a run, one line each in the publication's order."""
    tier, best = str(experiment.get("tier") or PAPER_TIER), best_of_dense(rows)
    lines = []
    for one in told.layout.statements:
        row = published_row(one, told.said)
        lines.append(Line(one, row, measure(one, tier, rows, best, form_of(one, row))))
    notes = list(dict.fromkeys(note for line in lines for note in said_with(line)))
    made = make_table(
        printable(told.layout.title),
        caption(told, experiment, lines),
        [
            *words("Model", "Statement"),
            *numbers("Kept %, theirs", "Kept %, ours", "Theirs", "Ours", "95 % interval"),
            *numbers("Difference", "n"),
        ],
        [line_cells(line, notes) for line in lines],
    )
    return replace(made, footnotes=tuple(map(printable, footnotes(told, lines, notes))))


def caption(told: Told, experiment: Mapping[str, Json], lines: Iterable[Line]) -> str:
    """Say what the table shows, how ours is made, and what stands for what."""
    known = list(lines)
    pairs = [
        (f"{row.model} on {row.dataset}", f"{line.row['model']} on {line.row['dataset']}")
        for line in known
        for row in line.measured.rows
    ]
    theirs = f"Theirs: {told.source or told.layout.reference}."
    if not pairs:
        return f"{told.layout.caption.rstrip('.')}. {theirs} Ours: nothing of it was run."
    return " ".join(
        (
            f"{told.layout.caption.rstrip('.')}.",
            theirs,
            f"Ours: {'; '.join(ways(known))}.",
            f"{'; '.join(meanings(known))}.",
            stand_phrase(experiment, pairs, "kept fractions are the nearest that were run"),
        )
    )


def ways(lines: Sequence[Line]) -> list[str]:
    """Say how ours are made."""
    found = [
        f"mean over seeds, of two networks of their paired differences, with its "
        f"{percent(LEVEL, 0)} % t interval"
    ]
    if any(line.is_factor for line in lines):
        found.append("of iterations the ratio of geometric means")
    return found


def meanings(lines: Sequence[Line]) -> list[str]:
    """Say what stands beside the difference and the number of seeds."""
    bounds = any(number(line.row, "value") is None for line in lines)
    found = [
        "Inside or outside: whether what is stated lies in our interval"
        + ", of a bound whether any of it does" * bounds
    ]
    if any(line.measured.finds is not None for line in lines):
        found.append(
            "finds: the smallest true difference or factor that a two-sided paired t test over "
            "these seeds finds four times out of five"
        )
    return found


def line_cells(line: Line, notes: Sequence[str]) -> list[Cell]:
    """Write one line."""
    row, ours = line.row, line.measured
    said = str(row.get("quantity", ""))
    standing = MARKS.get(str(row.get("standing")), "")
    return [
        Cell(str(row.get("model", ""))),
        Cell(said[:1].upper() + said[1:]),
        Cell(share(number(row, "kept_percent"))),
        Cell(share(kept_percent(ours))),
        Cell(stated(line), marks=" ".join(filter(None, (standing, marks([line.footnote], notes))))),
        Cell(
            written(ours.value, line.form) or (NOTHING if ours.notes else NOT_RUN),
            marks=marks(ours.notes, notes),
        ),
        Cell(interval(line)),
        difference(line),
        Cell(str(ours.n) if ours.n else "", finds(line)),
    ]


def share(value: float | None) -> str:
    """Write a kept percentage with as few digits as it needs, at most one after the point.

    >>> share(21.07), share(21.0), share(None)
    ('21.1', '21', '–')
    """
    return NOTHING if value is None else str(rounded(value, 1)).removesuffix(".0")


def stated(line: Line) -> str:
    """Write what is published, with its unit; a bound as one."""
    value, one = number(line.row, "value"), line.statement
    if value is not None:
        return with_unit(f"{value:g}", line.form)
    bound = one.above if one.below is None else one.below
    if bound is None:
        return NOTHING
    text = f"{bound:g}".replace("-", "−")
    return with_unit(f"{'>' if one.below is None else '<'} {text}", line.form)


def written(value: float | None, form: str) -> str:
    """Write a number of ours, with its unit; nothing where there is none.

    >>> written(38.04, "less"), written(1.919, "times"), written(-0.3, "points")
    ('38.0 %', '1.92×', '−0.30 points')
    """
    return "" if value is None else with_unit(bare(value, form, sign=form == "points"), form)


def bare(value: float, form: str, *, sign: bool) -> str:
    """Write a number without its unit; shares of iterations with one digit, all else with two."""
    digits = 1 if form == "less" else 2
    text = signed(value / 100, digits)
    return text if sign else text.removeprefix("+")


def with_unit(text: str, form: str) -> str:
    """Add the unit of a form to a number."""
    return f"{text}×" if form == "times" else f"{text} {'points' if form == 'points' else '%'}"


def interval(line: Line) -> str:
    """Write the interval of ours."""
    low, high, is_sign = line.measured.low, line.measured.high, line.form == "points"
    if low is None or high is None:
        return "" if line.measured.value is None else NOTHING
    return f"{bare(low, line.form, sign=is_sign)} to {bare(high, line.form, sign=is_sign)}"


def difference(line: Line) -> Cell:
    """Write ours minus theirs, and whether what is stated lies in our interval."""
    value, ours = number(line.row, "value"), line.measured.value
    if ours is None:
        return Cell("")
    if line.measured.is_other:
        return Cell(NOTHING, "another quantity")
    inside = contains(line.measured, line.statement, line.row)
    word = {True: "inside", False: "outside", None: ""}[inside]
    if value is None:
        return Cell(NOTHING, word)
    return Cell(bare(ours - value, line.form, sign=True), word or "no interval")


def finds(line: Line) -> str:
    """Say which true difference the seeds find; of iterations a factor."""
    size = line.measured.finds
    if size is None:
        return ""
    return f"finds {rounded(size)}{'×' if line.is_factor else ' points'}"


def said_with(line: Line) -> list[str]:
    """Give what must be said with a line, of theirs and of ours."""
    return [*([line.footnote] if line.footnote else []), *line.measured.notes]


def marks(texts: Iterable[str], notes: Sequence[str]) -> str:
    """Write the numbers of some notes."""
    return " ".join(f"[{notes.index(text) + 1}]" for text in texts if text)


def footnotes(told: Told, lines: Sequence[Line], notes: Sequence[str]) -> list[str]:
    """Write what stands below: marks, numbered notes, those of the layout, sources."""
    standings = {str(line.row.get("standing")) for line in lines}
    return [
        *(f"{MARKS[name]} {text}." for name, text in MEANINGS.items() if name in standings),
        *(f"[{place}] {text.rstrip('.')}." for place, text in enumerate(notes, start=1)),
        *told.layout.footnotes,
        *read_phrase(str(line.row.get("source") or "") for line in lines),
    ]
