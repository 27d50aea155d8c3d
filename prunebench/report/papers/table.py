"""Published tables with our numbers beside theirs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from prunebench.core.digest import Json
from prunebench.experiment.layout import Layout
from prunebench.report.papers.cells import difference_cell, ours_cell, theirs_cell
from prunebench.report.papers.fields import Field, Group, Label, fields_of
from prunebench.report.papers.labels import heading, label_cell
from prunebench.report.papers.lines import Line, Pair, paper_lines
from prunebench.report.papers.notes import (
    Footnotes,
    caption,
    label_phrases,
    networks,
    power_phrase,
    rate_phrases,
    recipe_phrases,
    source_phrase,
    stand_phrase,
    usual_n,
    usual_seeds,
)
from prunebench.report.papers.published import Published
from prunebench.report.papers.stand import Stand, asked
from prunebench.report.papers.statements import Told, statements_table
from prunebench.report.papers.trials import places
from prunebench.report.table import Cell, Table, make_table
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
    experiment: Mapping[str, Json], rows: Sequence[Measurement], papers: Iterable[Paper | Told]
) -> tuple[Table, ...]:
    """Fill published tables with the numbers of a run.

    Parameters
    ----------
    experiment, rows
        The experiment as it was asked for; its trials.
    papers
        The tables.
    """
    return tuple(
        paper_table(paper, experiment, rows)
        if isinstance(paper, Paper)
        else statements_table(paper, experiment, rows)
        for paper in papers
    )


@dataclass(frozen=True)
class Common:
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
    ours = places(layout, rows, asked(experiment, paper.stands), paper.published)
    lines = paper_lines(layout, paper.published, ours)
    fields = fields_of(layout, lines)
    spots = [spot for line in lines for spot in shown(fields, line, lines)]
    counts, n = whole(spots), usual_n(spot.pair for spot in spots)
    told = Common(Footnotes.of(spot.pair for spot in spots), usual_seeds(counts), n)
    made = make_table(
        printable(layout.title),
        caption(
            layout,
            (paper.source, stand_phrase(experiment, networks(ours))),
            counts,
            n,
            compared=any(spot.pair.ours and spot.pair.theirs for spot in spots),
        ),
        [column for field in fields for column in field.columns()],
        [line_cells(fields, line, lines, told) for line in lines],
    )
    footnotes = [
        *told.notes.lines(),
        *layout.footnotes,
        *label_phrases(layout, ours),
        *recipe_phrases(ours),
        *rate_phrases((heading(layout, spot.group.key), spot.pair) for spot in spots),
        *power_phrase(columns_by_seed(spots)),
        *source_phrase(one for spot in spots for one in spot.pair.theirs),
    ]
    return replace(
        made,
        footnotes=tuple(map(printable, footnotes)),
        grouped=len(list(takewhile(GROUPING.__contains__, layout.rows))),
    )


def line_cells(
    fields: Iterable[Field], line: Line, lines: Sequence[Line], told: Common
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


def group_cells(spot: Spot, told: Common) -> list[Cell]:
    """Write ours, theirs and the difference, as far as the group has columns for them."""
    pair, what = spot.pair, spot.group.what(spot.line)
    one = pair.theirs[0] if pair.theirs else None
    found = [
        ours_cell(pair.ours, what, told.seeds) if pair else Cell(""),
        theirs_cell(one, told.notes.marks(pair), told.n) if one else Cell(""),
        difference_cell(pair.ours, one, what),
    ]
    return found[: spot.group.width]


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
