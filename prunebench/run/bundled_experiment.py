"""The experiment of a bundle: narrowed to some methods before packing, read back as mere data."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from prunebench.bundle.document import Entry
from prunebench.contracts.settings import configure
from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.choice import Choice
from prunebench.experiment.experiment import Experiment
from prunebench.experiment.schema import validate
from prunebench.plan.given import PRETRAINED
from prunebench.plan.problem import label
from prunebench.plugin.registry import Registry
from prunebench.results.measurement import Measurement

GRID = (
    "dataset",
    "model",
    "methods",
    "protocols",
    "densities",
    "density_of",
    "seeds",
    "recipe",
    "weights",
    "controls",
    "finetune_lrs",
)
"""Keys of an experiment that decide which trials there are; all else is left out."""

AXES = {"datasets": "dataset", "models": "model", "methods": "method", "protocols": "protocol"}
"""Axes of a grid, and what a row's coordinates call them."""


def of_methods(
    registry: Registry, experiment: Experiment, labels: Collection[str], names: Collection[str]
) -> Experiment:
    """Keep some methods of an experiment, and of its parts those that have one of them.

    Parameters
    ----------
    registry, experiment
        Where names are looked up; what was run.
    labels
        Methods as rows have them.
    names
        Their bare ids: other methods need not be there.
    """

    def kept(grid: Experiment) -> Experiment:
        found = (c for c in grid.methods if c.name in names and called(registry, c) in labels)
        return replace(grid, methods=tuple(found))

    if not experiment.parts:
        return kept(experiment)
    parts = tuple(part for part in map(kept, experiment.parts) if part.methods)
    methods = {choice.label: choice for part in parts for choice in part.methods}
    return replace(experiment, methods=tuple(methods.values()), parts=parts)


def called(registry: Registry, choice: Choice) -> str:
    """Give a method's label, as its rows have it."""
    offer = registry.method(choice.name)
    method = configure(offer.item, "method", choice.name, choice.settings)
    return label(offer.name, method)


def refuse_files(experiment: Experiment, where: str) -> None:
    """Refuse an experiment that names files: nobody else has them, and nobody's are to be read.

    Raises
    ------
    SpecError
        With the file.
    """
    for grid in experiment.grids:
        if grid.weights not in ("", PRETRAINED):
            msg = (
                f"{where} starts from the file {grid.weights!r}, which no bundle can name; train "
                f"the dense networks instead of giving --weights."
            )
            raise SpecError(msg)
        choices = (*grid.datasets, *grid.models, *grid.methods, *grid.protocols)
        for choice in choices:
            paths = [text for text in texts(choice.settings) if is_path(text)]
            if paths:
                msg = (
                    f"{where} names the file {paths[0]!r} for {choice.name!r}, which no bundle can "
                    f"do; name things that lie in the data directory, without folders."
                )
                raise SpecError(msg)


def texts(settings: Mapping[str, Json]) -> Iterable[str]:
    """List the texts among a choice's settings."""
    for value in settings.values():
        values = value if isinstance(value, list | tuple) else (value,)
        yield from (entry for entry in values if isinstance(entry, str))


def is_path(text: str) -> bool:
    """Say whether a setting's text could lead to another folder.

    >>> [is_path(text) for text in ("global", "my-images", "/etc/passwd", "..", "~/images")]
    [False, False, True, True, True]
    """
    return bool({"/", "\\", "\0"} & set(text)) or text.startswith((".", "~"))


def rerunnable(document: Mapping[str, Json], entries: Iterable[Entry], device: str) -> Experiment:
    """Read a bundle's experiment: what decides which trials there are, of the methods in question.

    It is text of a stranger, and goes through the checks that a TOML does.

    Parameters
    ----------
    document
        As the manifest has it.
    entries
        The rows that are to be run again.
    device
        Where.

    Raises
    ------
    SpecError
        If a value cannot be used, a file is named, or none of its methods is that of a row.
    """
    where = "the bundle's experiment"
    values = grid_values(document)
    parts = document.get("parts") or ()
    if isinstance(parts, list | tuple) and parts:
        values["parts"] = [grid_values(part) if isinstance(part, dict) else part for part in parts]
    asked = validate({**values, "device": device}, where)
    refuse_files(asked, where)
    return around_rows(asked, [entry.row for entry in entries], where)


def grid_values(document: Mapping[str, Json]) -> dict[str, Any]:
    """Pick the keys that decide which trials there are."""
    return {key: document[key] for key in GRID if key in document}


def around_rows(asked: Experiment, rows: Collection[Measurement], where: str) -> Experiment:
    """Keep of every axis what rows need: data and plugins of others may be absent here.

    Raises
    ------
    SpecError
        If nothing is left.
    """
    names = names_of(rows)
    grids = [around(grid, names, rows) for grid in asked.grids]
    found = [grid for grid in grids if grid is not None]
    if not found:
        msg = f"{where} asks for none of the trials {rows_named(rows)}; pack the run again."
        raise SpecError(msg)
    return replace(asked, parts=tuple(found)) if asked.parts else found[0]


def around(
    grid: Experiment, names: Mapping[str, set[str]], rows: Collection[Measurement]
) -> Experiment | None:
    """Keep of one grid's axes what rows name; None where an axis would be empty."""
    kept = {axis: chosen(getattr(grid, axis), names[axis]) for axis in names}
    if not (kept["datasets"] and kept["methods"]) or (grid.models and not kept["models"]):
        return None
    seeds, densities = {row.seed for row in rows}, {row.target_density for row in rows}
    return replace(
        grid,
        datasets=kept["datasets"],
        models=kept["models"],
        methods=kept["methods"],
        protocols=kept["protocols"] or grid.protocols,  # a control's may be one nobody named
        seeds=tuple(seed for seed in grid.seeds if seed in seeds) or grid.seeds,
        densities=tuple(d for d in grid.densities if d in densities) or grid.densities,
    )


def chosen(choices: tuple[Choice, ...], names: Collection[str]) -> tuple[Choice, ...]:
    """Keep the choices of these names; all of them where there is no name, as of dense rows."""
    return tuple(choice for choice in choices if choice.name in names or not names)


def names_of(rows: Iterable[Measurement]) -> dict[str, set[str]]:
    """Name what rows come from, by axis; a control also comes from the method whose shape it has.

    A row's coordinates are read, for labels are for people.
    """
    found: dict[str, set[str]] = {axis: set() for axis in AXES}
    for row in rows:
        settings: Mapping[str, Any] = row.settings
        target = settings.get("target")
        like = target.get("like") if isinstance(target, dict) else None
        for axis, key in AXES.items():
            for owner in (settings, like):
                thing = owner.get(key) if isinstance(owner, dict) else None
                if isinstance(thing, dict):
                    found[axis].add(str(thing.get("name")))
        if row.regularized_by:
            found["methods"].add(row.regularized_by.partition("[")[0])
    return found


def rows_named(rows: Collection[Measurement]) -> str:
    """Name some rows in a sentence."""
    names = [row.trial[:12] for row in rows]
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
