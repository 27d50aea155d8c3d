"""Marks of lines and points: a shape each, so that no colour has to be told from another."""

from markupsafe import Markup

from prunebench.leaderboard.pages.axes import coordinate

COLOURS = 8
"""Colours in the style sheet, ``--c0`` to ``--c7``."""

DASHES = ("", "6 3", "2 3", "8 3 2 3")
"""Of lines; the next after every round of colours."""

R = 3.6
"""Half the width of a mark."""

SHAPES = (
    # circle, square, triangle, diamond, triangle upside down, plus, cross
    f"m-{R} 0a{R} {R} 0 1 0 7.2 0a{R} {R} 0 1 0-7.2 0z",
    "m-3.2-3.2h6.4v6.4h-6.4z",
    "m0-4.2l4.1 7.2h-8.2z",
    "m0-4.6l4.6 4.6l-4.6 4.6l-4.6-4.6z",
    "m0 4.2l4.1-7.2h-8.2z",
    "m-1.4-4.2h2.8v2.8h2.8v2.8h-2.8v2.8h-2.8v-2.8h-2.8v-2.8h2.8z",
    "m0-2l2.3-2.3l2 2l-2.3 2.3l2.3 2.3l-2 2l-2.3-2.3l-2.3 2.3l-2-2l2.3-2.3l-2.3-2.3l2-2z",
)
"""Paths around the point where they begin."""


def shapes() -> Markup:
    """Give all shapes once, hidden; the marks of a page refer to them."""
    drawn = Markup().join(
        Markup('<path id="m{}" d="M0 0{}"/>').format(place, shape)
        for place, shape in enumerate(SHAPES)
    )
    return Markup('<svg class="unseen" aria-hidden="true"><defs>{}</defs></svg>').format(drawn)


def mark(number: int, x: float, y: float) -> Markup:
    """Give what says which mark stands where; the shapes must be on the page."""
    return Markup('href="#m{}" x="{}" y="{}"').format(
        number % len(SHAPES), coordinate(x), coordinate(y)
    )


def colour(number: int) -> str:
    """Give the class that colours a line."""
    return f"s{number % COLOURS}"


def dash(number: int) -> str:
    """Give the dashes of a line; empty for an unbroken one."""
    return DASHES[number // COLOURS % len(DASHES)]
