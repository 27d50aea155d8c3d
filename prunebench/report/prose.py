"""How sentences are put together: lists, numbers of things, differences."""

from collections.abc import Iterable, Sequence

from prunebench.report.wording import percent

MANY = 6
"""A longer list is named by its first entries and its length."""


def listing(parts: Iterable[str], last: str = "and") -> str:
    """Join words as a sentence does.

    >>> listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"], "or")
    ('a', 'a and b', 'a, b or c')
    """
    found = list(parts)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} {last} {found[-1]}"


def shortlist(parts: Sequence[str], most: int = MANY) -> str:
    """Join words; of many, only the first and how many more there are.

    >>> shortlist(["a", "b", "c"], 2), shortlist(["a", "b"], 2)
    ('a, b and 1 more', 'a and b')
    """
    if len(parts) <= most:
        return listing(parts)
    return f"{', '.join(parts[:most])} and {len(parts) - most} more"


def counted(number: int, noun: str, plural: str = "") -> str:
    """Write a number of things.

    >>> counted(1, "seed"), counted(1200, "trial"), counted(2, "loss", "losses")
    ('1 seed', '1,200 trials', '2 losses')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def is_or_are(number: int) -> str:
    """Give the verb of a number of things.

    >>> is_or_are(1), is_or_are(0)
    ('is', 'are')
    """
    return "is" if number == 1 else "are"


def signed(value: float, digits: int = 2) -> str:
    """Write a difference of fractions in points, with its sign; what rounds to zero has none.

    >>> signed(0.0028), signed(-0.013), signed(-0.000001)
    ('+0.28', '−1.30', '0.00')
    """
    text = percent(abs(value), digits)
    if not text.strip("0."):
        return text
    return f"{'−' if value < 0 else '+'}{text}"


def span(low: float, high: float) -> str:
    """Write an interval of differences in points.

    >>> span(-0.0151, 0.0207)
    '−1.51 to +2.07'
    """
    return f"{signed(low)} to {signed(high)}"
