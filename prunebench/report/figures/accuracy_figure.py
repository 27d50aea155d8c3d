"""Test accuracy against the weights that remain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from matplotlib.axes import Axes

from prunebench.report.figures.band import Band, Kind, band, band_phrase, kind_for
from prunebench.report.figures.drawing import (
    FAINT,
    INK,
    Drawing,
    add_legend,
    finish,
    key_text,
    label_axes,
    panels,
    pen,
    style,
)
from prunebench.report.figures.series import AXIS, Mark, Place, draw_level, draw_series, halve
from prunebench.report.grid import Entry, Grid
from prunebench.report.spread import mean
from prunebench.results.measurement import Measurement

CONTROL = "control"
OTHER = "other methods"
OWN = "dense, own penalty"

DEPTH = 30.0
"""How far below the best mean the accuracy axis reaches, in points, if that shows enough."""

HIDDEN = 4
"""At most one point in so many may lie below the axis."""

TOGETHER = 8
"""At most so many methods stand out in one panel; the others are grey there."""


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
        At the last step, in percent.
    retrained
        Whether the network was trained at all after pruning.
    control
        Label of the control that it is, whose method `method` then is; empty for a method's own.
    """

    method: str
    protocol: str
    density: float
    accuracy: Band
    retrained: bool
    control: str = ""


@dataclass(frozen=True)
class Plot:
    """What one figure shows; accuracies are in percent.

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
    kind
        What bars and bands show.
    """

    points: tuple[Point, ...]
    controls: tuple[Point, ...]
    dense: Band | None
    own: Mapping[str, Sequence[float]]
    limits: tuple[float, float]
    left_out: tuple[str, ...]
    kind: Kind


