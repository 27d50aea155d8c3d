"""Rows put in order: data set, model and recipe, then method and target, then protocol."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter

from prunebench.core.digest import Json
from prunebench.experiment.choice import split_outside
from prunebench.report.spread import mean
from prunebench.results.measurement import Measurement


@dataclass(frozen=True)
class Entry:
    """One line of a table: every trial of a method at a target.

    Parameters
    ----------
    method, target
        Labels; the shared dense network has the target ``""``.
    rows
        Its trials, all protocols and seeds; the pruned network trained from scratch is one of
        them even where it is only there as a control.
    """

    method: str
    target: str
    rows: tuple[Measurement, ...]

    @property
    def is_dense(self) -> bool:
        """Whether this is an unpruned network: the shared one, or a method's own."""
        return is_dense(self.rows[0])

    @property
    def is_control(self) -> bool:
        """Whether this is only there to compare a method with."""
        return all(row.control_of for row in self.rows)

    @property
    def name(self) -> str:
        """What a table calls it."""
        return name_of(self.rows[0])

    @cached_property
    def density(self) -> float:
        """Mean kept fraction; what was asked for where nothing was measured."""
        found = mean(self.rows, attrgetter("density"))
        return self.rows[0].target_density or 0.0 if found is None else found

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


def is_dense(row: Measurement) -> bool:
    """Say whether a trial is that of an unpruned network."""
    return row.method_id == "dense"


def name_of(row: Measurement) -> str:
    """Name a trial's network; a dense one says whose penalty took part in its training."""
    if not row.regularized_by:
        return row.method
    return f"{row.method}, trained with {row.regularized_by}'s penalty"


@dataclass(frozen=True)
class Grid:
    """All trials on one data set with one model and one recipe.

    Parameters
    ----------
    dataset, model, recipe
        Labels.
    dense
        The shared unpruned network, None if no trial of it is there.
    references
        Dense networks that methods trained with their own penalty.
    entries
        Pruned networks, by method and then from lightly to heavily pruned.
    controls
        What these are held against, in the order of `entries`.
    protocols
        Retraining protocols that were asked for, in that order.
    control_protocols
        Protocols that occur as controls alone.
    way
        What the recipe has that the others of this data set and model have not; empty if it is
        the only one.
    """

    dataset: str
    model: str
    recipe: str
    dense: Entry | None
    references: tuple[Entry, ...]
    entries: tuple[Entry, ...]
    controls: tuple[Entry, ...]
    protocols: tuple[str, ...]
    control_protocols: tuple[str, ...]
    way: str = ""

    @property
    def network(self) -> str:
        """The model; where it was trained in several ways, how too."""
        return " · ".join(self.parts[1:])

    @property
    def parts(self) -> tuple[str, ...]:
        """Data set and model; where it was trained in several ways, how."""
        return (self.dataset, self.model, *([self.way] if self.way else []))

    @property
    def title(self) -> str:
        """What it is called at the head of a section."""
        return " · ".join(self.parts)

    @cached_property
    def places(self) -> Mapping[tuple[str, str], int]:
        """Where in `entries` a method and target stand."""
        return {(entry.method, entry.target): place for place, entry in enumerate(self.entries)}

    @cached_property
    def by_parent(self) -> Mapping[tuple[str, str], Sequence[Entry]]:
        """The controls of each method and target."""
        found: dict[tuple[str, str], list[Entry]] = {}
        for control in self.controls:
            found.setdefault(parent(control), []).append(control)
        return found

    @cached_property
    def pruned(self) -> tuple[Entry, ...]:
        """Pruned networks, each followed by its controls; controls of nothing here come last."""
        found: list[Entry] = []
        for entry in self.entries:
            found += [entry, *self.by_parent.get((entry.method, entry.target), ())]
        return (*found, *(one for one in self.controls if parent(one) not in self.places))

    @cached_property
    def lines(self) -> tuple[Entry, ...]:
        """Dense networks first, then the pruned ones with their controls."""
        return (*([self.dense] if self.dense else []), *self.references, *self.pruned)

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """Methods of the pruned networks, in order."""
        return tuple(dict.fromkeys(entry.method for entry in self.entries))

    @cached_property
    def rows(self) -> tuple[Measurement, ...]:
        """Every trial."""
        return tuple(row for entry in self.lines for row in entry.rows)


