"""Test accuracy against what it costs: multiply-adds, measured latency, training."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor, log2
from typing import TypeAlias

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from prunebench.report.figures.band import Kind, band_phrase
from prunebench.report.figures.cost import DENSE, Panel, Priced, limits, make_panels, numbered
from prunebench.report.figures.cost_axis import IDEAL, REAL
from prunebench.report.figures.drawing import (
    FAINT,
    INK,
    MARKERS,
    Drawing,
    Pen,
    finish,
    key_text,
    label_axes,
    panels,
    pen,
    style,
)
from prunebench.report.figures.series import draw_level, tick_text
from prunebench.report.grid import Grid
from prunebench.report.wording import percent
from prunebench.statistics.paired import decisive

TITLE = "Test accuracy against multiply-adds, latency and training cost"

JOINED = 8
"""Up to so many pairs of method and protocol the targets of a pair are joined by a line."""

WIDE = 3.0
"""From this ratio of its ends on a cost axis is logarithmic."""

NAMED = 12
"""So many members of a front are named in the caption."""

Looks: TypeAlias = Mapping[tuple[str, str], Pen]
"""The look of every method and protocol."""


def cost_figure(grid: Grid, slug: str) -> Drawing | None:
    """Draw a panel per kind of cost; None where none was measured."""
    found, kind = make_panels(grid)
    if not found:
        return None
    looks, ends = looks_of(grid), limits(found)
    with style():
        figure, axes = panels([panel.axis.title for panel in found], 3.3, common="y")
        axes[0].set_ylim(*ends)
        for axis, panel in zip(axes, found, strict=True):
            draw_panel(axis, panel, looks)
        label_axes(figure, "", "test accuracy (%)")
        figure.legend(handles=legend(grid, found, looks), loc="outside right upper")
        return finish(figure, f"{slug}-cost", TITLE, caption(found, kind, ends[0]))


def looks_of(grid: Grid) -> Looks:
    """Choose how points look: the colour says the protocol.

    The marker says the method if there is one for each, and otherwise the protocol too.
    """
    own = {
        (method, protocol): Pen(
            pen(number).colour,
            MARKERS[place] if marks_methods(grid) else pen(number).marker,
            pen(number).dashes,
        )
        for place, method in enumerate(grid.methods)
        for number, protocol in enumerate(grid.protocols)
    }
    return {(DENSE[0], DENSE[2]): Pen(INK, "*", "solid")} | own


def marks_methods(grid: Grid) -> bool:
    """Say whether markers tell methods apart."""
    return 1 < len(grid.methods) <= len(MARKERS)


def draw_panel(axis: Axes, panel: Panel, looks: Looks) -> None:
    """Change a panel whose accuracy axis is set: add all that it shows."""
    every = [*panel.points, *([panel.dense] if panel.dense else [])]
    scale(axis, [one.cost for one in every])
    axis.set_xlabel(panel.axis.label, color=INK, fontsize=9)
    draw_level(axis, panel.dense.accuracy if panel.dense else None, "dense")
    axis.plot(
        *places(panel.controls),
        color=FAINT,
        marker=".",
        markersize=4,
        markeredgewidth=0,
        linestyle="none",
    )
    if len({(one.method, one.protocol) for one in panel.points}) <= JOINED:
        join(axis, panel.points, looks)
    draw_points(axis, every, looks)
    draw_front(axis, panel.front, looks)


def places(points: Iterable[Priced]) -> tuple[list[float], list[float]]:
    """Give costs and accuracies."""
    found = list(points)
    return [one.cost for one in found], [one.accuracy.mean for one in found]


def join(axis: Axes, points: Sequence[Priced], looks: Looks) -> None:
    """Change a panel: join the targets of each method and protocol."""
    for labels in dict.fromkeys((one.method, one.protocol) for one in points):
        axis.plot(
            *places(one for one in points if (one.method, one.protocol) == labels),
            color=looks[labels].colour,
            linestyle=looks[labels].dashes,
            linewidth=1.0,
        )


def draw_points(axis: Axes, points: Sequence[Priced], looks: Looks) -> None:
    """Change a panel: add what is not on the front; what surely is not is pale."""
    rest = [one for one in points if not one.on_front]
    for kind in dict.fromkeys((looks[one.method, one.protocol], one.is_pale) for one in rest):
        look, pale = kind
        axis.plot(
            *places(o for o in rest if (looks[o.method, o.protocol], o.is_pale) == kind),
            color=look.colour,
            marker=look.marker,
            markersize=5.0 * look.scale,
            markeredgecolor="white",
            markeredgewidth=0.4,
            alpha=0.3 if pale else 1.0,
            linestyle="none",
            zorder=2.1,
        )


def draw_front(axis: Axes, front: Sequence[Priced], looks: Looks) -> None:
    """Change a panel: add the front as steps, its members large, with bars and numbers."""
    axis.step(*places(front), where="post", color=INK, linewidth=0.9, zorder=2.2)
    for one in front:
        look = looks[one.method, one.protocol]
        axis.vlines(one.cost, one.accuracy.low, one.accuracy.high, color=look.colour, linewidth=1.2)
        axis.plot(
            *places([one]),
            color=look.colour,
            marker=look.marker,
            markersize=7.0 * look.scale,
            markeredgecolor=INK,
            markeredgewidth=0.9,
            zorder=2.5,
        )
    places_in_data = list(zip(*places(front), strict=True))
    spots = axis.transLimits.transform(axis.transScale.transform(places_in_data))
    for label, member in numbered([(x, y) for x, y in spots]):
        one = front[member]
        axis.annotate(
            label,
            (one.cost, one.accuracy.mean),
            (-4, 4),
            textcoords="offset points",
            ha="right",
            fontsize=7.5,
        )


def scale(axis: Axes, costs: Sequence[float]) -> None:
    """Change a cost axis: halvings where costs lie far apart, plain numbers where they do not."""
    low, high = min(costs), max(costs)
    if high < WIDE * low:
        room = 0.08 * (high - low) or 0.1 * high
        axis.set_xlim(low - room, high + room)
        axis.xaxis.set_major_locator(MaxNLocator(5))
        return
    unit = 100.0 if high == 100 else 1.0  # per cent are halved from the whole
    powers = range(floor(log2(low / unit)), ceil(log2(high / unit)) + 1)
    ticks = [unit * 2.0**power for power in powers[:: -ceil(len(powers) / 7)]]
    axis.set_xscale("log", base=2)
    axis.set_xticks(ticks, list(map(tick_text, ticks)))
    axis.set_xticks([], minor=True)
    axis.set_xlim(low / 2**0.3, high * 2**0.3)


def legend(grid: Grid, found: Sequence[Panel], looks: Looks) -> list[Line2D]:
    """Explain colours, markers, the front and the rest."""
    shown = [one for panel in found for one in panel.points]
    methods = [name for name in grid.methods if any(one.method == name for one in shown)]
    by_marker = marks_methods(grid)
    entries = [
        key(key_text(name), color=look.colour, marker="o" if by_marker else look.marker)
        for name in grid.protocols
        if any(one.protocol == name for one in shown)
        for look in [looks[grid.methods[0], name]]
    ]
    for name in methods if by_marker else ():
        look = looks[name, grid.protocols[0]]
        size = 5.0 * look.scale
        entries.append(key(key_text(name), color="#8a8f98", marker=look.marker, markersize=size))
    edge = {"markerfacecolor": "white", "markeredgewidth": 0.9, "markersize": 7}
    entries.append(key("front", color=INK, linestyle="-", linewidth=0.9, marker="o", **edge))
    if any(panel.dense for panel in found):
        entries.append(key("dense", color=INK, linestyle=(0, (6, 3)), marker="*", markersize=9))
    if any(panel.controls for panel in found):
        entries.append(key("control", color=FAINT, marker="."))
    return entries


def key(label: str, **look: object) -> Line2D:
    """Make an entry of the legend, without a line unless told."""
    return Line2D([], [], label=label, **{"linestyle": "none", "linewidth": 1.1} | look)  # type: ignore[arg-type] # any look


def caption(found: Sequence[Panel], kind: Kind, bottom: float) -> str:
    """Explain the figure, and name the members of every front with their frequencies."""
    points = [one for panel in found for one in panel.points]
    text = (
        f"Test accuracy at the last step against cost, {band_phrase(kind)}, networks of all sizes "
        "together; better is up and to the left. Large numbered marks, joined by steps, are the "
        "front, which no other network beats in both; only they have bars."
    )
    if any(panel.axis.title == IDEAL for panel in found):
        timed = any(panel.axis.title.startswith(REAL) for panel in found)
        text += (
            " Ideal multiply-adds count kept weights only; masks save none of them when the "
            f"network runs{' with dense kernels' if timed else ''}."
        )
    if any(one.is_pale for one in points):
        text += (
            " Pale marks are on the front in fewer than 5 % of the resamples of the seeds; that "
            "the other small ones are beaten is not shown."
        )
    if not any(one.membership and decisive(one.membership.seeds) for one in points):
        text += " The seeds are too few to call any network beaten."
    if low := sum(one.accuracy.mean < bottom for one in found[-1].points):
        text += f" Below the axis, see the table: {low} of {len(found[-1].points)} networks."
    text += " The fronts, with the share of the resamples in which each network is on it:"
    return " ".join([text, *(members(panel) for panel in found)])


def members(panel: Panel) -> str:
    """Name the members of a front, and in how many resamples they are on it."""
    front = panel.front
    named = "; ".join(
        f"{number} {one.name} ({frequency(one)})"
        for number, one in enumerate(front[:NAMED], start=1)
    )
    more = f"; and {len(front) - NAMED} more" if len(front) > NAMED else ""
    return f"{panel.axis.title}: {named}{more}."


def frequency(one: Priced) -> str:
    """Write the share of resamples in which a network is on the front."""
    return f"{percent(one.membership.frequency, 0)} %" if one.membership else "seeds missing"
