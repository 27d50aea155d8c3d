"""Tables as plain text in cells: what Markdown, HTML and the terminal all print."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, groupby, takewhile

from prunebench.report.wording import NOTHING, printable


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers are set flush right, controls are set apart.

    Neighbours with one `group` have it as a common heading above their own.
    """

    title: str
    numeric: bool = True
    muted: bool = False
    group: str = ""

    @property
    def full(self) -> str:
        """The heading where there is room for one line only."""
        return f"{self.group}: {self.title}" if self.group else self.title


@dataclass(frozen=True)
class Cell:
    """An entry, marks that refer to footnotes, and what must be said beside it."""

    text: str
    note: str = ""
    marks: str = ""

    def __str__(self) -> str:
        marked = f"{self.text} {self.marks}" if self.marks else self.text
        return f"{marked} · {self.note}" if self.note else marked


@dataclass(frozen=True)
class Table:
    """A table with its title and the sentence that explains it.

    Parameters
    ----------
    title, caption
        Heading; how to read the numbers.
    columns
        Headings, in order.
    rows
        As many cells as columns in each; text is not yet escaped for any format.
    remark
        What is said below.
    muted
        Places of the rows that are there to compare with; pages set them apart.
    footnotes
        What marks in the cells mean, and what else is printed below.
    grouped
        Number of columns at the left that lines of one group have in common; pages set apart what
        repeats the line above.
    folded
        Whether a page on a screen shows it only on request.
    """

    title: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    remark: str = ""
    muted: frozenset[int] = frozenset()
    footnotes: tuple[str, ...] = ()
    grouped: int = 1
    folded: bool = False

    @cached_property
    def repeated(self) -> tuple[int, ...]:
        """Of every row, the number of cells at the left that repeat the row above.

        Rows that are set apart are passed over.
        """
        found: list[int] = []
        last: tuple[Cell, ...] = ()
        for number, row in enumerate(self.rows):
            same = (mine == above for mine, above in zip(row[: self.grouped], last, strict=False))
            found.append(len(list(takewhile(bool, same))))
            last = last if number in self.muted else row
        return tuple(found)

    @cached_property
    def groups(self) -> tuple[tuple[str, tuple[Column, ...]], ...]:
        """Headings above the columns' own, empty where there is none, each with its columns."""
        runs = groupby(self.columns, key=lambda column: column.group)
        return tuple((group, tuple(columns)) for group, columns in runs)

    @property
    def has_groups(self) -> bool:
        """Whether any columns have a common heading."""
        return any(group for group, _ in self.groups)

    @cached_property
    def starts(self) -> frozenset[int]:
        """Places of the columns that are the first of their group."""
        ends = accumulate(len(columns) for _, columns in self.groups)
        first = zip(self.groups, (0, *ends), strict=False)
        return frozenset(place for (group, _), place in first if group)


def make_table(
    title: str,
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell | str]],
    muted: Iterable[int] = (),
) -> Table:
    """Make a table; characters that no page can show are replaced."""
    return Table(
        title,
        printable(caption),
        tuple(
            replace(column, title=printable(column.title), group=printable(column.group))
            for column in columns
        ),
        tuple(tuple(cleaned(cell) for cell in row) for row in rows),
        muted=frozenset(muted),
    )


def without_empty(table: Table, titles: Collection[str]) -> Table:
    """Leave out those of these columns in which no line says anything."""
    full = [
        place
        for place, column in enumerate(table.columns)
        if column.title not in titles or any(row[place] != Cell(NOTHING) for row in table.rows)
    ]
    return replace(
        table,
        columns=tuple(table.columns[place] for place in full),
        rows=tuple(tuple(row[place] for place in full) for row in table.rows),
    )


def cleaned(cell: Cell | str) -> Cell:
    """Turn an entry into a cell of printable characters."""
    if isinstance(cell, str):
        return Cell(printable(cell))
    return Cell(printable(cell.text), printable(cell.note), printable(cell.marks))


def words(*titles: str) -> list[Column]:
    """Head columns of text."""
    return [Column(title, numeric=False) for title in titles]


def numbers(*titles: str) -> list[Column]:
    """Head columns of numbers."""
    return [Column(title) for title in titles]
