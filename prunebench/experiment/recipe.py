"""Recipe presets, and recipes with some fields changed."""

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, fields
from difflib import get_close_matches
from importlib.resources import files
from math import isfinite
from typing import Any

from pydantic import TypeAdapter, ValidationError

from prunebench.core.digest import Json
from prunebench.errors import SpecError, UnknownNameError
from prunebench.experiment.choice import text
from prunebench.experiment.complaint import first_complaint, sentence
from prunebench.training.recipe import FineTune, Recipe

PRESETS = files("prunebench.experiment").joinpath("recipes")
FIELDS = {field.name for field in fields(Recipe)} - {"name"}
TUNING = {field.name for field in fields(FineTune)}
BOUNDS = {"scratch_b_cap": 1.0}
"""Smallest values where not 0: R is at least 1, so a cap below would shorten Scratch-B."""


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
    return validated({**values, **merged_finetune(values, changes)}, label(preset, changes), where)


def label(preset: str | None, changes: Mapping[str, Json]) -> str:
    """Write a recipe as a choice.

    >>> label("digits", {"length": 1, "finetune": {"length": 2}})
    'digits[finetune.length=2, length=1]'
    """
    name = preset or "custom"
    inner = [f"{key}={text(value)}" for key, value in sorted(flat(changes).items())]
    return f"{name}[{', '.join(inner)}]" if inner else name


def flat(changes: Mapping[str, Json]) -> dict[str, Json]:
    """Name the entries of tables ``table.entry``."""
    found: dict[str, Json] = {}
    for key, value in changes.items():
        entries = flat(value) if isinstance(value, dict) else None
        found |= {f"{key}.{k}": v for k, v in entries.items()} if entries else {key: value}
    return found


def merged_finetune(values: Mapping[str, Json], changes: Mapping[str, Json]) -> dict[str, Json]:
    """Let a changed ``finetune`` table keep the preset's other entry."""
    tuned, given = values.get("finetune"), changes.get("finetune")
    if isinstance(tuned, dict) and isinstance(given, dict):
        return {**changes, "finetune": {**tuned, **given}}
    return dict(changes)


def read_preset(name: str) -> dict[str, Json]:
    """Read a shipped preset."""
    if name not in preset_names():
        near = get_close_matches(str(name), preset_names(), 1)
        hint = f"did you mean {near[0]!r}? The" if near else "the"
        msg = f"unknown recipe {name!r}; {hint} presets are: {', '.join(preset_names())}."
        raise UnknownNameError(msg)
    return tomllib.loads(PRESETS.joinpath(f"{name}.toml").read_text("utf-8"))


def validated(values: Mapping[str, Json], name: str, where: str) -> Recipe:
    """Check every field: its name, its declared type, and that no number is negative."""
    given: dict[str, Any] = dict(values)
    refuse_unknown(given, FIELDS, f"{where}: a recipe")
    if isinstance(given.get("finetune"), dict):
        refuse_unknown(given["finetune"], TUNING, f"{where}: finetune")
    if given.get("scratch_b_cap") == "none":
        given["scratch_b_cap"] = None
    try:
        # As JSON, which has lists and tables, pydantic can be strict: no text for a number.
        written = json.dumps({**given, "name": name}, default=str)
        made = TypeAdapter(Recipe).validate_json(written, strict=True)
    except ValidationError as error:
        first = first_complaint(error)
        wrong = sentence(first["loc"], first) if first["loc"] else "nested too deeply to be read."
        msg = f"{where}: {wrong}"
        raise SpecError(msg) from None
    refuse_small(coordinates(made), where)
    return made


def refuse_unknown(given: Iterable[str], known: Collection[str], owner: str) -> None:
    """Refuse a field that nobody has declared.

    Raises
    ------
    SpecError
        With the nearest name, or all of them.
    """
    for key in given:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"fields: {', '.join(sorted(known))}."
            msg = f"{owner} has no field {key!r}; {hint}"
            raise SpecError(msg)


def refuse_small(values: Mapping[str, Json], where: str) -> None:
    """Refuse numbers that are negative, not finite, or below `BOUNDS`.

    Raises
    ------
    SpecError
        With the field and its value.
    """
    for key, value in values.items():
        least = BOUNDS.get(key, 0)
        if isinstance(value, dict):
            refuse_small(value, f"{where}: {key}")
        for number in value if isinstance(value, list | tuple) else (value,):
            if isinstance(number, int | float) and not (isfinite(number) and number >= least):
                msg = f"{where}: {key} must be a number of at least {least:g}, got {number}."
                raise SpecError(msg)


def coordinates(chosen: Recipe) -> dict[str, Json]:
    """Give every resolved field but the name: two names for one recipe are one recipe."""
    values = asdict(chosen)
    del values["name"]
    return values


__all__ = ["FineTune", "Recipe", "coordinates", "preset_names", "recipe"]
