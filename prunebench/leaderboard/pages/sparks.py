"""Small drawings beside numbers: a learning curve, the part of a layer that is kept."""

from collections.abc import Sequence
from math import ceil

from markupsafe import Markup

WIDTH, HEIGHT, EDGE = 260, 64, 3

STEPS = 50
"""Of a bar; the style sheet has a class for each."""

MOST = 16
"""Places of a curve; longer ones are thinned."""


def curve(steps: Sequence[int], lines: Sequence[Sequence[float | None]]) -> Markup:
    """Draw learning curves over the same steps, each between its own least and greatest value.

    What it shows is said beside it, so that it is hidden from those who do not see it.

    Parameters
    ----------
    steps
        Rising.
    lines
        Values of each; one that is not finite breaks the line.
    """
    drawn = [
        Markup('<path d="{}"/>').format(broken(steps, values))
        for values in lines
        if len(known(values)) > 1
    ]
    if not drawn:
        return Markup()
    return Markup('<svg viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        WIDTH, HEIGHT, Markup().join(drawn)
    )


def known(values: Sequence[float | None]) -> list[float]:
    """Give the values that are numbers."""
    return [value for value in values if value is not None]


def broken(steps: Sequence[int], values: Sequence[float | None]) -> str:
    """Write a curve as a path."""
    numbers = known(values)
    low, height = min(numbers), (max(numbers) - min(numbers)) or 1.0
    width = (steps[-1] - steps[0]) or 1
    parts, last = [], None
    for step, value in thinned(list(zip(steps, values, strict=True))):
        if value is None:
            last = None
            continue
        x = round(EDGE + (WIDTH - 2 * EDGE) * (step - steps[0]) / width)
        y = round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - low) / height)
        parts.append(f"M{x} {y}l" if last is None else f"{x - last[0]}{y - last[1]:+}")
        last = (x, y)
    return tidy(parts)


def tidy(parts: Sequence[str]) -> str:
    """Write steps of a path one after another, as short as SVG allows.

    >>> tidy(["M3 61l", "85-29", "84+0"])
    'M3 61l85-29 84 0'
    """
    return " ".join(parts).replace("+", " ").replace("l M", " M").replace("l ", "l").rstrip("l")


def thinned(places: list[tuple[int, float | None]]) -> list[tuple[int, float | None]]:
    """Leave out places between others, evenly; the last stays."""
    every = -(-len(places) // MOST)
    return places if every == 1 else [*places[:-1:every], places[-1]]


def bar(share: float) -> str:
    """Give the class that underlines a cell as far as a share of 1 goes, in steps of a fiftieth.

    >>> bar(0.5), bar(0.001), bar(0.0)
    ('k25', 'k1', 'k0')
    """
    inside = min(max(share, 0.0), 1.0)
    return f"k{ceil(STEPS * inside - 1e-9)}"
