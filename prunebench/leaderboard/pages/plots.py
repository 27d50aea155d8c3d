"""Drawings as SVG in a page: lines with bands, points with a front."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from prunebench.leaderboard.pages.axes import Axis, axis, coordinate
from prunebench.leaderboard.pages.ends import ENOUGH, Label, end_labels
from prunebench.leaderboard.pages.marks import colour, dash, mark

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 58, 746, 12, 352
"""The frame that numbers are drawn in."""

MARGIN = 190
"""More width, for labels at the ends of lines."""

MANY = 8
"""Lines whose bands can be told from another."""


@dataclass(frozen=True)
class Point:
    """One number of a line.

    Parameters
    ----------
    x, y
        Where it stands.
    text
        What is said of it when it is pointed at.
    low, high
        Ends of its interval; None without one.
    filled
        False for a hollow mark.
    """

    x: float
    y: float
    text: str
    low: float | None = None
    high: float | None = None
    filled: bool = True


@dataclass(frozen=True)
class Series:
    """The points of a method.

    Parameters
    ----------
    method
        Slug by which rows, legend and drawing belong together; empty for the dense network.
    number
        Its look; every drawing of a site gives a method the same.
    points
        In order of x where they are joined.
    muted
        Whether it is a control: a thin grey line without marks.
    label
        Written at the end of its line; empty for none.
    """

    method: str
    number: int
    points: tuple[Point, ...]
    muted: bool = False
    label: str = ""


@dataclass(frozen=True)
class Level:
    """A line across: the dense network.

    Parameters
    ----------
    y
        Where it stands.
    text
        What is written on it.
    """

    y: float
    text: str


@dataclass(frozen=True)
class Plot:
    """What is drawn.

    Parameters
    ----------
    title
        What it shows, for those who do not see it.
    x, y
        What the axes count.
    series
        One per method.
    x_text, y_text
        Write a number beside an axis.
    level
        The dense network; None without one.
    joined
        Whether the points of a method are joined by a line.
    x_ticks
        Numbers on a logarithmic x axis; round ones by default.
    front
        Points that no other beats, in order of x, joined by steps.
    """

    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    x_text: Callable[[float], str]
    y_text: Callable[[float], str]
    level: Level | None = None
    joined: bool = True
    x_ticks: tuple[float, ...] = ()
    front: tuple[tuple[float, float], ...] = ()


def draw(plot: Plot) -> Markup:
    """Draw a plot; x is logarithmic."""
    across, upward = axes(plot)
    labels = labelled(plot, across, upward)
    parts = [
        grid(plot, across, upward),
        level(plot.level, upward) if plot.level else Markup(),
        front(plot.front, across, upward),
        *(drawn(one, plot, across, upward) for one in plot.series if one.muted),
        *(drawn(one, plot, across, upward, labels) for one in plot.series if not one.muted),
    ]
    looks = "plot many" if sum(not one.muted for one in plot.series) > MANY else "plot"
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        looks, WIDTH + MARGIN * bool(labels), HEIGHT, plot.title, Markup().join(parts)
    )


def labelled(plot: Plot, across: Axis, upward: Axis) -> Mapping[str, Markup]:
    """Write names at the ends of lines, by method; none where they would not find room."""
    named = [
        Label(one.method, one.label, across.place(one.points[-1].x), upward.place(one.points[-1].y))
        for one in plot.series
        if one.label and one.points
    ]
    return end_labels(named, RIGHT, (TOP, BOTTOM)) if len(named) <= ENOUGH else {}


def axes(plot: Plot) -> tuple[Axis, Axis]:
    """Choose axes that hold all of it."""
    points = [point for one in plot.series for point in one.points]
    heights = [end for p in points for end in (p.y, p.low, p.high) if end is not None]
    if plot.level:
        heights.append(plot.level.y)
    across = [point.x for point in points] + list(plot.x_ticks)
    return axis(across, (LEFT, RIGHT), log=True), axis(heights, (BOTTOM, TOP))


def grid(plot: Plot, across: Axis, upward: Axis) -> Markup:
    """Draw the frame: lines at round heights, numbers, and what they count."""
    lines = Markup().join(
        Markup('<path d="M{} {}H{}"/>').format(LEFT, coordinate(upward.place(y)), RIGHT)
        for y in upward.ticks()
    )
    heights = Markup().join(
        Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(
            LEFT - 8, coordinate(upward.place(y) + 4), plot.y_text(y)
        )
        for y in upward.ticks()
    )
    numbers = Markup().join(
        Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
            coordinate(across.place(x)), BOTTOM + 18, plot.x_text(x)
        )
        for x in plot.x_ticks or across.ticks()
    )
    return Markup(
        '<g class="grid" aria-hidden="true">{}<path class="base" d="M{} {}H{}"/>{}{}'
        '<text class="name" x="{}" y="{}" text-anchor="middle">{}</text></g>'
    ).format(lines, LEFT, BOTTOM, RIGHT, heights, numbers, (LEFT + RIGHT) // 2, HEIGHT - 8, plot.x)


def level(found: Level, upward: Axis) -> Markup:
    """Draw the dense network's line."""
    y = upward.place(found.y)
    return Markup(
        '<g class="dense"><path d="M{} {}H{}"/><text x="{}" y="{}" text-anchor="end">{}</text></g>'
    ).format(
        LEFT, coordinate(y), RIGHT, RIGHT, coordinate(y - 5 if y > TOP + 14 else y + 14), found.text
    )


