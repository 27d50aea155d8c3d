"""Canonical JSON and digests: how a value becomes a key. Needs no torch."""

import hashlib
import json
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring_ascii as quoted
from math import isfinite
from typing import Any, TypeAlias

Json: TypeAlias = (
    "bool | int | float | str | list[Json] | tuple[Json, ...] | dict[str, Json] | None"
)
"""What can be written as JSON: facts that enter keys and records."""

KEY_LENGTH = 32
"""Hexadecimal digits of a key: 128 bits, far beyond any birthday."""

ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


class Fragment(dict[str, "Json"]):
    """A JSON object that stands in many others, and whose canonical form is written once.

    Not to be changed, nor anything in it: its text would stay.
    """

    __slots__ = ("_text",)

    @property
    def text(self) -> str:
        """Its canonical form."""
        try:
            return self._text
        except AttributeError:
            self._text: str = canonical_object(self)
            return self._text


def canonical(value: Json) -> str:
    """Write a value as JSON with sorted keys and no spaces; equal values give equal text.

    Raises
    ------
    ValueError
        If the value holds NaN or an infinity, which have no canonical form.
    """
    write = WRITERS.get(type(value), ENCODER.encode)
    return write(value)


def canonical_object(value: dict[str, Json]) -> str:
    """Write an object; the text of a `Fragment` in it is taken as it is."""
    texts = [
        f"{quoted(key)}:{WRITERS.get(type(entry), ENCODER.encode)(entry)}"
        for key, entry in sorted(value.items())
    ]
    return f"{{{','.join(texts)}}}"


WRITERS: Mapping[type, Callable[[Any], str]] = {
    dict: canonical_object,
    Fragment: lambda fragment: fragment.text,
    str: quoted,
    int: int.__repr__,
    float: lambda value: repr(value) if isfinite(value) else ENCODER.encode(value),
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _: "null",
}
"""By exact type, what is written without the encoder, which is slow to set up."""


def digest(value: Json) -> str:
    """Hash the canonical form of a value to a key of `KEY_LENGTH` hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:KEY_LENGTH]


def read_back(value: Mapping[str, Json]) -> dict[str, Json]:
    """Give an object as it reads back from disk: keys in order, lists for tuples.

    Its inner objects are fragments, for what is read back is often written again.

    >>> read_back({"b": (1, 2), "a": {"z": 0.5}})
    {'a': {'z': 0.5}, 'b': [1, 2]}
    """
    found: dict[str, Json] = json.loads(canonical(dict(value)))
    return {
        key: Fragment(entry) if isinstance(entry, dict) else entry for key, entry in found.items()
    }
