"""What a metric must say of itself, so that a table can be made of its values."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

LONGEST_UNIT = 20
"""Letters that a heading has room for."""

MOST_DECIMALS = 9
"""Digits that a table can round to."""


def is_unit(value: object) -> bool:
    """Say whether a value is a text that can stand behind a name."""
    return isinstance(value, str) and len(value) <= LONGEST_UNIT and value.isprintable()


def is_number(value: object) -> bool:
    """Say whether a value is a number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_scale(value: Any) -> bool:
    """Say whether values can be multiplied by a value without losing their order."""
    return is_number(value) and isfinite(value) and value > 0


def is_decimals(value: Any) -> bool:
    """Say whether a value is a number of digits."""
    return isinstance(value, int) and is_number(value) and 0 <= value <= MOST_DECIMALS


def is_direction(value: object) -> bool:
    """Say whether a value tells which values are better."""
    return isinstance(value, str) and value in ("higher", "lower")


def is_bounds(value: Any) -> bool:
    """Say whether a value is a smaller and a larger number."""
    is_pair = isinstance(value, tuple) and len(value) == 2 and all(map(is_number, value))
    return is_pair and value[0] < value[1]


def is_needs(value: object) -> bool:
    """Say whether a value is a set of what a metric can need."""
    return isinstance(value, frozenset) and value <= frozenset({"dense"})


METRIC_FACTS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "unit": (f"a text of at most {LONGEST_UNIT} letters", is_unit),
    "scale": ("a number above 0", is_scale),
    "decimals": (f"a whole number from 0 to {MOST_DECIMALS}", is_decimals),
    "direction": ("'higher' or 'lower', whichever is better", is_direction),
    "bounds": ("a pair, the smallest and the largest value", is_bounds),
    "needs": ("frozenset() or frozenset({'dense'})", is_needs),
}
"""Class attributes by name: what each must be, and whether it is."""
