"""Names at the ends of lines, moved apart so that none covers another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from prunebench.leaderboard.pages.axes import coordinate

ENOUGH = 22
"""Names that find room beside a drawing."""

APART = 15.0
"""Distance between the lines of text."""

LETTERS = 24
"""Of a name; longer ones are cut."""


@dataclass(frozen=True)
class Label:
    """A name and the end of its line.

    Parameters
    ----------
    method
        Slug.
    text
        What is written.
    x, y
        Where the line ends.
    """

    method: str
    text: str
    x: float
    y: float


def end_labels(
    labels: Sequence[Label], right: float, frame: tuple[float, float]
) -> Mapping[str, Markup]:
    """Write names right of a drawing, each joined to its line.

    Parameters
    ----------
    labels
        In any order.
    right
        Edge of the drawing.
    frame
        Its upper and lower edge.
    """
    ordered = sorted(labels, key=lambda one: (one.y, one.text))
    heights = spread([one.y for one in ordered], frame)
    return {one.method: written(one, right, y) for one, y in zip(ordered, heights, strict=True)}


def spread(heights: Sequence[float], frame: tuple[float, float]) -> list[float]:
    """Move rising heights apart, as little as neighbours allow, and keep them in the frame.

    >>> spread([0.0, 2.0, 90.0], (0.0, 100.0))
    [0.0, 15.0, 90.0]
    """
    low, high = frame
    found: list[float] = []
    for height in heights:
        found.append(max(height, found[-1] + APART if found else low))
    limit = high
    for place in reversed(range(len(found))):
        found[place] = min(found[place], limit)
        limit = found[place] - APART
    return found


def written(one: Label, right: float, y: float) -> Markup:
    """Write a name with the stroke that leads to it."""
    text = one.text if len(one.text) <= LETTERS else f"{one.text[: LETTERS - 1]}…"
    return Markup(
        '<path class="lead-line" d="M{} {}L{} {}"/><text class="name" x="{}" y="{}">{}</text>'
    ).format(
        coordinate(one.x + 6),
        coordinate(one.y),
        coordinate(right + 4),
        coordinate(y),
        coordinate(right + 8),
        coordinate(y + 4),
        text,
    )
