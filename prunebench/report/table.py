"""Tables as plain text in cells: what Markdown, HTML and the terminal all print."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from prunebench.report.wording import printable


@dataclass(frozen=True)
class Column:
    """A column's heading; numbers are set flush right, controls are set apart."""

    title: str
    numeric: bool = True
    muted: bool = False


@dataclass(frozen=True)
class Cell:
    """An entry, and what must be said beside it."""

    text: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.text} · {self.note}" if self.note else self.text


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
    """

    title: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    remark: str = ""
    muted: frozenset[int] = frozenset()


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
        tuple(replace(column, title=printable(column.title)) for column in columns),
        tuple(tuple(cleaned(cell) for cell in row) for row in rows),
        muted=frozenset(muted),
    )


def cleaned(cell: Cell | str) -> Cell:
    """Turn an entry into a cell of printable characters."""
    if isinstance(cell, str):
        return Cell(printable(cell))
    return Cell(printable(cell.text), printable(cell.note))


def words(*titles: str) -> list[Column]:
    """Head columns of text."""
    return [Column(title, numeric=False) for title in titles]


def numbers(*titles: str) -> list[Column]:
    """Head columns of numbers."""
    return [Column(title) for title in titles]
