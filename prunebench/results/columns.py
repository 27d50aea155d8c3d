"""What each column of a row holds, and how a stored row is checked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from math import isfinite
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, get_args, get_origin

from prunebench.core.digest import Json
from prunebench.errors import StoreError
from prunebench.results.measurement import COLUMNS, SCHEMA, Measurement, Status

Kind: TypeAlias = Literal["integer", "number", "truth", "text", "nested"]
"""What a column holds; nested is a JSON object."""

LARGEST, WIDEST = 10**30, 1e150
"""No whole number and no other is as large; such are damage, and their squares would overflow."""

BATCH = re.compile("[1-9][0-9]{0,8}")

KINDS: dict[object, Kind] = {int: "integer", float: "number", bool: "truth", str: "text"}


@dataclass(frozen=True)
class Column:
    """One column of a row.

    Parameters
    ----------
    name
        The field of `Measurement`.
    kind
        What it holds.
    optional
        Whether None is allowed.
    required
        Whether a stored row must have it; the others take their default.
    """

    name: str
    kind: Kind
    optional: bool
    required: bool


@cache
def columns() -> tuple[Column, ...]:
    """Describe every field of `Measurement`, in order."""
    return tuple(column_of(declared) for declared in fields(Measurement))


def column_of(declared: "Field[Any]") -> Column:
    """Read a column from the declaration of a field."""
    hint: Any = declared.type
    optional = get_origin(hint) is UnionType and NoneType in get_args(hint)
    if optional:
        hint = get_args(hint)[0]
    nested: Kind = "text" if get_origin(hint) is Literal else "nested"
    bare = declared.default is MISSING and declared.default_factory is MISSING
    return Column(declared.name, KINDS.get(hint, nested), optional, bare)


NAMES = frozenset(COLUMNS)

values_of: Callable[[Measurement], tuple[Any, ...]] = attrgetter(*COLUMNS)
"""Gives the values of a row, in the order of the columns."""


def to_document(row: Measurement) -> dict[str, Json]:
    """Give a row as a JSON object, in the order of the columns."""
    return dict(zip(COLUMNS, values_of(row), strict=True))


def from_document(document: Json, where: str) -> Measurement:
    """Make a row from a JSON object; fields that an older schema lacks take their defaults.

    Parameters
    ----------
    document
        What was read.
    where
        Names the place in messages, such as ``"results.jsonl, line 3"``.

    Raises
    ------
    StoreError
        If it is no row, comes from a newer schema, or a field holds the wrong kind of value.
    """
    if not isinstance(document, dict):
        msg = f"{where}: a row must be a JSON object, got {shortened(document)}."
        raise StoreError(msg)
    refuse_newer(document, where)
    missing = [c.name for c in columns() if c.required and c.name not in document]
    if missing:
        msg = f"{where}: the row lacks {', '.join(missing)}; was it written by prunebench?"
        raise StoreError(msg)
    # Names of the columns, not of the document: Python finds arguments by identity far sooner.
    values = {c.name: checked(c, document[c.name], where) for c in columns() if c.name in document}
    return Measurement(**values)


def refuse_newer(document: Mapping[str, Json], where: str) -> None:
    """Refuse a row whose fields mean something this version cannot know.

    Raises
    ------
    StoreError
        If the schema number is higher than ours, or a field is unknown.
    """
    schema = document.get("schema", SCHEMA)
    unknown = sorted(document.keys() - NAMES)
    if unknown or (isinstance(schema, int) and schema > SCHEMA):
        extra = f" with the unknown field {shortened(unknown[0])}" if unknown else ""
        msg = (
            f"{where}: a row of schema {shortened(schema)}{extra}, but this prunebench reads up to "
            f"schema {SCHEMA}; install a newer prunebench."
        )
        raise StoreError(msg)


def checked(column: Column, value: Json, where: str) -> Any:
    """Give the value as its column holds it.

    Raises
    ------
    StoreError
        If it is of another kind.
    """
    if value is None and column.optional:
        return None
    if not fits(column, value):
        msg = f"{where}: {column.name} must hold {column.kind}, got {shortened(value)}."
        raise StoreError(msg)
    return float(value) if column.kind == "number" else value  # type: ignore[arg-type] # fits


def fits(column: Column, value: Json) -> bool:
    """Say whether a value is of its column's kind; an integer is a number too."""
    if column.name == "status":
        return value in get_args(Status)
    if column.kind == "nested":
        return isinstance(value, dict) and fits_inside(column.name, value)
    if column.kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST
    if column.kind == "number":
        return is_number(value)
    return isinstance(value, bool if column.kind == "truth" else str)


def fits_inside(name: str, value: Mapping[str, Json]) -> bool:
    """Say whether the entries of a nested field are what the field promises."""
    if name in ("layer_densities", "metrics"):
        return all(is_number(entry) for entry in value.values())
    if name == "curve":
        return all(
            isinstance(entry, list) and all(point is None or is_number(point) for point in entry)
            for entry in value.values()
        )
    return is_finite(dict(value)) and (name != "latency" or is_timing(value))


def is_timing(value: Mapping[str, Json]) -> bool:
    """Say whether a latency has numbers of images for its batches, and single values besides."""
    batches = value.get("batches", {})
    single = not any(isinstance(v, dict | list) for k, v in value.items() if k != "batches")
    return single and isinstance(batches, dict) and all(map(BATCH.fullmatch, batches))


def is_finite(value: Json) -> bool:
    """Say whether every number inside a value is finite."""
    if isinstance(value, dict):
        return all(map(is_finite, value.values()))
    if isinstance(value, list | tuple):
        return all(map(is_finite, value))
    return not isinstance(value, float) or isfinite(value)


def is_number(value: Json) -> bool:
    """Say whether a value is a finite number."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < LARGEST
    return isinstance(value, float) and abs(value) < WIDEST


def shortened(value: object) -> str:
    """Quote a value for a message, at most 60 characters of it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
