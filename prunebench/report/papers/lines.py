"""Lines of a published table: its numbers and ours, brought together cell by cell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from prunebench.experiment.layout import Layout
from prunebench.report.papers.columns import DENSE
from prunebench.report.papers.place import (
    Block,
    Place,
    Slot,
    block_of,
    is_shown,
    printed_column,
    slot_of,
)
from prunebench.report.papers.published import STANDINGS, Published
from prunebench.results.measurement import Measurement

Found: TypeAlias = tuple[Slot, str, Published | Measurement]
"""Where something belongs: slot, column, and what it is."""


@dataclass(frozen=True)
class Pair:
    """What a publication prints in a cell, and the trials to compare it with; either may lack.

    Several published numbers for one cell are sources that disagree: the best known is first.
    """

    theirs: tuple[Published, ...] = ()
    ours: tuple[Measurement, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.theirs or self.ours)


@dataclass(frozen=True)
class Line:
    """One line.

    Parameters
    ----------
    block, slot
        Where it belongs; no slot: there is nothing but the unpruned network.
    dense
        The unpruned network of the block.
    cells
        By column: one of the layout, or the label of ours where several share it.
    """

    block: Block
    slot: Slot | None
    dense: Pair
    cells: Mapping[str, Pair] = field(default_factory=dict)


def paper_lines(
    layout: Layout, published: Iterable[Published], ours: Sequence[Place]
) -> list[Line]:
    """Bring published numbers and trials together.

    Parameters
    ----------
    layout
        Which published numbers, and what labels a line.
    published
        The reference in the publication's order.
    ours
        What `places` found.

    Returns
    -------
    list of Line
        In the publication's order; what it does not have stands at the end of each block, and
        further settings of ours after the block whose network they stand for.
    """
    theirs = [one for one in published if is_shown(layout, one)]
    blocks = [block_of(layout, one) for one in theirs] + [place.block for place in ours]
    heads = list(dict.fromkeys(block.head for block in blocks))
    ordered = sorted(  # further settings of ours stay in the order of `places`
        dict.fromkeys(blocks), key=lambda block: (heads.index(block.head), block != block.head)
    )
    return [
        line
        for block in ordered
        for line in block_lines(
            layout,
            block,
            [one for one in theirs if block_of(layout, one) == block],
            [place for place in ours if place.block == block],
        )
    ]


def block_lines(
    layout: Layout, block: Block, theirs: Sequence[Published], ours: Sequence[Place]
) -> list[Line]:
    """Make the lines of one block; the first has the unpruned network."""
    printed = [(slot_of(layout, one), printed_column(layout, one), one) for one in theirs]
    measured = [(place.slot, place.column, place.row) for place in ours]
    found: list[Found] = [*printed, *in_order(measured)]
    dense = pair(what for _, column, what in found if column == DENSE)
    inside = [entry for entry in found if entry[1] != DENSE or layout.is_long]
    slots = slots_of([slot for slot, _, _ in inside])
    cells: dict[Slot, dict[str, list[Published | Measurement]]] = {}
    for slot, column, what in inside:
        cells.setdefault(slots[slot], {}).setdefault(column, []).append(what)
    if not cells:
        return [Line(block, None, dense)] if DENSE in (*layout.rows, *layout.columns) else []
    return [
        Line(block, slot, dense, {column: pair(whats) for column, whats in by_column.items()})
        for slot, by_column in cells.items()
    ]


def in_order(
    measured: Iterable[tuple[Slot, str, Measurement]],
) -> list[tuple[Slot, str, Measurement]]:
    """Put trials in order, from lightly to heavily pruned; methods stay as they come."""
    found = list(measured)
    methods = list(dict.fromkeys(slot.method for slot, _, _ in found))
    return sorted(
        found, key=lambda e: (methods.index(e[0].method), -(e[2].target_density or 0), e[0].target)
    )


def slots_of(wanted: Iterable[Slot]) -> dict[Slot, Slot]:
    """Say on which line each slot is.

    A trial's slot is the publication's with the same target; what has no target at all, such as a
    training with a penalty, stands on its method's first line.
    """
    known: dict[Slot, Slot] = {}
    for slot in dict.fromkeys(wanted):
        known[slot] = slot
        like = [
            other
            for other in known.values()
            if (other.method, other.protocol) == (slot.method, slot.protocol)
        ]
        if not slot.printed and slot.target:
            known[slot] = next((o for o in like if o.target == slot.target), slot)
    return {slot: home(slot, known) for slot in known}


def home(slot: Slot, known: Mapping[Slot, Slot]) -> Slot:
    """Give the first line of a slot's method for what has no target; else its own line."""
    if slot.printed or slot.target or slot.protocol:
        return known[slot]
    lines = (o for o in known.values() if o.method == slot.method and (o.printed or o.target))
    return next(lines, slot)


def pair(whats: Iterable[Published | Measurement]) -> Pair:
    """Tell published numbers and trials apart; the best known published number comes first."""
    found = list(whats)
    theirs = [what for what in found if isinstance(what, Published)]
    ours = tuple(what for what in found if isinstance(what, Measurement))
    return Pair(tuple(sorted(theirs, key=lambda one: STANDINGS.index(one.standing))), ours)
