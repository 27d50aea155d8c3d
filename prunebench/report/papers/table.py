"""Published tables with our numbers beside theirs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TypeAlias

from prunebench.core.digest import Json
from prunebench.experiment.layout import VALUE, Layout
from prunebench.report.papers.cells import (
    Quantity,
    dense_quantity,
    difference_cell,
    ours_cell,
    quantity,
    theirs_cell,
)
from prunebench.report.papers.labels import heading, label_cell
from prunebench.report.papers.lines import Line, Pair, paper_lines
from prunebench.report.papers.notes import (
    Footnotes,
    caption,
    label_phrases,
    power_phrase,
    source_phrase,
    stand_phrase,
    usual_n,
    usual_seeds,
)
from prunebench.report.papers.place import DENSE, OF_DENSE, places
from prunebench.report.papers.published import Published
from prunebench.report.papers.stand import Stand, stands
from prunebench.report.table import Cell, Column, Table, make_table, words
from prunebench.report.wording import printable
from prunebench.results.measurement import Measurement

GROUPING = ("dataset", "model", "method", "lr")
"""Labels that several lines may have in common."""


@dataclass(frozen=True)
class Paper:
    """A published table to be filled.

    Parameters
    ----------
    layout, published
        What it looks like; its numbers.
    source
        The publication in a few words.
    stands
        Which networks stand for published ones, beside what the run says itself.
    """

    layout: Layout
    published: tuple[Published, ...]
    source: str = ""
    stands: tuple[Stand, ...] = ()


@dataclass(frozen=True)
class Group:
    """Columns under one heading: ours, theirs, the difference.

    Parameters
    ----------
    layout
        Of the table.
    key
        The protocol; `VALUE` for that of the line.
    once
        Whether it is said on the first line of a block alone.
    is_ours
        Whether no publication has it, so that ours stand alone.
    """

    layout: Layout
    key: str
    once: bool = False
    is_ours: bool = False

    def pair(self, line: Line) -> Pair:
        """Find what belongs here."""
        if self.key == VALUE:
            return next(iter(line.cells.values()), Pair())
        return line.dense if self.key == DENSE else line.cells.get(self.key, Pair())

    def what(self, line: Line) -> Quantity:
        """Say what the numbers are."""
        protocol = line.slot.protocol if self.key == VALUE and line.slot else self.key
        if protocol == DENSE:
            return dense_quantity(self.layout)
        return quantity(self.layout, line.dense.ours)

    def columns(self) -> list[Column]:
        """Head the columns."""
        change = self.layout.metric in OF_DENSE and self.key != DENSE
        unit = "points" if change else "%"
        titles = [f"Ours {unit}", f"Theirs {unit}", "Difference (points)"]
        group = heading(self.layout, self.key)
        return [Column(title, group=group) for title in titles[: 1 if self.is_ours else 3]]


@dataclass(frozen=True)
class Label:
    """A column that says what a line is about."""

    layout: Layout
    name: str

    def columns(self) -> list[Column]:
        """Head the column."""
        return words(heading(self.layout, self.name))


Field: TypeAlias = Label | Group


@dataclass(frozen=True)
class Spot:
    """Numbers that are shown: which, and on which line."""

    group: Group
    line: Line

    @property
    def pair(self) -> Pair:
        """Published number and trials."""
        return self.group.pair(self.line)

    @property
    def by_seed(self) -> dict[int, float]:
        """Our numbers."""
        return self.group.what(self.line).by_seed(self.pair.ours)


def paper_tables(
    experiment: Mapping[str, Json], rows: Sequence[Measurement], papers: Iterable[Paper]
) -> tuple[Table, ...]:
    """Fill published tables with the numbers of a run.

    Parameters
    ----------
    experiment, rows
        The experiment as it was asked for; its trials.
    papers
        The tables.
    """
    return tuple(paper_table(paper, experiment, rows) for paper in papers)


@dataclass(frozen=True)
class Told:
    """What captions and footnotes say once for all cells: marks, seeds, runs of theirs."""

    notes: Footnotes
    seeds: int | None
    n: str | None


def paper_table(paper: Paper, experiment: Mapping[str, Json], rows: Sequence[Measurement]) -> Table:
    """Fill one published table.

    Lines and columns are the publication's, in its order. What was not run says so; where the
    publication has nothing, its columns are empty.
    """
    layout = paper.layout
    ours = places(layout, rows, [*stands(experiment), *paper.stands])
    lines = paper_lines(layout, paper.published, ours)
    fields = fields_of(layout, lines)
    spots = [spot for line in lines for spot in shown(fields, line, lines)]
    counts, n = whole(spots), usual_n(spot.pair for spot in spots)
    told = Told(Footnotes.of(spot.pair for spot in spots), usual_seeds(counts), n)
    made = make_table(
        printable(layout.title),
        caption(layout, paper.source, stand_phrase(experiment, ours), counts, n),
        [column for field in fields for column in field.columns()],
        [line_cells(fields, line, lines, told) for line in lines],
    )
    footnotes = [
        *told.notes.lines(),
        *layout.footnotes,
        *label_phrases(layout, ours),
        *power_phrase(columns_by_seed(spots)),
        *source_phrase(one for spot in spots for one in spot.pair.theirs),
    ]
    return replace(
        made,
        footnotes=tuple(map(printable, footnotes)),
        grouped=len(list(takewhile(GROUPING.__contains__, layout.rows))),
    )


def line_cells(
    fields: Iterable[Field], line: Line, lines: Sequence[Line], told: Told
) -> list[Cell]:
    """Write one line; an unpruned network stands on the first line of its block alone."""
    found: list[Cell] = []
    for field in fields:
        if isinstance(field, Label):
            found.append(label_cell(field.layout, field.name, line))
        elif is_shown(field, line, lines):
            found += group_cells(Spot(field, line), told)
        else:
            found += [Cell("")] * len(field.columns())
    return found


def group_cells(spot: Spot, told: Told) -> list[Cell]:
    """Write ours, theirs and the difference, as far as the group has columns for them."""
    pair, what = spot.pair, spot.group.what(spot.line)
    one = pair.theirs[0] if pair.theirs else None
    found = [
        ours_cell(pair.ours, what, told.seeds) if pair else Cell(""),
        theirs_cell(one, told.notes.marks(pair), told.n) if one else Cell(""),
        difference_cell(pair.ours, one, what),
    ]
    return found[: len(spot.group.columns())]


def fields_of(layout: Layout, lines: Sequence[Line]) -> list[Field]:
    """List labels and numbers in the layout's order; further arms of ours follow their own."""
    found: list[Field] = [
        Group(layout, DENSE, once=True) if name == DENSE else Label(layout, name)
        for name in layout.rows
    ]
    if layout.is_long:
        return [*found, Group(layout, VALUE)]
    cells = [(key, pair) for line in lines for key, pair in line.cells.items()]
    keys = dict.fromkeys(key for key, _ in cells)
    printed = {key for key, pair in cells if pair.theirs} | {DENSE}
    for name in layout.columns:
        found.append(Group(layout, name, is_ours=name not in printed))
        more = (key for key in keys if key != name and key.partition("[")[0] == name)
        found += [Group(layout, key, is_ours=True) for key in more]
    return found


def is_shown(group: Group, line: Line, lines: Sequence[Line]) -> bool:
    """Say whether numbers stand on a line: an unpruned network's on its block's first alone."""
    first = next(other for other in lines if other.block == line.block)
    return not group.once or line is first


def shown(fields: Iterable[Field], line: Line, lines: Sequence[Line]) -> list[Spot]:
    """Give the numbers that stand on a line."""
    groups = (field for field in fields if isinstance(field, Group))
    return [Spot(group, line) for group in groups if is_shown(group, line, lines)]


def whole(spots: Iterable[Spot]) -> list[int]:
    """Count the seeds of every cell that lost none."""
    complete = (s for s in spots if s.pair.ours and all(r.status == "ok" for r in s.pair.ours))
    return [seeds for spot in complete if (seeds := len(spot.by_seed))]


def columns_by_seed(spots: Iterable[Spot]) -> list[dict[str, dict[int, float]]]:
    """Give our numbers by line, column and seed; the unpruned network is no column."""
    found: dict[int, dict[str, dict[int, float]]] = {}
    for spot in spots:
        if not spot.group.once:
            found.setdefault(id(spot.line), {})[spot.group.key] = spot.by_seed
    return list(found.values())
