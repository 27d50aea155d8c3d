"""What stands in a published table beside each other: labels, and groups of numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from prunebench.experiment.layout import VALUE, Layout
from prunebench.report.papers.cells import Quantity, dense_quantity, quantity
from prunebench.report.papers.columns import DENSE
from prunebench.report.papers.labels import heading
from prunebench.report.papers.lines import Line, Pair
from prunebench.report.papers.place import OF_DENSE
from prunebench.report.table import Column, words


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
    is_compared
        Whether ours and theirs stand side by side anywhere, so that there are differences.
    """

    layout: Layout
    key: str
    once: bool = False
    is_ours: bool = False
    is_compared: bool = True

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
        return [Column(title, group=group) for title in titles[: self.width]]

    @property
    def width(self) -> int:
        """How many columns there are."""
        return 1 if self.is_ours else 2 + self.is_compared

    def compared(self, lines: Iterable[Line]) -> "Group":
        """Leave differences out where there are none."""
        pairs = (self.pair(line) for line in lines)
        return replace(self, is_compared=any(pair.ours and pair.theirs for pair in pairs))


@dataclass(frozen=True)
class Label:
    """A column that says what a line is about."""

    layout: Layout
    name: str

    def columns(self) -> list[Column]:
        """Head the column."""
        return words(heading(self.layout, self.name))


Field: TypeAlias = Label | Group


def fields_of(layout: Layout, lines: Sequence[Line]) -> list[Field]:
    """List labels and numbers in the layout's order; further arms of ours follow their own."""
    found: list[Field] = [
        Group(layout, DENSE, once=True).compared(lines) if name == DENSE else Label(layout, name)
        for name in layout.rows
    ]
    if layout.is_long:
        return [*found, Group(layout, VALUE).compared(lines)]
    cells = [(key, pair) for line in lines for key, pair in line.cells.items()]
    printed = {key for key, pair in cells if pair.theirs} | {DENSE}
    keys = columns_of(layout, [key for key, _ in cells])
    groups = (Group(layout, key, is_ours=key not in printed) for key in keys)
    return [*found, *(group.compared(lines) for group in groups)]


def columns_of(layout: Layout, filled: Iterable[str]) -> list[str]:
    """List the layout's columns; further arms of ours follow the last column of their protocol.

    A second column of one protocol is left out if nothing stands in it.
    """
    keys = list(dict.fromkeys(filled))
    ids = [name.partition("[")[0] for name in layout.columns]
    found: list[str] = []
    for place, (name, own) in enumerate(zip(layout.columns, ids, strict=True)):
        if name in keys or own not in ids[:place]:
            found.append(name)
        if own not in ids[place + 1 :]:
            further = (key for key in keys if key.partition("[")[0] == own)
            found += [key for key in further if key not in layout.columns]
    return found
