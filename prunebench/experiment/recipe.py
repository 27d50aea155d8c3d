"""Recipe presets, and recipes with some fields changed."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields
from difflib import get_close_matches
from importlib.resources import files
from typing import Any

from pydantic import TypeAdapter, ValidationError

from prunebench.core.digest import Json
from prunebench.errors import SpecError, UnknownNameError
from prunebench.training.recipe import FineTune, Recipe

PRESETS = files("prunebench.experiment").joinpath("recipes")
FIELDS = {field.name for field in fields(Recipe)} - {"name"}


def preset_names() -> list[str]:
    """List the shipped presets."""
    return sorted(
        p.name.removesuffix(".toml") for p in PRESETS.iterdir() if p.name.endswith(".toml")
    )


def recipe(preset: str | None, changes: Mapping[str, Json], where: str = "recipe") -> Recipe:
    """Make a recipe from a preset (None: the plain defaults) and changed fields.

    Raises
    ------
    UnknownNameError
        If there is no such preset.
    SpecError
        If a field is unknown or has an unusable value.
    """
    values = read_preset(preset) if preset else {}
    name = preset or "custom"
    if changes:
        name += " with " + ", ".join(f"{key} {value}" for key, value in sorted(changes.items()))
    return validated({**values, **merged_finetune(values, changes)}, name, where)


def merged_finetune(values: Mapping[str, Json], changes: Mapping[str, Json]) -> dict[str, Json]:
    """Let a changed ``finetune`` table keep the preset's other entry."""
    tuned, given = values.get("finetune"), changes.get("finetune")
    if isinstance(tuned, dict) and isinstance(given, dict):
        return {**changes, "finetune": {**tuned, **given}}
    return dict(changes)


def read_preset(name: str) -> dict[str, Json]:
    """Read a shipped preset."""
    if name not in preset_names():
        near = get_close_matches(name, preset_names(), 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        msg = f"unknown recipe {name!r}; {hint}The presets are: {', '.join(preset_names())}."
        raise UnknownNameError(msg)
    return tomllib.loads(PRESETS.joinpath(f"{name}.toml").read_text("utf-8"))


def validated(values: Mapping[str, Json], name: str, where: str) -> Recipe:
    """Check every field against its declared type."""
    for key in values:
        if key not in FIELDS:
            near = get_close_matches(key, FIELDS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"fields: {', '.join(sorted(FIELDS))}."
            msg = f"{where}: a recipe has no field {key!r}; {hint}"
            raise SpecError(msg)
    given: dict[str, Any] = dict(values)
    if given.get("scratch_b_cap") == "none":
        given["scratch_b_cap"] = None
    try:
        return TypeAdapter(Recipe).validate_python({**given, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        msg = f"{where}: {field} = {first['input']!r} cannot be used: {first['msg']}."
        raise SpecError(msg) from None


def coordinates(chosen: Recipe) -> dict[str, Json]:
    """Give every resolved field but the name: two names for one recipe are one recipe."""
    values = asdict(chosen)
    del values["name"]
    return values


__all__ = ["FineTune", "Recipe", "coordinates", "preset_names", "recipe"]
