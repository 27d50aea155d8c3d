"""How fast networks learn: the iteration at which validation is best, against what remains."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from prunebench.report.figures.band import Band, Kind, band, band_phrase, kind_for
from prunebench.report.figures.drawing import (
    INK,
    Drawing,
    add_legend,
    finish,
    key_text,
    label_axes,
    panels,
    style,
)
from prunebench.report.figures.series import AXIS, Mark, Place, draw_level, draw_series, halve
from prunebench.report.grid import Grid
from prunebench.report.spread import mean
from prunebench.results.measurement import Measurement

TITLE = "Early-stop iteration against kept weights by method"
CENSORED = "best at the end"


@dataclass(frozen=True)
class Line:
    """The early-stop iterations of one method under one protocol.

    Parameters
    ----------
    method, protocol
        Labels.
    marks
        From lightly to heavily pruned; hollow where a trial was best at its last evaluation.
    """

    method: str
    protocol: str
    marks: tuple[Mark, ...]


def early_stop_figure(grid: Grid, slug: str) -> Drawing | None:
    """Draw a panel per method with a line per protocol; None where nothing was validated."""
    kind = kind_for((e.under(name) for e in grid.entries for name in grid.protocols), early_stop)
    found = lines(grid, kind)
    if not found:
        return None
    dense = band(grid.dense.rows, early_stop, kind) if grid.dense else None
    titles = [name for name in grid.methods if any(line.method == name for line in found)]
    with style():
        figure, axes = panels(titles)
        for axis, title in zip(axes, titles, strict=True):
            draw_panel(axis, [line for line in found if line.method == title], dense, grid)
        halve(axes[0], [mark.density for line in found for mark in line.marks])
        label_axes(figure, AXIS, "early-stop iteration")
        axes[0].set_ylim(bottom=0)
        axes[0].yaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes[0].yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        add_legend(figure, axes, grid.protocols)
        text = caption(grid.rows, kind, hollow=any(m.hollow for one in found for m in one.marks))
        return finish(figure, f"{slug}-early-stop", TITLE, text)


def lines(grid: Grid, kind: Kind) -> list[Line]:
    """Give every line with at least one point."""
    found = [
        Line(method, protocol, marks(grid, method, protocol, kind))
        for method in grid.methods
        for protocol in grid.protocols
    ]
    return [line for line in found if line.marks]


def marks(grid: Grid, method: str, protocol: str, kind: Kind) -> tuple[Mark, ...]:
    """Give the points of one line; trials without validation or training have none."""
    found = []
    for entry in grid.entries:
        rows = entry.under(protocol) if entry.method == method else ()
        steps, density = band(rows, early_stop, kind), mean(rows, attrgetter("density"))
        if steps and density:
            found.append(Mark(density, steps, any(map(is_censored, rows))))
    return tuple(found)


def early_stop(row: Measurement) -> float | None:
    """Give the step that validation chose; None without validation or without training."""
    return row.selected_step if row.validation_loss is not None and row.steps else None


def is_censored(row: Measurement) -> bool:
    """Say whether the best evaluation was the last: longer training might have been better yet."""
    step = early_stop(row)
    evaluated = [one for one in row.curve.get("step", ()) if one is not None]
    end = max(evaluated) if evaluated else row.steps
    return step is not None and end is not None and step >= end


def draw_panel(axis: Axes, found: Sequence[Line], dense: Band | None, grid: Grid) -> None:
    """Change a panel: add the lines of one method, and how long the dense network took."""
    draw_level(axis, dense, "dense")
    for line in found:
        place = Place(grid.protocols.index(line.protocol), len(grid.protocols))
        draw_series(axis, line.marks, place, key_text(line.protocol))
        if any(mark.hollow for mark in line.marks):
            axis.add_line(hollow_key())


def hollow_key() -> Line2D:
    """Give an invisible line whose only purpose is its entry in the legend."""
    return Line2D(
        [],
        [],
        color=INK,
        marker="o",
        markerfacecolor="white",
        markeredgewidth=1.1,
        linestyle="none",
        label=CENSORED,
    )


def caption(rows: Iterable[Measurement], kind: Kind, *, hollow: bool) -> str:
    """Explain the figure; `hollow`: whether any point is."""
    by = criteria(rows)
    text = (
        f"Early-stop iteration: the evaluated step of the retraining with the best {by}, "
        f"{band_phrase(kind)}: one panel per method, one line per protocol; dashed: the dense "
        "network's own training."
    )
    if hollow:
        text += (
            " Hollow: at least one trial was best at its last evaluation, so that its true "
            "early-stop iteration may lie later."
        )
    return text


def criteria(rows: Iterable[Measurement]) -> str:
    """Say what validation chose by, as the trainings' settings have it."""
    trainings = [row.settings.get("training") for row in rows]
    found = {str(one.get("selection", "loss")) for one in trainings if isinstance(one, dict)}
    return " or ".join(f"validation {name}" for name in sorted(found)) or "validation loss"