def accuracy_figures(grid: Grid, slug: str) -> list[Drawing]:
    """Draw a panel per method with protocols as lines; with several methods also the converse.

    Of many methods a few at a time stand out in the converse.
    """
    plot = make_plot(grid)
    if plot is None:
        return []
    methods, protocols = grid.methods, (*grid.protocols, *grid.control_protocols)
    figures = [draw(plot, f"{slug}-by-method", ("method", methods), ("protocol", protocols))]
    if len(methods) == 1:
        return figures
    size = -(-len(methods) // -(-len(methods) // TOGETHER))
    for number, start in enumerate(range(0, len(methods), size), start=1):
        name = f"{slug}-by-protocol" + (f"-{number}" if number > 1 else "")
        lines = ("method", methods[start : start + size])
        figures.append(draw(plot, name, ("protocol", grid.protocols), lines))
    return figures


def make_plot(grid: Grid) -> Plot | None:
    """Choose what is shown; None if no accuracy at a known size is on the axis."""
    kind = kind_for((entry.under(name) for entry in grid.entries for name in grid.protocols), last)
    cells = [cell for name in grid.protocols for cell in points(grid.entries, name, kind)]
    if not cells:
        return None
    dense = band(grid.dense.rows, last, kind) if grid.dense else None
    bottom, top = limits(cells, dense)
    low = [cell for cell in cells if cell.accuracy.mean < bottom]
    seen = {(cell.method, cell.protocol) for cell in cells if cell not in low}
    shown = [cell for cell in cells if (cell.method, cell.protocol) in seen]
    if not shown:
        return None
    return Plot(
        points=tuple(sorted(shown, key=lambda cell: -cell.density)),
        controls=tuple(sorted(control_points(grid, kind), key=lambda cell: -cell.density)),
        dense=dense,
        own=own_dense(grid),
        limits=(bottom, top),
        left_out=tuple(dict.fromkeys(cell.protocol for cell in low)),
        kind=kind,
    )


def last(row: Measurement) -> float | None:
    """Give a trial's test accuracy at the last step in percent."""
    return None if row.test_accuracy_last is None else 100 * row.test_accuracy_last


def control_points(grid: Grid, kind: Kind) -> list[Point]:
    """Give the cells of the controls, as points of the methods that they are held against."""
    others = [
        replace(cell, control=entry.method, method=entry.rows[0].control_of)
        for entry in grid.controls
        for name in grid.protocols
        for cell in points([entry], name, kind)
    ]
    scratch = [
        replace(cell, control=f"{cell.method} from scratch")
        for name in grid.control_protocols
        for cell in points(grid.entries, name, kind)
    ]
    return [*others, *scratch]


def own_dense(grid: Grid) -> dict[str, list[float]]:
    """Give the accuracies of the dense networks that methods trained with their own penalty."""
    found: dict[str, list[float]] = {}
    for entry in grid.references:
        if (accuracy := mean(entry.rows, last)) is not None:
            found.setdefault(entry.rows[0].regularized_by, []).append(accuracy)
    return found


def points(entries: Iterable[Entry], protocol: str, kind: Kind) -> list[Point]:
    """Give every cell of a protocol that has an accuracy and a size."""
    found = []
    for entry in entries:
        rows = entry.under(protocol)
        accuracy, density = band(rows, last, kind), mean(rows, attrgetter("density"))
        if accuracy and density:
            trained = is_retrained(rows)
            found.append(Point(entry.method, protocol, density, accuracy, trained))
    return found


def is_retrained(rows: Iterable[Measurement]) -> bool:
    """Say whether any trial was trained after pruning; unknown lengths count as training."""
    return any(row.epochs != 0 for row in rows)


def limits(cells: Sequence[Point], dense: Band | None) -> tuple[float, float]:
    """Give the accuracy axis: every bar of a retrained network, at most `DEPTH` below the best.

    Networks that were not retrained are often at chance level and would flatten all the rest. The
    dense network and all points but one in `HIDDEN` are always shown.
    """
    kept = [cell.accuracy for cell in cells if cell.retrained] or [c.accuracy for c in cells]
    shown = [*kept, *([dense] if dense else [])]
    best = max(one.mean for one in shown)
    high = max(min(one.high, 100.0) for one in shown)
    low = max(min(one.low for one in shown), best - DEPTH)
    low = min(low, sorted(cell.accuracy.mean for cell in cells)[len(cells) // HIDDEN])
    low = min(low, dense.mean) if dense else low
    margin = max(0.06 * (high - low), 0.2)
    return max(low - margin, 0.0), high + margin


def caption(plot: Plot, panel: str, line: str, *, some: bool) -> str:
    """Explain the figure; what lies below its axis is named; `some`: not all methods stand out."""
    text = (
        f"Test accuracy at the last step, {band_phrase(plot.kind)}: one panel per {panel}, one "
        f"line per {line}; dashed: the dense network with its band. Lines are set slightly apart "
        "so that their bars can be told apart."
    )
    if some:
        text += " Grey: the methods that other figures show in colour."
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


def draw(
    plot: Plot, name: str, panel: tuple[str, Sequence[str]], line: tuple[str, Sequence[str]]
) -> Drawing:
    """Draw a figure: role and labels of its panels, role and labels of its lines."""
    panel_of, line_of = attrgetter(panel[0]), attrgetter(line[0])
    titles = [label for label in panel[1] if label in map(panel_of, plot.points)]
    others = [cell for cell in plot.points if line_of(cell) not in line[1]]
    with style():
        figure, axes = panels(titles)
        halve(axes[0], [cell.density for cell in plot.points])
        for axis, title in zip(axes, titles, strict=True):
            axis.set_ylim(*plot.limits)  # known beforehand, so that no line moves it
            draw_level(axis, plot.dense, "dense")
            draw_faint(axis, [c for c in others if panel_of(c) == title], (), OTHER)
            if panel[0] == "method":
                draw_own_dense(axis, plot.own.get(title, ()))
                controls = [c for c in plot.controls if c.method == title]
                draw_faint(axis, controls, line[1], CONTROL)
            for number, label in enumerate(line[1]):
                chosen = [c for c in plot.points if panel_of(c) == title and line_of(c) == label]
                draw_line(axis, chosen, Place(number, len(line[1])), key_text(label))
        label_axes(figure, AXIS, "test accuracy (%)")
        add_legend(figure, axes, line[1])
        text = caption(plot, panel[0], line[0], some=bool(others))
        return finish(figure, name, f"Test accuracy against kept weights by {panel[0]}", text)


def draw_own_dense(axis: Axes, levels: Iterable[float]) -> None:
    """Change a panel: add the dense networks that its method trained itself as dotted lines."""
    for level in levels:
        axis.axhline(level, color=INK, linewidth=1.0, linestyle=":", label=OWN)


def draw_faint(axis: Axes, cells: Sequence[Point], protocols: Sequence[str], label: str) -> None:
    """Change a panel: add thin grey lines, each with the marker of its protocol if it has one."""
    for whose in dict.fromkeys((c.control, c.method, c.protocol) for c in cells):
        chosen = [c for c in cells if (c.control, c.method, c.protocol) == whose]
        marked = whose[-1] in protocols
        axis.plot(
            [100 * cell.density for cell in chosen],
            [cell.accuracy.mean for cell in chosen],
            color=FAINT,
            marker=pen(protocols.index(whose[-1])).marker if marked else None,
            markersize=3.2,
            linewidth=0.8,
            label=label,
            zorder=1.5,
        )


def draw_line(axis: Axes, cells: Sequence[Point], place: Place, label: str) -> None:
    """Change a panel: add the line of some cells; nothing without cells."""
    if cells:
        draw_series(axis, [Mark(cell.density, cell.accuracy) for cell in cells], place, label)
