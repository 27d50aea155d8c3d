"""What is left of every layer."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from prunebench.report.achieved import is_automatic, kept_phrase, missed
from prunebench.report.figures.drawing import INK, Drawing, finish, short, style
from prunebench.report.grid import Entry, Grid

ANNOTATED = 14
"""Up to this many layers every cell says its percentage."""

HIGH = 5
"""From so many lines on there is room for a colour bar at the side."""

NAMED = 40
"""Up to this many layers every layer is named."""

TILES = 1000
"""From this many cells on the map is a picture inside the SVG, which stays small that way."""

CAPTION = (
    "Kept fraction of every prunable layer's kernel in percent, mean over trials. The colours "
    "follow the square root, so that small fractions can be told apart."
)


def layer_figure(grid: Grid, slug: str) -> Drawing | None:
    """Draw the kept fraction of every layer as a map; None where it was not measured.

    One line per method and target, one column per prunable layer, means over trials.
    """
    entries = [entry for entry in grid.entries if any(row.layer_densities for row in entry.rows)]
    layers = list(
        dict.fromkeys(name for e in entries for row in e.rows for name in row.layer_densities)
    )
    if not layers:
        return None
    shares = np.array([[share(entry, layer) for layer in layers] for entry in entries])
    with style():
        wide = min(9.6, max(6.4, 3.0 + 0.45 * len(layers)))
        figure = Figure(figsize=(wide, 1.5 + 0.26 * len(entries)), layout="constrained")
        axis = figure.subplots()
        mesh = draw_map(axis, 100 * shares)
        if len(layers) <= ANNOTATED:
            annotate(axis, 100 * shares)
        if len(layers) > ANNOTATED or len(entries) >= HIGH:
            explain(axis, mesh, lying=len(entries) < HIGH)
        name_lines(axis, entries)
        name_layers(axis, layers)
        return finish(figure, f"{slug}-layers", "Kept weights of every layer", CAPTION)


def share(entry: Entry, layer: str) -> float:
    """Give the mean kept fraction of a layer; NaN where it was not measured."""
    values = [row.layer_densities[layer] for row in entry.rows if layer in row.layer_densities]
    return fmean(values) if values else float("nan")


def draw_map(axis: Axes, percents: npt.NDArray[np.float64]) -> QuadMesh:
    """Change the axes: add coloured cells."""
    mesh = axis.pcolormesh(
        percents,
        cmap="Blues",
        norm=PowerNorm(0.5, vmin=0, vmax=100),
        edgecolors="white",
        linewidth=0.8 if percents.shape[1] <= NAMED else 0.0,
        rasterized=percents.size > TILES,
    )
    axis.invert_yaxis()
    axis.grid(visible=False)
    axis.spines[["left", "bottom"]].set_visible(False)
    return mesh


def explain(axis: Axes, mesh: QuadMesh, *, lying: bool) -> None:
    """Change the axes: add a colour bar, above a map of few lines and else at its side."""
    place = {"location": "top", "aspect": 40, "pad": 0.05} if lying else {"pad": 0.02}
    bar = axis.figure.colorbar(
        mesh, ax=axis, fraction=0.08 if lying else 0.03, ticks=[0, 5, 25, 50, 100], **place
    )
    bar.set_label("kept (%)", color=INK)
    bar.outline.set_visible(False)


def annotate(axis: Axes, percents: npt.NDArray[np.float64]) -> None:
    """Change the axes: write its percentage into every cell."""
    for (line, column), value in np.ndenumerate(percents):
        if np.isfinite(value):
            ink = "white" if value > 50 else "black"  # whichever is at least 4.5 : 1
            text = axis.text(column + 0.5, line + 0.5, f"{value:.3g}", color=ink, fontsize=7.5)
            text.set(
                ha="center", va="center", in_layout=False
            )  # it lies inside, so no room is made


def name_lines(axis: Axes, entries: Sequence[Entry]) -> None:
    """Change the axes: name every method and target, and what was kept where that is not it."""
    labels = [f"{short(entry.method, 40)}  {target_text(entry)}" for entry in entries]
    axis.set_yticks([number + 0.5 for number in range(len(labels))], labels)
    axis.tick_params(length=0)


def target_text(entry: Entry) -> str:
    """Write a target, and what was kept where the target does not say it."""
    if missed(entry) or is_automatic(entry):
        return f"{short(entry.target, 12)} ({kept_phrase(entry)})"
    return short(entry.target, 12)


def name_layers(axis: Axes, layers: Sequence[str]) -> None:
    """Change the axes: name the layers, or every few of them where there are many."""
    every = -(-len(layers) // NAMED)
    places = range(0, len(layers), every)
    labels = [short(layers[place], 24) for place in places]
    turn = 0 if len(layers) <= 8 and max(map(len, labels)) <= 10 else 55
    axis.set_xticks(
        [place + 0.5 for place in places],
        labels,
        rotation=turn,
        ha="right" if turn else "center",
        rotation_mode="anchor",
    )
