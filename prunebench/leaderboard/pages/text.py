"""Texts of strangers: cleaned of what cannot be seen, and cut."""

import unicodedata

from prunebench.leaderboard.merging.parties import seen

LONGEST = 2000
"""Letters of any text that is printed; what is longer is cut."""

LABEL = 120
"""Letters of a name."""


def label(text: object) -> str:
    """Write a name: on one line, and short."""
    return cut(" ".join(clean(str(text)).split()), LABEL)


def same_name(one: str, other: str) -> bool:
    """Say whether two names look like one; no name is nobody's.

    >>> same_name("Ada  L", "ada l"), same_name("", "")
    (True, False)
    """
    return seen(one) == seen(other) != ""


def clean(text: str) -> str:
    """Drop what cannot be seen and might steer a reader: control and format characters.

    >>> clean("a" + chr(8238) + "b" + chr(0))
    'ab'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C")


def cut(text: str, longest: int) -> str:
    """Shorten a text.

    >>> cut("a long name", 8)
    'a long …'
    """
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
