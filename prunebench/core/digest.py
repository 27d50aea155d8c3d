"""Canonical JSON and digests: how a value becomes a key. Needs no torch."""

import hashlib
import json
from typing import TypeAlias

Json: TypeAlias = (
    "bool | int | float | str | list[Json] | tuple[Json, ...] | dict[str, Json] | None"
)

KEY_LENGTH = 32
"""Hexadecimal digits of a key: 128 bits, far beyond any birthday."""

ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Json) -> str:
    """Write a value as JSON with sorted keys and no spaces; equal values give equal text.

    Raises
    ------
    ValueError
        If the value holds NaN or an infinity, which have no canonical form.
    """
    return ENCODER.encode(value)


def digest(value: Json) -> str:
    """Hash the canonical form of a value to a key of `KEY_LENGTH` hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:KEY_LENGTH]