def grids(rows: Iterable[Measurement], experiment: Mapping[str, Json]) -> tuple[Grid, ...]:
    """Arrange trials by data set, model and recipe.

    Parameters
    ----------
    rows
        Trials in any order.
    experiment
        The resolved experiment: its ``methods`` and ``protocols`` give the order; labels it does
        not name follow alphabetically.
    """
    found: dict[tuple[str, str, str], list[Measurement]] = {}
    for row in rows:
        found.setdefault((row.dataset, row.model, row.recipe), []).append(row)
    recipes: dict[tuple[str, str], list[str]] = {}
    for dataset, model, recipe in found:
        recipes.setdefault((dataset, model), []).append(recipe)
    asked = names(experiment, "methods"), names(experiment, "protocols")
    made = (make_grid(found[key], *asked) for key in sorted(found))
    return tuple(
        replace(grid, way=own_way(grid.recipe, recipes[grid.dataset, grid.model])) for grid in made
    )


def brief_titles(arranged: Sequence[Grid]) -> list[str]:
    """Name each grid by those of its parts that the others have not all; the only one by all."""
    shared = set.intersection(*(set(grid.parts) for grid in arranged)) if arranged[1:] else set()
    own = ([part for part in grid.parts if part not in shared] for grid in arranged)
    return [" · ".join(parts) or grid.title for parts, grid in zip(own, arranged, strict=True)]


def own_way(recipe: str, others: Collection[str]) -> str:
    """Give what a recipe's label has that not all the others have; empty where it is the only one.

    >>> own_way("digits[length=2, lr=0.1]", ["digits[length=2, lr=0.1]", "digits[length=2, lr=1]"])
    'lr=0.1'
    """
    if len(others) < 2:
        return ""
    shared = set.intersection(*(set(fields_of(label)) for label in others))
    return ", ".join(one for one in fields_of(recipe) if one not in shared) or recipe


def fields_of(recipe: str) -> list[str]:
    """Split the label of a recipe into its name and its changed fields.

    >>> fields_of("digits[length=2, milestones=[1, 2]]")
    ['digits', 'length=2', 'milestones=[1, 2]']
    """
    name, _, inner = recipe.removesuffix("]").partition("[")
    return [name, *split_outside(inner)]


def make_grid(
    rows: Sequence[Measurement], methods: Sequence[str], protocols: Sequence[str]
) -> Grid:
    """Arrange the trials of one data set, model and recipe."""
    entries = gathered(rows)
    pruned = sorted(
        (entry for entry in entries if not entry.is_dense),
        key=lambda e: (place(e.method, methods), -e.density, e.target),
    )
    used = {row.protocol for entry in pruned for row in entry.rows}
    asked = {row.protocol for entry in pruned for row in entry.rows if not row.control_of}
    ordered = sorted(used, key=lambda label: place(label, protocols))
    own = [entry for entry in entries if entry.is_dense and entry.rows[0].regularized_by]
    return Grid(
        dataset=rows[0].dataset,
        model=rows[0].model,
        recipe=rows[0].recipe,
        dense=next((e for e in entries if e.is_dense and not e.rows[0].regularized_by), None),
        references=tuple(sorted(own, key=lambda e: reference_order(e, methods))),
        entries=tuple(entry for entry in pruned if not entry.is_control),
        controls=tuple(entry for entry in pruned if entry.is_control),
        protocols=tuple(label for label in ordered if label in asked),
        control_protocols=tuple(label for label in ordered if label not in asked),
    )


def gathered(rows: Iterable[Measurement]) -> list[Entry]:
    """Gather the trials of each method and target.

    A method's own dense network is told apart from the shared one, and a control from the method
    that it shares its label with.
    """
    groups: dict[tuple[str, str, str, str], list[Measurement]] = {}
    for row in rows:
        target = "" if is_dense(row) and not row.regularized_by else row.target
        control_of = "" if row.control_of == row.method else row.control_of
        whose = (row.method, target, control_of, row.regularized_by)
        groups.setdefault(whose, []).append(row)
    return [Entry(*whose[:2], tuple(group)) for whose, group in groups.items()]


def parent(control: Entry) -> tuple[str, str]:
    """Give method and target that a control is held against."""
    return control.rows[0].control_of, control.target


def reference_order(entry: Entry, methods: Sequence[str]) -> tuple[object, ...]:
    """Give the sort key of a method's own dense network: as its method, light targets first."""
    row = entry.rows[0]
    return (place(row.regularized_by, methods), -(row.target_density or 0.0), row.target)


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
