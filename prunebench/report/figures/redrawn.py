"""Drawings that were made twice: alike, or made by another release of the library."""

import re
from functools import cache
from importlib.metadata import version

DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
MAKER = re.compile(r'data-maker="([^"]*)"')

TOLERANCE = 0.05
"""Points by which a place may differ: its last digits depend on the processor."""


@cache
def maker() -> str:
    """Name the library that draws here, with its version."""
    return f"matplotlib {version('matplotlib')}"


def signed(svg: str) -> str:
    """Write into a drawing who made it."""
    return svg.replace("<svg ", f'<svg data-maker="{maker()}" ', 1)


def alike(found: str, wanted: str) -> bool:
    """Say whether two texts are equal, apart from what no reader could see in their drawings.

    Places in drawings may differ by `TOLERANCE`. Drawings of another release of the library are
    taken as they are: it may draw the same numbers differently.
    """
    if DRAWING.split(found) != DRAWING.split(wanted):
        return False
    pairs = zip(DRAWING.findall(found), DRAWING.findall(wanted), strict=True)
    return all(is_foreign(one) or same_places(one, other) for one, other in pairs)


def is_foreign(svg: str) -> bool:
    """Say whether a drawing was made by another release than the one that is here."""
    made = MAKER.search(svg)
    return made is not None and made[1] != maker()


def same_places(one: str, other: str) -> bool:
    """Say whether two drawings say the same in almost the same places."""
    if NUMBER.split(one) != NUMBER.split(other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= TOLERANCE for a, b in pairs)
