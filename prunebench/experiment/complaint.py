"""Complaints: what pydantic finds wrong with a value, said in a sentence of ours."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

SENTENCES = {
    "bool_type": "it must be true or false",
    "dataclass_type": "it must be a table",
    "dict_type": "it must be a table",
    "finite_number": "it must be a finite number",
    "float_type": "it must be a number",
    "greater_than": "it must be above {gt:g}",
    "greater_than_equal": "it must be at least {ge:g}",
    "int_from_float": "it must be a whole number",
    "int_type": "it must be a whole number",
    "less_than": "it must be below {lt:g}",
    "less_than_equal": "it must be at most {le:g}",
    "list_type": "it must be a list",
    "literal_error": "it must be {expected}",
    "missing": "it needs a name",
    "string_too_short": "it must not be empty",
    "string_type": "it must be text",
    "too_short": "it must not be empty",
    "tuple_type": "it must be a list",
}
"""By pydantic's error type; its context fills the braces."""


def first_complaint(error: ValidationError) -> ErrorDetails:
    """Give the first complaint; of a union's members, the one that got furthest."""
    found = error.errors()
    key = found[0]["loc"][:1]
    return max((one for one in found if one["loc"][:1] == key), key=lambda one: len(one["loc"]))


def sentence(path: Iterable[int | str], found: ErrorDetails) -> str:
    """Say which value cannot be used and what it must be."""
    context: dict[str, Any] = found.get("ctx", {})
    known = SENTENCES.get(found["type"])
    reason = known.format(**context) if known else found["msg"]
    return f"{place(path)} = {found['input']!r} cannot be used: {reason}."


def place(path: Iterable[int | str]) -> str:
    """Write a path as a person would.

    >>> place(["densities", 0]), place(["finetune", "length"])
    ('densities[0]', 'finetune.length')
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")