def front(places: Sequence[tuple[float, float]], across: Axis, upward: Axis) -> Markup:
    """Draw the front as steps: what more there is must be paid for."""
    if len(places) < 2:
        return Markup()
    at = [(coordinate(across.place(x)), coordinate(upward.place(y))) for x, y in places]
    steps = "".join(f"H{x}V{y}" for x, y in at[1:])
    return Markup('<path class="front" d="M{} {}{}"/>').format(*at[0], steps)


def drawn(
    one: Series, plot: Plot, across: Axis, upward: Axis, labels: Mapping[str, Markup] | None = None
) -> Markup:
    """Draw a method: its band, its line, its marks, its name; of a control the line alone."""
    joined = plot.joined and len(one.points) > 1
    parts = (
        [line(one, across, upward)]
        if one.muted and joined
        else [
            band(one.points, across, upward) if joined else Markup(),
            line(one, across, upward) if joined else Markup(),
            *(
                Markup('<use class="{}" {}><title>{}</title></use>').format(
                    "mark" if point.filled else "mark hollow",
                    mark(one.number, across.place(point.x), upward.place(point.y)),
                    point.text,
                )
                for point in one.points
            ),
            (labels or {}).get(one.method, Markup()),
        ]
    )
    looks = f"{colour(one.number)}{' control' if one.muted else ''}"
    own = Markup(' data-method="{}"').format(one.method) if one.method else ""
    return Markup('<g class="series {}"{}>{}</g>').format(looks, own, Markup().join(parts))


def line(one: Series, across: Axis, upward: Axis) -> Markup:
    """Join the points of a method."""
    places = path([(across.place(p.x), upward.place(p.y)) for p in one.points])
    broken = dash(one.number) if not one.muted else ""
    dashes = Markup(' stroke-dasharray="{}"').format(broken) if broken else ""
    return Markup('<path class="line"{} d="M{}"/>').format(dashes, places)


def band(points: Sequence[Point], across: Axis, upward: Axis) -> Markup:
    """Shade the intervals of points that have one; where one lacks, the band breaks."""
    shapes, run = [], list[Point]()
    for point in [*points, None]:
        if point is not None and point.low is not None:
            run.append(point)
        else:
            shapes.append(shape(run, across, upward) if len(run) > 1 else "")
            run = []
    whole = "".join(shapes)
    return Markup('<path class="band" d="{}"/>').format(whole) if whole else Markup()


def shape(points: Sequence[Point], across: Axis, upward: Axis) -> str:
    """Give the outline of intervals side by side."""
    above = [(across.place(p.x), upward.place(p.high or 0.0)) for p in points]
    below = [(across.place(p.x), upward.place(p.low or 0.0)) for p in reversed(points)]
    return f"M{path([*above, *below])}z"


def path(places: Sequence[tuple[float, float]]) -> str:
    """Write places one after another."""
    return "L".join(f"{coordinate(x)} {coordinate(y)}" for x, y in places)


def swatch(number: int) -> Markup:
    """Draw what a legend shows of a method: its line and its mark."""
    dashes = Markup(' stroke-dasharray="{}"').format(dash(number)) if dash(number) else ""
    return Markup(
        '<svg class="swatch {}" viewBox="0 0 34 12" aria-hidden="true">'
        '<path class="line"{} d="M1 6H33"/><use class="mark" {}/></svg>'
    ).format(colour(number), dashes, mark(number, 17, 6))


def quiet_swatch() -> Markup:
    """Draw what a legend shows of controls: a thin line."""
    return Markup(
        '<svg class="swatch control" viewBox="0 0 34 12" aria-hidden="true">'
        '<path class="line" d="M1 6H33"/></svg>'
    )
