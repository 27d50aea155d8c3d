"""Figures as SVG text: one style, no global state, the same bytes for the same numbers."""

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from math import ceil
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from prunebench.report.wording import clipped, printable

STYLE: dict[Any, Any] = {
    "axes.edgecolor": "#8a8f98",
    "axes.grid": True,
    "axes.labelcolor": "#333a45",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": "#e4e7eb",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 5.5,
    "svg.fonttype": "none",  # text stays text: it can be searched and read aloud
    "svg.hashsalt": "prunebench",  # equal figures get equal ids
    "text.parse_math": False,  # a dollar sign in a method's name is a dollar sign
    "xtick.color": "#5b626d",
    "ytick.color": "#5b626d",
}

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe & Ito 2008, told apart by colour-blind readers; its yellow is too pale for lines."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "h")
DASHES = ((0, ()), (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.2, 1.2, 1.2)), (0, (9, 2)))
"""Markers and dashes differ too, for grey print; the three cycles have coprime lengths."""

INK = "#333a45"


@dataclass(frozen=True)
class Drawing:
    """A finished figure.

    Parameters
    ----------
    name
        File name without its ending.
    caption
        How to read it.
    svg
        A whole SVG document.
    """

    name: str
    caption: str
    svg: str


@dataclass(frozen=True)
class Pen:
    """How one line looks."""

    colour: str
    marker: str
    dashes: tuple[int, tuple[float, ...]]


def pen(number: int) -> Pen:
    """Give the look of the line with this number, counted from 0."""
    return Pen(
        COLOURS[number % len(COLOURS)],
        MARKERS[number % len(MARKERS)],
        DASHES[number % len(DASHES)],
    )


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house's style, whatever the reader's own settings are.

    A plugin's name may hold letters that no font has, or be longer than a panel: matplotlib
    warns, the figure is still right.
    """
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def panels(titles: Sequence[str], height: float = 2.7) -> tuple[Figure, list[Axes]]:
    """Make one panel per title, at most three in a row, with common axes.

    Parameters
    ----------
    titles
        Titles; long ones are cut.
    height
        Of one panel, in inches.
    """
    across = 2 if len(titles) == 4 else min(3, len(titles))
    down = ceil(len(titles) / across)
    width = (0.0, 6.0, 8.4, 10.4)[across]
    figure = Figure(figsize=(width, height * down + 0.4), layout="constrained")
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    axes: list[Axes] = list(grid.flat)
    for spare in axes[len(titles) :]:
        spare.set_visible(False)
    for axis, title in zip(axes, titles, strict=False):
        axis.set_title(short(title))
        axis.tick_params(labelbottom=True, length=3)
    return figure, axes[: len(titles)]


def label_axes(figure: Figure, across: str, up: str) -> None:
    """Change a figure: name the axes that its panels share."""
    figure.supxlabel(across, color=INK, fontsize=9)
    figure.supylabel(up, color=INK, fontsize=9)


def short(label: str, length: int = 30) -> str:
    """Fit a stranger's label into a figure."""
    return clipped(printable(label), length)


def to_svg(figure: Figure) -> str:
    """Change a figure by laying it out, and write it as SVG without the date.

    To be called within `style`. Laying out first saves the extra drawing that saving would do.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)
    page = StringIO()
    figure.savefig(page, format="svg", metadata={"Date": None, "Creator": None})
    return re.sub(r"[ \t]+\n", "\n", page.getvalue())


def inline(svg: str, name: str) -> str:
    """Cut an SVG document down to its element, with ids that are unique on a page.

    Parameters
    ----------
    svg
        What `to_svg` gave.
    name
        Prefix of the ids.
    """
    element = svg[svg.index("<svg") :]
    return re.sub(r'(<[^<>]*?\bid="|url\(#|href="#)', rf"\g<1>{name}-", element)
