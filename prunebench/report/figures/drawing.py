"""Figures as SVG text: one style, no global state, the same bytes for the same numbers."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from math import ceil
from typing import Any, Literal, TypeAlias

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from prunebench.report.figures.redrawn import signed
from prunebench.report.figures.svg import described, tidied
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
    "pdf.fonttype": 42,  # fonts that an editor of PDF can use
    "svg.fonttype": "none",  # text stays text: it can be searched and read aloud
    "svg.hashsalt": "prunebench",  # equal figures get equal ids
    "text.parse_math": False,  # a dollar sign in a method's name is a dollar sign
    "xtick.color": "#5b626d",
    "ytick.color": "#5b626d",
}

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#332288", "#7a4a1e", "#000000")
"""Told apart by colour-blind readers and at least 3 : 1 against white: five of Okabe & Ito 2008,
the indigo of Tol's muted scheme and a brown; Okabe & Ito's other three are too pale for lines."""

Dashes: TypeAlias = Literal["solid"] | tuple[float, tuple[float, ...]]

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "h")
DASHES: tuple[Dashes, ...] = (
    "solid",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (5, 1.2, 1.2, 1.2)),
    (0, (9, 2)),
)
"""Markers and dashes differ too, for grey print; the three cycles have coprime lengths."""

INK = "#333a45"
FAINT = "#9aa1ab"
"""For what is only there to compare with."""

TITLE = {1: 46, 2: 31, 3: 29}
"""Letters in one line of a panel's title, by the number of panels side by side."""

KEY = 30
"""Letters in one line of a legend."""

Form: TypeAlias = Literal["svg", "pdf", "png"]

FAMILY = "'DejaVu Sans', sans-serif"

DPI = 200
"""Dots per inch of a PNG."""

BARE: dict[Form, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
"""What each kind of file would say about itself, such as the date, and does not."""


@dataclass(frozen=True)
class Drawing:
    """A finished figure.

    Parameters
    ----------
    name
        File name without its ending.
    title
        What is shown, in a few words: the text alternative.
    caption
        How to read it.
    svg
        A whole SVG document.
    _figure
        What `in_form` writes; hidden from the templates of strangers, since it can write files.
    """

    name: str
    title: str
    caption: str
    svg: str
    _figure: Figure = field(repr=False, compare=False)

    def in_form(self, form: Form) -> bytes:
        """Give the content of a file; equal drawings give equal bytes."""
        if form == "svg":
            return self.svg.encode()
        page = BytesIO()
        with style():
            self._figure.savefig(page, format=form, dpi=DPI, metadata=BARE[form])
        return page.getvalue()


@dataclass(frozen=True)
class Pen:
    """How one line looks."""

    colour: str
    marker: str
    dashes: Dashes

    @property
    def scale(self) -> float:
        """Factor on the size of the marker: a star of the same width looks smaller."""
        return 1.6 if self.marker == "*" else 1.0


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


def panels(
    titles: Sequence[str], height: float | None = None, *, common: str = "xy"
) -> tuple[Figure, list[Axes]]:
    """Make one panel per title, at most three in a row.

    Parameters
    ----------
    titles
        Titles; long ones are cut.
    height
        Of one panel, in inches; many are less high.
    common
        Which axes all panels share, of ``"x"`` and ``"y"``.
    """
    across = 2 if len(titles) == 4 else min(3, len(titles))
    down = ceil(len(titles) / across)
    width = (0.0, 6.0, 8.4, 10.4)[across]
    height = height or (2.7 if down <= 4 else 2.2)
    layout = ConstrainedLayoutEngine(h_pad=0.06)  # titles stand clear of the marks above
    figure = Figure(figsize=(width, height * down + 0.4), layout=layout)
    grid = figure.subplots(down, across, sharex="x" in common, sharey="y" in common, squeeze=False)
    axes: list[Axes] = list(grid.flat)
    for spare in axes[len(titles) :]:
        spare.set_visible(False)
    for axis, title in zip(axes, titles, strict=False):
        axis.set_title(folded(title, TITLE[across]))
        axis.tick_params(labelbottom=True, length=3)
    return figure, axes[: len(titles)]


def label_axes(figure: Figure, across: str, up: str) -> None:
    """Change a figure: name the axes that its panels share."""
    figure.supxlabel(across, color=INK, fontsize=9)
    figure.supylabel(up, color=INK, fontsize=9)


def add_legend(figure: Figure, axes: Sequence[Axes], order: Sequence[str] = ()) -> None:
    """Change a figure: explain the marks of all panels once, at the right, labels in this order."""
    entries = [axis.get_legend_handles_labels() for axis in axes]
    found = {name: mark for pair in entries for mark, name in zip(*pair, strict=True)}
    shorts = [key_text(name) for name in order]
    ordered = [*shorts, *(name for name in found if name not in shorts)]
    handles = {name: found[name] for name in ordered if name in found}
    if handles:
        figure.legend(handles.values(), handles.keys(), loc="outside right upper")


def short(label: str, length: int) -> str:
    """Fit a stranger's label into a figure."""
    return clipped(printable(label), length)


def key_text(label: str) -> str:
    """Fit a stranger's label into a legend, in two lines if it is long."""
    return folded(label, KEY)


def folded(label: str, length: int) -> str:
    r"""Fit a stranger's label into two lines, broken after a mark if possible.

    >>> folded("magnitude-iterative[rate=0.2,half_output=true]", 29)
    'magnitude-iterative[rate=0.2,\nhalf_output=true]'
    """
    text = printable(label).replace("\n", " ")
    if len(text) <= length:
        return text
    after = 1 + max(text.rfind(mark, 0, length) for mark in "], ")
    place = max(after, text.rfind("[", 0, length + 1))
    place = place if place > length // 2 else length
    return f"{text[:place].rstrip()}\n{clipped(text[place:], length)}"


def settle(axis: Axes) -> None:
    """Change a panel: its title and the empty labels of its axes keep their places.

    Otherwise matplotlib measures all numbers of an axis several times, in laying out and drawing,
    to find places that show nothing. Left alone is a panel whose axes have labels, or an offset
    beside their numbers, which the title has to make room for.
    """
    for each in (axis.xaxis, axis.yaxis):
        each.get_majorticklabels()  # makes the ticks; only then is the offset known
        if each.get_label_text() or each.get_major_formatter().get_offset():
            return
    axis.xaxis.set_label_coords(0.5, 0.0)
    axis.yaxis.set_label_coords(0.0, 0.5)
    if title := axis.get_title("left"):
        axis.set_title(title, loc="left", y=1.0)


def finish(figure: Figure, name: str, title: str, caption: str) -> Drawing:
    """Change a figure by laying it out, and give it as a drawing; to be called within `style`.

    Laying out once saves the extra drawing that every saving would do.
    """
    for axis in figure.axes:
        settle(axis)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine(None)
    page = StringIO()
    figure.savefig(page, format="svg", metadata=BARE["svg"])
    svg = signed(described(tidied(page.getvalue(), FAMILY), title, caption))
    return Drawing(name, title, caption, svg, figure)
