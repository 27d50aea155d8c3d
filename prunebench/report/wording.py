"""How numbers and strangers' words are written; accuracies are fractions until here."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from prunebench.report.spread import Spread

NOTHING = "–"
"""What a cell without a value says."""

VAST = 1e15
"""From here on numbers, such as losses of trainings that nearly diverged, are written in powers."""


def rounded(value: float, digits: int = 2) -> Decimal:
    """Round a number; one half goes away from zero, however the number came about.

    Of the means over eight seeds of accuracies on 10 000 images one in eight ends in a half, and
    floating point leaves it now above and now below: one number would be written in two ways.

    >>> f"{rounded(97.935)} {rounded(98.035)} {rounded(-0.285):+}"
    '97.94 98.04 -0.29'
    """
    if abs(value) >= VAST:
        return Decimal(f"{value:.3g}")  # more digits than a decimal holds, and nobody reads them
    return Decimal(f"{value:.9f}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def percent(value: float | None, digits: int = 2) -> str:
    """Write a fraction in percent, without the sign.

    >>> percent(0.9376), percent(0.8, 1), percent(None)
    ('93.76', '80.0', '–')
    """
    return NOTHING if value is None else str(rounded(100 * value, digits))


def percent_spread(value: Spread | None) -> str:
    """Write mean and sample deviation in percent, as the papers do.

    >>> percent_spread(Spread(0.9376, 0.002, 5)), percent_spread(Spread(0.9376, None, 1))
    ('93.76 (± 0.20)', '93.76')
    """
    if value is None:
        return NOTHING
    if value.deviation is None:
        return percent(value.mean)
    return f"{percent(value.mean)} (± {percent(value.deviation)})"


def times(value: float | None) -> str:
    """Write a factor.

    >>> times(4.5), times(None)
    ('4.50×', '–')
    """
    return NOTHING if value is None else f"{value:.2f}×"


def count(value: float | None) -> str:
    """Write a number of parameters, multiply-adds or steps in full.

    >>> count(266610)
    '266,610'
    """
    return NOTHING if value is None else f"{value:,.0f}"


def plain(value: float | None, digits: int = 6) -> str:
    """Write a number with as few digits as it needs, at most `digits` significant ones.

    >>> plain(160.0), plain(0.001), plain(None)
    ('160', '0.001', '–')
    """
    return NOTHING if value is None else f"{value:.{digits}g}"


def duration(value: float | None) -> str:
    """Write seconds as a person reads them.

    >>> duration(0.0042), duration(3.14159), duration(75), duration(7322)
    ('4 ms', '3.1 s', '1 min 15 s', '2 h 02 min')
    """
    if value is None:
        return NOTHING
    if 0 < value < 0.0995:
        return f"{1000 * value:.0f} ms"
    if value < 59.95:
        return f"{value:.1f} s"
    minutes, seconds = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def moment(text: str) -> str:
    """Write a point in time to the minute; what is none stays as it is.

    >>> moment("2026-01-31T21:05:59+01:00"), moment("yesterday")
    ('2026-01-31 20:05 UTC', 'yesterday')
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{found.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if found.tzinfo else text


def milliseconds(value: float | None) -> str:
    """Write milliseconds with three significant digits, whole ones from a hundred on.

    >>> milliseconds(0.0868), milliseconds(9.999), milliseconds(1234.5), milliseconds(None)
    ('0.0868', '10.0', '1,234', '–')
    """
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if value >= 99.95 else f"{value:#.3g}"


def memory(value: float | None) -> str:
    """Write bytes in the largest binary unit of which there is one.

    >>> memory(512), memory(3 * 2**20), memory(1.5 * 2**30)
    ('512 B', '3.0 MiB', '1.5 GiB')
    """
    if value is None:
        return NOTHING
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if value >= 2**power:
            return f"{value / 2**power:.1f} {unit}"
    return f"{value:.0f} B"


def printable(text: str) -> str:
    r"""Replace what no page can show (control and direction characters) by a box.

    Newlines stay. Names and reasons come from plugins, so anything may be in them.

    >>> printable("layer\x00one")
    'layer�one'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def clipped(text: str, length: int) -> str:
    """Cut a label to at most `length` characters; used in figures, where room is short.

    >>> clipped("magnitude[scope=global]", 12)
    'magnitude[s…'
    """
    return text if len(text) <= length else text[: length - 1] + "…"
