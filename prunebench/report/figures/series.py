"""Lines against the weights that remain, with bands, as the lottery-ticket papers draw them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log2, log10

from matplotlib.axes import Axes

from prunebench.report.figures.band import Band
from prunebench.report.figures.drawing import INK, pen

SHIFT = 0.05
"""Distance between the lines of a panel in octaves, so that their bars stand side by side."""

ROOM = 0.3
"""Octaves on either side of the lines."""

SIZE = 5.5
"""Of a marker, in points."""

ROUND = (1, 1.5, 2, 3, 4, 5, 7)
"""Marks of a decade: some lies in any octave."""

AXIS = "prunable weights remaining (%)"


@dataclass(frozen=True)
class Place:
    """Where a line stands among the lines of its panel.

    Parameters
    ----------
    number
        Counted from 0; gives its look.
    lines
        How many there are.
    """

    number: int
    lines: int

    @property
    def shift(self) -> float:
        """Factor on the kept fraction: a few hundredths of an octave to the side."""
        return float(2 ** (SHIFT * ((self.lines - 1) / 2 - self.number)))


@dataclass(frozen=True)
class Mark:
    """One point of a line.

    Parameters
    ----------
    density
        Kept fraction.
    band
        What stands there, in the unit of the axis.
    hollow
        Whether it is drawn hollow.
    """

    density: float
    band: Band
    hollow: bool = False


def draw_series(axis: Axes, marks: Sequence[Mark], place: Place, label: str) -> None:
    """Change a panel: add a line with a bar at each point and a band along them."""
    look = pen(place.number)
    across = [100 * mark.density * place.shift for mark in marks]
    lows, highs = [m.band.low for m in marks], [m.band.high for m in marks]
    axis.fill_between(across, lows, highs, color=look.colour, alpha=tint(place), linewidth=0)
    axis.vlines(across, lows, highs, color=look.colour, linewidth=1.2)
    axis.plot(
        across,
        [mark.band.mean for mark in marks],
        color=look.colour,
        marker=look.marker,
        markersize=SIZE * look.scale,
        linestyle=look.dashes,
        markeredgecolor="white",
        markeredgewidth=0.6,
        label=label,
    )
    hollow = [(x, m.band.mean) for x, m in zip(across, marks, strict=True) if m.hollow]
    if hollow:
        axis.plot(
            *zip(*hollow, strict=True),
            color=look.colour,
            marker=look.marker,
            markersize=SIZE * look.scale,
            markerfacecolor="white",
            markeredgewidth=1.1,
            linestyle="none",
        )


def tint(place: Place) -> float:
    """Give the opacity of a band: fainter where many lie over each other."""
    return 0.16 if place.lines <= 3 else 0.09 if place.lines <= 5 else 0.05


def draw_level(axis: Axes, level: Band | None, label: str) -> None:
    """Change a panel: add the dense network as a level line in a grey band."""
    if level is None:
        return
    axis.axhspan(level.low, level.high, color=INK, alpha=0.12, linewidth=0)
    axis.axhline(level.mean, color=INK, linewidth=1.1, linestyle=(0, (6, 3)), label=label)


def halve(axis: Axes, densities: Iterable[float]) -> None:
    """Change the axis of weights: halvings, from much on the left to little on the right."""
    most, least = ends(densities)
    ticks = halvings(most, least)
    axis.set_xscale("log", base=2)
    axis.set_xticks(ticks, list(map(tick_text, ticks)))
    axis.set_xticks([], minor=True)
    axis.set_xlim(100 * 2**most, 100 * 2**least)


def ends(densities: Iterable[float]) -> tuple[float, float]:
    """Give the ends of the axis in octaves: all densities with room on either side."""
    found = [log2(density) for density in densities]
    room = max(ROOM, 0.5 - (max(found) - min(found)) / 2)
    return max(found) + room, min(found) - room


def halvings(most: float, least: float) -> list[float]:
    """Give the marks of the axis in percent: about eight halvings; round numbers if few fit in.

    >>> halvings(0.3, -2.3), halvings(-1.8, -2.8), halvings(-0.1, -0.9)
    ([25.0, 50.0, 100.0], [15.0, 20.0], [70.0])
    """
    powers = range(ceil(least), min(floor(most), 0) + 1)
    if len(powers) > 1:
        return [100 * 2.0**power for power in powers[:: ceil(len(powers) / 8)]]
    low, high = 100 * 2**least, 100 * 2 ** min(most, 0)
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    found = [float(f"{step}e{power}") for power in decades for step in ROUND]
    return [one for one in found if low <= one <= high]


def tick_text(value: float) -> str:
    """Write a mark of an axis with three digits; a half is rounded up, as people do.

    >>> tick_text(3.125), tick_text(50.0)
    ('3.13', '50')
    """
    return f"{value * (1 + 1e-9):.3g}"
