"""Derived numbers, cut to digits that do not depend on the processor."""

from typing import overload

DIGITS = 10
"""Significant ones: sums in another order differ far behind, and files are compared by bytes."""


@overload
def steady(value: float) -> float: ...


@overload
def steady(value: float | None) -> float | None: ...


def steady(value: float | None) -> float | None:
    """Round a number to ten significant digits; None stays.

    >>> steady(0.1 + 0.2), steady(None)
    (0.3, None)
    """
    return None if value is None else float(f"{value:.{DIGITS}g}")
