"""Rows put in order: data set and model, then method and target, then protocol."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from prunebench.core.digest import Json
from prunebench.report.spread import spread
from prunebench.results.measurement import Measurement


@dataclass(frozen=True)
class Entry:
    """One line of a table: every trial of a method at a target.

    Parameters
    ----------
    method, target
        Labels; the dense network has the target ``""``.
    rows
        Its trials, all protocols and seeds.
    """

    method: str
    target: str
    rows: tuple[Measurement, ...]

    @property
    def is_dense(self) -> bool:
        """Whether this is the unpruned network."""
        return self.rows[0].method_id == "dense"

    @cached_property
    def density(self) -> float:
        """Mean kept fraction; what was asked for where nothing was measured."""
        found = spread(self.rows, attrgetter("density"))
        return found.mean if found else self.rows[0].target_density or 0.0

    @cached_property
    def by_protocol(self) -> Mapping[str, Sequence[Measurement]]:
        """The trials of each protocol."""
        found: dict[str, list[Measurement]] = {}
        for row in self.rows:
            found.setdefault(row.protocol, []).append(row)
        return found

    def under(self, protocol: str) -> Sequence[Measurement]:
        """Give the trials of one protocol; none if it was not tried."""
        return self.by_protocol.get(protocol, ())


@dataclass(frozen=True)
class Grid:
    """All trials on one data set with one model.

    Parameters
    ----------
    dataset, model
        Labels.
    dense
        The unpruned network, None if no trial of it is there.
    entries
        Pruned networks, by method and then from lightly to heavily pruned.
    protocols
        Retraining protocols that occur, in the order asked for.
    """

    dataset: str
    model: str
    dense: Entry | None
    entries: tuple[Entry, ...]
    protocols: tuple[str, ...]

    @property
    def lines(self) -> tuple[Entry, ...]:
        """Dense first, then the pruned networks."""
        return (*([self.dense] if self.dense else []), *self.entries)

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods of the pruned networks, in order."""
        return tuple(dict.fromkeys(entry.method for entry in self.entries))

    @property
    def rows(self) -> tuple[Measurement, ...]:
        """Every trial."""
        return tuple(row for entry in self.lines for row in entry.rows)


def grids(rows: Iterable[Measurement], experiment: Mapping[str, Json]) -> tuple[Grid, ...]:
    """Arrange trials by data set and model.

    Parameters
    ----------
    rows
        Trials in any order.
    experiment
        The resolved experiment: its ``methods`` and ``protocols`` give the order; labels it does
        not name follow alphabetically.
    """
    found: dict[tuple[str, str], list[Measurement]] = {}
    for row in rows:
        found.setdefault((row.dataset, row.model), []).append(row)
    return tuple(
        make_grid(found[pair], names(experiment, "methods"), names(experiment, "protocols"))
        for pair in sorted(found)
    )


def make_grid(
    rows: Sequence[Measurement], methods: Sequence[str], protocols: Sequence[str]
) -> Grid:
    """Arrange the trials of one data set and model."""
    groups: dict[tuple[str, str], list[Measurement]] = {}
    for row in rows:
        target = "" if row.method_id == "dense" else row.target
        groups.setdefault((row.method, target), []).append(row)
    entries = [Entry(*pair, tuple(group)) for pair, group in groups.items()]
    pruned = [entry for entry in entries if not entry.is_dense]
    used = {row.protocol for entry in pruned for row in entry.rows}
    return Grid(
        dataset=rows[0].dataset,
        model=rows[0].model,
        dense=next((entry for entry in entries if entry.is_dense), None),
        entries=tuple(
            sorted(pruned, key=lambda e: (place(e.method, methods), -e.density, e.target))
        ),
        protocols=tuple(sorted(used, key=lambda label: place(label, protocols))),
    )


def place(label: str, asked: Sequence[str]) -> tuple[int, str]:
    """Give the sort key of a label: where it was asked for, in full or by its bare id."""
    if label in asked:
        return asked.index(label), label
    bare = [name.partition("[")[0] for name in asked]
    own = label.partition("[")[0]
    return bare.index(own) if own in bare else len(asked), label


def names(experiment: Mapping[str, Json], field: str) -> list[str]:
    """Read a list of labels from an experiment; empty where it has none."""
    asked = experiment.get(field)
    return [name for name in asked if isinstance(name, str)] if isinstance(asked, list) else []
