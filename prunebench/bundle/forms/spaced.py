"""Strict JSON from strangers that was written to be read by people: with spaces and line ends."""

import json

from prunebench.bundle.forms.strict import finite, refuse_constant, refuse_excess, unique
from prunebench.bundle.limits import Limits
from prunebench.core.digest import Json

LONGEST = 2_000
MOST_DIGITS = 18
"""Letters of a text, digits of a whole number."""


def strict_json(content: bytes, values: int) -> Json:
    """Read JSON as strictly as a bundle's, spaces apart, with so many objects and lists at most.

    Raises
    ------
    ValueError
        If it is no UTF-8, no JSON, has a key twice, numbers out of bounds, too many values, or
        texts with characters that nobody sees.
    """
    found: Json = json.loads(
        content.decode(),
        object_pairs_hook=unique,
        parse_constant=refuse_constant,
        parse_float=finite,
        parse_int=bounded,
    )
    refuse_excess(found, content, Limits(text=LONGEST, values=values))
    return found


def bounded(text: str) -> int:
    """Read a whole number that is not too long.

    Raises
    ------
    ValueError
        If it is.
    """
    if len(text) > MOST_DIGITS:
        msg = f"the number {text[:20]}... has more than {MOST_DIGITS} digits"
        raise ValueError(msg)
    return int(text)
