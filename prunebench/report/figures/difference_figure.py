"""Differences in accuracy against the weights that remain, seed by seed."""

from collections.abc import Mapping, Sequence
from statistics import median_low

from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy

from prunebench.report.figures.accuracy_figure import last
from prunebench.report.figures.difference import (
    Difference,
    between_protocols,
    first_pairs,
    limits,
    ticket_pairs,
    with_controls,
)
from prunebench.report.figures.drawing import (
    INK,
    Drawing,
    add_legend,
    finish,
    label_axes,
    panels,
    pen,
    short,
    style,
)
from prunebench.report.figures.series import AXIS, SIZE, Place, halve
from prunebench.report.grid import Grid

ASIDE = 4.5
"""Points by which the dots of single seeds stand beside their bar."""

FLAT = 4
"""From so many times the usual range on a method would flatten the others."""

LABEL = 44
"""Letters of a label in the legend: it names two protocols."""


def difference_figures(grid: Grid, slug: str) -> list[Drawing]:
    """Draw ticket minus random, the first protocol minus the others, and methods minus controls.

    What was not measured has no figure.
    """
    if not grid.protocols:
        return []
    first = grid.protocols[0]
    asked = (
        ("ticket-random", "winning ticket minus random start", ticket_pairs(grid.protocols)),
        ("differences", f"{first} minus each other protocol", first_pairs(grid.protocols)),
    )
    drawn = [
        (f"{slug}-{name}", about, between_protocols(grid, pairs, last))
        for name, about, pairs in asked
    ]
    about = f"each method minus its controls under {first}"
    drawn.append((f"{slug}-controls", about, with_controls(grid, first, last)))
    return [draw(name, about, found) for name, about, found in drawn if found]


def draw(name: str, about: str, found: Sequence[Difference]) -> Drawing:
    """Draw a panel per method with a line per pair."""
    titles = list(dict.fromkeys(one.method for one in found))
    series = list(dict.fromkeys(one.series for one in found))
    ends = ends_of(found)
    with style():
        figure, axes = panels(titles, common="x" if differ(ends) else "xy")
        halve(axes[0], [one.density for one in found])
        for axis, title in zip(axes, titles, strict=True):
            axis.set_ylim(*ends[title])  # known beforehand, so that no line moves it
            axis.axhline(0, color=INK, linewidth=1.1, zorder=1.8)
            for number, label in enumerate(series):
                chosen = [one for one in found if (one.method, one.series) == (title, label)]
                draw_line(axis, chosen, Place(number, len(series)), short(label, LABEL))
        label_axes(figure, AXIS, "difference in test accuracy (points)")
        add_legend(figure, axes, [short(label, LABEL) for label in series])
        title = f"Differences in test accuracy: {about}"
        return finish(figure, name, short(title, 120), caption(about, found, ends))


def draw_line(axis: Axes, found: Sequence[Difference], place: Place, label: str) -> None:
    """Change a panel: add means with their intervals, and every seed as a small dot."""
    if not found:
        return
    look = pen(place.number)
    across = [100 * one.density * place.shift for one in found]
    bands = [one.band for one in found]
    axis.vlines(
        across, [b.low for b in bands], [b.high for b in bands], color=look.colour, linewidth=1.2
    )
    aside = offset_copy(axis.transData, axis.get_figure(root=True), x=ASIDE, units="points")
    dots = [(x, seed) for x, one in zip(across, found, strict=True) for seed in one.seeds]
    axis.plot(
        *zip(*dots, strict=True),
        color=look.colour,
        marker="o",
        markersize=3.2,
        markeredgewidth=0,
        alpha=0.7,
        linestyle="none",
        transform=aside,
    )
    axis.plot(
        across,
        [band.mean for band in bands],
        color=look.colour,
        marker=look.marker,
        markersize=SIZE * look.scale,
        linestyle=look.dashes,
        linewidth=1.2,
        markeredgecolor="white",
        markeredgewidth=0.6,
        label=label,
    )


def ends_of(found: Sequence[Difference]) -> dict[str, tuple[float, float]]:
    """Give the ends of every method's axis: the same, unless one would flatten those of others."""
    groups: dict[str, list[Difference]] = {}
    for one in found:
        groups.setdefault(one.method, []).append(one)
    own = {name: limits(group) for name, group in groups.items()}
    spans = [high - low for low, high in own.values()]
    flat = max(spans) > FLAT * median_low(spans)
    return own if flat else dict.fromkeys(own, limits(found))


def differ(ends: Mapping[str, tuple[float, float]]) -> bool:
    """Say whether methods have axes of their own."""
    return len(set(ends.values())) > 1


def caption(
    about: str, found: Sequence[Difference], ends: Mapping[str, tuple[float, float]]
) -> str:
    """Explain the figure; seeds without a partner are counted, cut intervals pointed out."""
    text = (
        f"Differences in test accuracy at the last step, {about}: paired by seed, draws averaged "
        "within a seed; above zero the first is better. Large marks: mean over seeds; bars: "
        "two-sided 95 % t interval; small dots: single seeds. One panel per method"
        f"{', each with an axis of its own' if differ(ends) else ''}."
    )
    if any(is_cut(one, ends[one.method]) for one in found):
        text += " Bars that reach the edge of a panel go on: the seeds are too few for them."
    if lost := sum(one.lost for one in found):
        pairs = "pair lacks one side and is" if lost == 1 else "pairs lack one side and are"
        text += f" {lost} {pairs} left out."
    if len({len(one.seeds) for one in found}) == 1:
        text += f" Seeds per mark: {len(found[0].seeds)}."
    return text


def is_cut(one: Difference, ends: tuple[float, float]) -> bool:
    """Say whether an interval reaches beyond the ends of its panel."""
    return one.band.low < ends[0] or one.band.high > ends[1]
