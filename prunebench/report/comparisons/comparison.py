"""Which differences the seeds support: method against method, protocol against protocol."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from prunebench.report.grid import Entry, Grid
from prunebench.results.frame import to_frame
from prunebench.results.measurement import Measurement
from prunebench.statistics.cells import CELL
from prunebench.statistics.compare import Comparison, compare_methods
from prunebench.statistics.power import detectable_difference

COLUMN = "test_accuracy_last"
"""What is compared: the accuracy of the main table."""

REFERENCE = "magnitude"
"""Id of the method that the others are held against, where it is there."""

DENSE = "the dense network"
"""What it is called as a reference; its own label is no method's."""

NEEDED = (*CELL, "method", "seed", "draw", "status", "control_of", COLUMN)
"""Columns that comparisons read; to lay out all ninety would cost most of the time."""

PAIRS = (("ticket", "random"), ("scratch-e", "finetune"), ("scratch-b", "finetune"))
"""Protocols whose difference answers a question: do the early weights matter, do the trained?"""

BY_NETWORK = ("dataset", "model", "recipe", "target")
"""Coordinates of a difference between protocols; without the target, those of its family."""


@dataclass(frozen=True)
class Contrasts:
    """The differences of one network, each tested once, whoever tells of it.

    Parameters
    ----------
    grid
        Its trials.
    """

    grid: Grid

    @cached_property
    def from_reference(self) -> Sequence[Comparison]:
        """Every method against the reference."""
        return against_reference(self.grid)

    @cached_property
    def between_protocols(self) -> Mapping[tuple[str, str], Sequence[Comparison]]:
        """The differences of every pair of protocols, by their labels."""
        return {pair: between_protocols(self.grid, *pair) for pair in protocol_pairs(self.grid)}


def reference_of(grid: Grid) -> str:
    """Name the method that the others are held against; without a second one, the dense network."""
    ids = {entry.method: entry.rows[0].method_id for entry in grid.entries}
    if len(ids) < 2:
        return DENSE
    return next((label for label, name in ids.items() if name == REFERENCE), next(iter(ids)))


def against_reference(grid: Grid) -> list[Comparison]:
    """Compare every method with the reference, one family per protocol; in the tables' order."""
    reference = reference_of(grid)
    own = own_rows(grid.entries)
    if reference == DENSE:
        own += stretched(grid.dense.rows if grid.dense else (), own)
    if not any(row.method == reference for row in own):
        return []
    found = compare_methods(narrow(own), COLUMN, reference)
    return sorted(
        found,
        key=lambda one: (
            grid.places[one.method, one.cell["target"]],
            grid.protocols.index(one.cell["protocol"]),
        ),
    )


def own_rows(entries: Iterable[Entry]) -> list[Measurement]:
    """Give the trials that are no controls."""
    return [row for entry in entries for row in entry.rows if not row.control_of]


def stretched(dense: Sequence[Measurement], rows: Iterable[Measurement]) -> list[Measurement]:
    """Give the dense trials anew in every cell, so that something is there to subtract."""
    cells = dict.fromkeys((row.protocol, row.target) for row in rows)
    return [
        replace(row, method=DENSE, protocol=protocol, target=target)
        for protocol, target in cells
        for row in dense
    ]


def protocol_pairs(grid: Grid) -> list[tuple[str, str]]:
    """List the protocols to subtract, as labels; where none of `PAIRS` is there, the first two."""
    ids = {row.protocol: row.protocol_id for row in own_rows(grid.entries)}
    labels = [label for label in grid.protocols if label in ids]
    found = [
        (x, y)
        for one, other in PAIRS
        for x in labels
        for y in labels
        if (ids[x], ids[y]) == (one, other)
    ]
    return found or ([(labels[1], labels[0])] if len(labels) > 1 else [])


def between_protocols(grid: Grid, x: str, y: str) -> list[Comparison]:
    """Compare x with y for every method and target; all of a grid are one family.

    The comparisons' `method` and `reference` are the protocols; ``cell["target"]`` is the place of
    the entry in the grid.
    """
    both = [
        replace(row, method=row.protocol, target=str(place))
        for place, entry in enumerate(grid.entries)
        for row in own_rows([entry])
        if row.protocol in (x, y)
    ]
    if not {x, y} <= {row.method for row in both}:
        return []
    return compare_methods(narrow(both), COLUMN, y, by=BY_NETWORK)


def detectable(one: Comparison) -> float | None:
    """Give the difference that a comparison's seeds find with 80 % power; None if unknown.

    Unknown too where all differences are equal: accuracies are counts of images, so equal ones are
    a coincidence and not precision.
    """
    if one.result is None or not one.result.sd:
        return None
    return detectable_difference(one.result.sd, one.result.n)


def narrow(rows: Iterable[Measurement], *more: str) -> pd.DataFrame:
    """Give trials as a frame of `NEEDED` and some more columns.

    Draws are numbered anew within each seed of a cell, so that all of them are averaged, as in the
    tables, also where two parts of an experiment measured what has one name.
    """
    found = to_frame(rows, (*NEEDED, *more))
    draws = found.groupby([*CELL, "method", "control_of", "seed"], dropna=False).cumcount()
    return found.assign(draw=draws)
