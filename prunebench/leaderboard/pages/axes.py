"""Axes of a drawing: from a number to a place, and the numbers that are written beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

STEPS = (1, 2, 2.5, 5, 10)
"""Distances between ticks, times a power of ten."""

DECADES = ((1, 2, 5), (1, 3), (1,))
"""Ticks of a logarithmic axis, the densest that is not too dense."""

MOST = 7
"""Ticks on an axis."""

NARROW = 0.01
"""A straight axis of less is widened by as much, so that its ticks read differently."""

SPREAD = 1.25
"""Factor by which an axis of one value is widened to either side, where it is logarithmic."""


@dataclass(frozen=True)
class Axis:
    """A straight axis.

    Parameters
    ----------
    low, high
        Numbers at its ends; above 0 where it is logarithmic.
    start, stop
        Places of its ends.
    log
        Whether equal ratios have equal lengths.
    """

    low: float
    high: float
    start: float
    stop: float
    log: bool = False

    def place(self, value: float) -> float:
        """Give the place of a number; one beyond the ends stands at the end."""
        inside = min(max(value, self.low), self.high)
        low, high, at = (
            (log10(self.low), log10(self.high), log10(inside))
            if self.log
            else (self.low, self.high, inside)
        )
        return self.start + (self.stop - self.start) * (at - low) / (high - low)

    def ticks(self) -> tuple[float, ...]:
        """Choose round numbers to write beside it."""
        return log_ticks(self.low, self.high) if self.log else ticks(self.low, self.high)


def axis(values: Iterable[float], ends: tuple[float, float], *, log: bool = False) -> Axis:
    """Choose an axis that holds some numbers, with a little room around them."""
    known = sorted(values)
    low, high = (known[0], known[-1]) if known else (0.5, 1.0)
    if log:
        room = max((high / low) ** 0.06, SPREAD if low == high else 1.04)
        return Axis(low / room, high * room, *ends, log=True)
    room = max(0.06 * (high - low), NARROW if high - low < NARROW else 0.0)
    return Axis(low - room, high + room, *ends)


def ticks(low: float, high: float) -> tuple[float, ...]:
    """Choose round numbers between two.

    >>> ticks(0.13, 0.98)
    (0.2, 0.4, 0.6, 0.8)
    """
    power = 10.0 ** floor(log10((high - low) / (MOST - 1)))
    step = next(s * power for s in STEPS if (high - low) / (s * power) <= MOST - 1)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return tuple(float(f"{step * place:.10g}") for place in range(first, last + 1))


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Choose round numbers between two above 0, of which the ratio is what is seen.

    >>> log_ticks(900, 60000)
    (1000.0, 2000.0, 5000.0, 10000.0, 20000.0, 50000.0)
    """
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    found: tuple[float, ...] = ()
    for digits in DECADES:
        found = tuple(
            float(f"{digit}e{power}")
            for power in powers
            for digit in digits
            if low <= float(f"{digit}e{power}") <= high
        )
        if len(found) <= MOST:
            break
    return found if len(found) > 1 else ticks(low, high)


def coordinate(place: float) -> str:
    """Write a place to a tenth of a unit, the same on every machine.

    >>> coordinate(12.04), coordinate(3.25), coordinate(-0.01)
    ('12', '3.2', '0')
    """
    text = f"{place:.1f}".removesuffix(".0")
    return "0" if text in ("-0", "") else text
