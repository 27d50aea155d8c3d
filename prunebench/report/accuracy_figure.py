"""Test accuracy against the weights that remain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log2
from operator import attrgetter

from matplotlib.axes import Axes

from prunebench.report.drawing import (
    INK,
    Drawing,
    label_axes,
    panels,
    pen,
    short,
    style,
    to_svg,
)
from prunebench.report.grid import Entry, Grid
from prunebench.report.spread import Pick, Spread, spread
from prunebench.results.measurement import Measurement

ACCURACY: Pick = attrgetter("test_accuracy_last")

CONTROL = "control"
OWN = "dense, own penalty"
FAINT = "#9aa1ab"

DEPTH = 0.3
"""How far below the best mean the accuracy axis reaches, as a fraction, if that shows enough."""

HIDDEN = 4
"""At most one point in so many may lie below the axis."""

SHIFT = 0.05
"""Distance between the lines of a panel in octaves, so that error bars stand side by side."""


@dataclass(frozen=True)
class Point:
    """One cell of the table.

    Parameters
    ----------
    method, protocol
        Labels.
    density
        Mean kept fraction.
    accuracy
        At the last step.
    retrained
        Whether the network was trained at all after pruning.
    control
        Label of the control that it is, whose method `method` then is; empty for a method's own.
    """

    method: str
    protocol: str
    density: float
    accuracy: Spread
    retrained: bool
    control: str = ""


@dataclass(frozen=True)
class Plot:
    """What one figure shows.

    Parameters
    ----------
    points
        Cells with at least one point of their line on the axis, from lightly to heavily pruned.
    controls
        What the points are held against; the axis does not follow them.
    dense
        The unpruned network; None if it was not measured.
    own
        Unpruned networks that a method trained itself, by its label.
    limits
        Lowest and highest accuracy of the axis.
    left_out
        Protocols with points below the axis.
    """

    points: tuple[Point, ...]
    controls: tuple[Point, ...]
    dense: Spread | None
    own: Mapping[str, Sequence[Spread]]
    limits: tuple[float, float]
    left_out: tuple[str, ...]


def accuracy_figures(grid: Grid, slug: str) -> list[Drawing]:
    """Draw a panel per method with protocols as lines; with several methods also the converse."""
    plot = make_plot(grid)
    if plot is None:
        return []
    protocols = (*grid.protocols, *grid.control_protocols)
    by_method = draw(plot, ("method", grid.methods), ("protocol", protocols))
    figures = [Drawing(f"{slug}-by-method", caption(plot, "method", "protocol"), by_method)]
    if len(grid.methods) > 1:
        converse = draw(plot, ("protocol", grid.protocols), ("method", grid.methods))
        text = caption(plot, "protocol", "method")
        figures.append(Drawing(f"{slug}-by-protocol", text, converse))
    return figures


def make_plot(grid: Grid) -> Plot | None:
    """Choose what is shown; None if there is no accuracy at a known size."""
    cells = [cell for name in grid.protocols for cell in points(grid.entries, name)]
    if not cells:
        return None
    dense = spread(grid.dense.rows, ACCURACY) if grid.dense else None
    bottom, top = limits(cells, dense)
    low = [cell for cell in cells if cell.accuracy.mean < bottom]
    seen = {(cell.method, cell.protocol) for cell in cells if cell not in low}
    shown = [cell for cell in cells if (cell.method, cell.protocol) in seen]
    return Plot(
        points=tuple(sorted(shown, key=lambda cell: -cell.density)),
        controls=tuple(sorted(control_points(grid), key=lambda cell: -cell.density)),
        dense=dense,
        own=own_dense(grid),
        limits=(bottom, top),
        left_out=tuple(dict.fromkeys(cell.protocol for cell in low)),
    )


def control_points(grid: Grid) -> list[Point]:
    """Give the cells of the controls, as points of the methods that they are held against."""
    others = [
        replace(cell, control=entry.method, method=entry.rows[0].control_of)
        for entry in grid.controls
        for name in grid.protocols
        for cell in points([entry], name)
    ]
    scratch = [
        replace(cell, control=f"{cell.method} from scratch")
        for name in grid.control_protocols
        for cell in points(grid.entries, name)
    ]
    return [*others, *scratch]


def own_dense(grid: Grid) -> dict[str, list[Spread]]:
    """Give the accuracies of the dense networks that methods trained with their own penalty."""
    found: dict[str, list[Spread]] = {}
    for entry in grid.references:
        if accuracy := spread(entry.rows, ACCURACY):
            found.setdefault(entry.rows[0].regularized_by, []).append(accuracy)
    return found


def points(entries: Iterable[Entry], protocol: str) -> list[Point]:
    """Give every cell of a protocol that has an accuracy and a size."""
    found = []
    for entry in entries:
        rows = entry.under(protocol)
        accuracy, density = spread(rows, ACCURACY), spread(rows, attrgetter("density"))
        if accuracy and density and density.mean > 0:
            trained = is_retrained(rows)
            found.append(Point(entry.method, protocol, density.mean, accuracy, trained))
    return found


def is_retrained(rows: Iterable[Measurement]) -> bool:
    """Say whether any trial was trained after pruning; unknown lengths count as training."""
    return any(row.epochs != 0 for row in rows)


def limits(cells: Sequence[Point], dense: Spread | None) -> tuple[float, float]:
    """Give the accuracy axis: every bar of a retrained network, at most `DEPTH` below the best.

    Networks that were not retrained are often at chance level and would flatten all the rest. The
    dense network and all points but one in `HIDDEN` are always shown.
    """
    kept = [cell.accuracy for cell in cells if cell.retrained] or [c.accuracy for c in cells]
    shown = [*kept, *([dense] if dense else [])]
    best = max(one.mean for one in shown)
    high = max(one.mean + (one.deviation or 0.0) for one in shown)
    low = max(min(one.mean - (one.deviation or 0.0) for one in shown), best - DEPTH)
    low = min(low, sorted(cell.accuracy.mean for cell in cells)[len(cells) // HIDDEN])
    low = min(low, dense.mean) if dense else low
    margin = max(0.06 * (high - low), 0.002)
    return max(low - margin, 0.0), high + margin


def caption(plot: Plot, panel: str, line: str) -> str:
    """Explain the figure; what lies below its axis is named."""
    text = (
        f"Test accuracy at the last step, mean ± sample standard deviation over seeds: one panel "
        f"per {panel}, one line per {line}; dashed: the dense network. Lines are set slightly "
        "apart so that their bars can be told apart."
    )
    if plot.controls and panel == "method":
        text += (
            f" Grey: the method's controls, with the markers of their {line}; the axis does not "
            "follow them."
        )
    if plot.own and panel == "method":
        text += " Dotted: the dense network that the method trained with its own penalty."
    if not plot.left_out:
        return text
    return f"{text} Partly or wholly below the axis, see the table: {', '.join(plot.left_out)}."


def draw(plot: Plot, panel: tuple[str, Sequence[str]], line: tuple[str, Sequence[str]]) -> str:
    """Draw a figure: role and labels of its panels, role and labels of its lines."""
    panel_of, line_of = attrgetter(panel[0]), attrgetter(line[0])
    titles = [name for name in panel[1] if name in map(panel_of, plot.points)]
    with style():
        figure, axes = panels(titles)
        for axis, title in zip(axes, titles, strict=True):
            draw_dense(axis, plot.dense)
            if panel[0] == "method":
                draw_own_dense(axis, plot.own.get(title, ()))
                draw_controls(axis, [c for c in plot.controls if c.method == title], line[1])
            for number, name in enumerate(line[1]):
                chosen = [c for c in plot.points if panel_of(c) == title and line_of(c) == name]
                if chosen:
                    draw_line(axis, chosen, (number, len(line[1])), short(name))
            axis.set_ylim(*(100 * limit for limit in plot.limits))
        halve(axes[0], plot.points)
        label_axes(figure, "prunable weights remaining (%)", "test accuracy (%)")
        entries = [axis.get_legend_handles_labels() for axis in axes]
        found = {name: mark for pair in entries for mark, name in zip(*pair, strict=True)}
        shorts = [short(name) for name in line[1]]
        order = [*shorts, *(name for name in found if name not in shorts)]
        handles = {name: found[name] for name in order if name in found}
        figure.legend(handles.values(), handles.keys(), loc="outside right center")
        return to_svg(figure)


def draw_dense(axis: Axes, dense: Spread | None) -> None:
    """Change a panel: add the dense network as a level line with its deviation as a band."""
    if dense is None:
        return
    level, deviation = 100 * dense.mean, 100 * (dense.deviation or 0.0)
    axis.axhspan(level - deviation, level + deviation, color=INK, alpha=0.12, linewidth=0)
    axis.axhline(level, color=INK, linewidth=1.1, linestyle=(0, (6, 3)), label="dense")


def draw_own_dense(axis: Axes, levels: Iterable[Spread]) -> None:
    """Change a panel: add the dense networks that its method trained itself as dotted lines."""
    for level in levels:
        axis.axhline(100 * level.mean, color=INK, linewidth=1.0, linestyle=":", label=OWN)


def draw_controls(axis: Axes, cells: Sequence[Point], protocols: Sequence[str]) -> None:
    """Change a panel: add controls as thin grey lines, each with the marker of its protocol."""
    for control, protocol in dict.fromkeys((cell.control, cell.protocol) for cell in cells):
        chosen = [cell for cell in cells if (cell.control, cell.protocol) == (control, protocol)]
        axis.plot(
            [100 * cell.density for cell in chosen],
            [100 * cell.accuracy.mean for cell in chosen],
            color=FAINT,
            marker=pen(protocols.index(protocol)).marker,
            markersize=3.2,
            linewidth=0.8,
            label=CONTROL,
            zorder=1.5,
        )


def draw_line(axis: Axes, cells: Sequence[Point], place: tuple[int, int], label: str) -> None:
    """Change a panel: add a line with error bars; `place` is its number and how many there are."""
    if not cells:
        return
    number, lines = place
    look = pen(number)
    shift = 2 ** (SHIFT * ((lines - 1) / 2 - number))
    axis.errorbar(
        [100 * cell.density * shift for cell in cells],
        [100 * cell.accuracy.mean for cell in cells],
        yerr=[100 * (cell.accuracy.deviation or 0.0) for cell in cells],
        color=look.colour,
        marker=look.marker,
        linestyle=look.dashes,
        markeredgecolor="white",
        markeredgewidth=0.6,
        elinewidth=1.2,
        label=label,
    )


def halve(axis: Axes, cells: Sequence[Point]) -> None:
    """Change the axis of weights: halvings, from much on the left to little on the right."""
    most, least = (log2(pick(cell.density for cell in cells)) for pick in (max, min))
    axis.set_xscale("log", base=2)
    ticks = [100 * 2.0**power for power in range(floor(least), min(ceil(most), 0) + 1)]
    axis.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
    axis.set_xticks([], minor=True)
    axis.set_xlim(100 * 2 ** (most + 0.3), 100 * 2 ** (least - 0.3))
