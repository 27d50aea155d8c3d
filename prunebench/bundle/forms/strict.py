"""Strict JSON from strangers: one way to write it, and bounds on all of it."""

import json
import unicodedata
from collections.abc import Iterable
from math import isfinite
from typing import Any

from prunebench.bundle.limits import Limits
from prunebench.core.digest import ENCODER, Json

HIDDEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
"""Unicode categories: control, format, private, half a pair; separators of lines, paragraphs."""

ESCAPES = frozenset({ord("\\"), 127, *range(128, 256), *range(32)})
"""Bytes by which canonical JSON can hold a character that is not seen."""


def parse(text: bytes, limits: Limits) -> Json:
    """Read a JSON value that is written in canonical form.

    Raises
    ------
    ValueError
        If it is no JSON, holds NaN, has a key twice, is nested too deeply, has too long a text or
        one with control characters, or is written in another way; says which.
    """
    try:
        value = json.loads(
            text.decode(),
            object_pairs_hook=unique,
            parse_constant=refuse_constant,
            parse_float=finite,
        )
    except RecursionError:
        msg = f"it is nested more than {limits.depth} deep"
        raise ValueError(msg) from None
    refuse_excess(value, text, limits)
    if ENCODER.encode(value).encode() != text:
        msg = "it is not in canonical form (sorted keys, no spaces, shortest numbers)"
        raise ValueError(msg)
    return value  # type: ignore[no-any-return] # it is what json makes


def unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of which no key stands there twice.

    Raises
    ------
    ValueError
        With the key.
    """
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            msg = f"the key {key[:60]!a} stands there twice"
            raise ValueError(msg)
        found[key] = value
    return found


def refuse_constant(text: str) -> None:
    """Refuse NaN and the infinities.

    Raises
    ------
    ValueError
        Always.
    """
    msg = f"{text} is no number that was measured; leave it out (null)"
    raise ValueError(msg)


def finite(text: str) -> float:
    """Read a number with a fraction or an exponent.

    Raises
    ------
    ValueError
        If it is too large to be one.
    """
    value = float(text)
    if not isfinite(value):
        msg = f"{text[:60]} is too large"
        raise ValueError(msg)
    return value


def refuse_excess(value: Json, text: bytes, limits: Limits) -> None:
    """Refuse what is nested too deeply, too many values, and texts too long or no text.

    `text` is how the value is written: where nothing is escaped in it, no text has anything to
    hide, and only the nesting and the number of values are looked at.

    Raises
    ------
    ValueError
        With what it is.
    """
    is_plain = len(text) <= limits.text and not set(text) & ESCAPES
    waiting: list[tuple[Json, int]] = [([value], 0)]
    count = 0
    while waiting:
        found, depth = waiting.pop()
        if depth > limits.depth:
            msg = f"it is nested more than {limits.depth} deep"
            raise ValueError(msg)
        if isinstance(found, dict):
            if not is_plain:
                refuse_texts(found, limits.text)
            found = list(found.values())
        entries: Any = found
        if not is_plain:
            refuse_texts((entry for entry in entries if isinstance(entry, str)), limits.text)
        inner = [(entry, depth + 1) for entry in entries if isinstance(entry, dict | list)]
        count += len(inner)
        if count > limits.values:
            msg = f"it has more than {limits.values} objects and lists"
            raise ValueError(msg)
        waiting += inner


def refuse_texts(texts: Iterable[str], longest: int) -> None:
    """Refuse texts that are too long or have control characters; see `refuse_text`."""
    for text in texts:
        refuse_text(text, longest)


def refuse_text(text: str, longest: int) -> None:
    """Refuse a text that is too long, or has control characters other than line ends and tabs.

    Raises
    ------
    ValueError
        With its beginning.
    """
    if len(text) > longest:
        msg = f"the text {text[:40]!a}... has {len(text)} characters, and at most {longest} may be"
        raise ValueError(msg)
    if not text.isprintable() and not all(map(is_visible, text)):
        msg = f"the text {text[:60]!a} has control characters"
        raise ValueError(msg)


def is_visible(letter: str) -> bool:
    """Say whether a character is seen, is a space, or ends a line.

    Format characters, which turn the direction of writing among other things, are not.
    """
    return letter in "\n\t" or unicodedata.category(letter) not in HIDDEN
