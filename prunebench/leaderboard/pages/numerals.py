"""Numbers as they are printed: percent, points, counts, durations. None is a dash."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

DASH = "–"
"""Stands where there is no number."""

MINUS = "−"
SIZES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
DURATIONS = ((3600.0, "h"), (60.0, "min"), (1.0, "s"))


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
"""Their names, whatever the locale."""


def percent(value: float | None, digits: int = 2) -> str:
    """Write a fraction as percent, without the sign.

    >>> percent(0.97424), percent(0.03125), percent(None)
    ('97.42', '3.13', '–')
    """
    return DASH if value is None else f"{hundredfold(value, digits)}".replace("-", MINUS)


def share(value: float) -> str:
    """Write a fraction as percent with two decimals at most: of densities, which are round.

    >>> share(0.5), share(0.125), share(0.03125)
    ('50', '12.5', '3.13')
    """
    return f"{float(hundredfold(value, 2)):g}"


def hundredfold(value: float, digits: int) -> Decimal:
    """Give a fraction in percent; halves of its shortest decimals are rounded away from 0.

    >>> str(hundredfold(0.15625, 2)), str(hundredfold(-0.00005, 2)), str(hundredfold(-1e-9, 2))
    ('15.63', '-0.01', '0.00')
    """
    rounded = (100 * Decimal(repr(float(value)))).quantize(
        Decimal(1).scaleb(-digits), ROUND_HALF_UP
    )
    return rounded if rounded else abs(rounded)


def points(value: float | None) -> str:
    """Write a difference of fractions in points, with its sign.

    >>> points(0.0042), points(-0.012), points(-0.000001)
    ('+0.42', '−1.20', '0.00')
    """
    if value is None:
        return DASH
    found = hundredfold(value, 2)
    return f"{found:+}".replace("-", MINUS) if found else "0.00"


def interval(low: float | None, high: float | None) -> str:
    """Write an interval of fractions in percent.

    >>> interval(0.95, 0.97)
    '95.00 to 97.00'
    """
    return DASH if low is None else f"{percent(low)} to {percent(high)}"


def points_interval(low: float | None, high: float | None) -> str:
    """Write an interval of differences in points.

    >>> points_interval(-0.01, 0.02)
    '−1.00 to +2.00'
    """
    return DASH if low is None else f"{points(low)} to {points(high)}"


def probability(p: float | None) -> str:
    """Write a p.

    >>> probability(0.0312), probability(0.00001)
    ('0.031', '< 0.001')
    """
    if p is None:
        return DASH
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def count(value: float | None) -> str:
    """Write a count in full, with commas.

    >>> count(266610), count(None)
    ('266,610', '–')
    """
    return DASH if value is None else f"{value:,.0f}"


def size(value: float | None) -> str:
    """Write a large count with three digits.

    >>> size(266610), size(15e6), size(12), size(999999)
    ('267 k', '15 M', '12', '1 M')
    """
    if value is None:
        return DASH
    rounded = float(f"{value:.3g}")
    for unit, sign in SIZES:
        if rounded >= unit:
            return f"{rounded / unit:g} {sign}"
    return f"{rounded:g}"


def duration(seconds: float | None) -> str:
    """Write seconds in the largest unit of which there is one.

    >>> duration(3), duration(90), duration(0.0312)
    ('3 s', '1.5 min', '0.031 s')
    """
    if seconds is None:
        return DASH
    for unit, sign in DURATIONS:
        if seconds >= unit:
            return f"{seconds / unit:.3g} {sign}" if seconds < 100 * unit else whole(seconds, unit)
    return f"{seconds:.2g} s"


def whole(seconds: float, unit: float) -> str:
    """Write a number of hours, minutes or seconds that has three digits or more."""
    return f"{seconds / unit:,.0f} {dict(DURATIONS)[unit]}"


def number(value: float | None) -> str:
    """Write a number with four digits at most.

    >>> number(12.0), number(0.123456), number(None)
    ('12', '0.1235', '–')
    """
    return DASH if value is None else f"{value:.4g}".replace("-", MINUS)


def day(text: str) -> str:
    """Give the day of a time in ISO 8601, written out; what is no time stays as it is.

    >>> day("2025-01-31T12:00:00Z")
    '31 January 2025'
    """
    try:
        when = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return text
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"
