"""Learning curves of the retrainings."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from statistics import fmean
from typing import TypeAlias

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from prunebench.report.achieved import missed_phrase
from prunebench.report.figures.drawing import (
    DASHES,
    INK,
    Drawing,
    finish,
    key_text,
    label_axes,
    panels,
    pen,
    style,
)
from prunebench.report.grid import Entry, Grid
from prunebench.results.measurement import Measurement

Curve: TypeAlias = dict[float, float]
"""Value by step."""

DEPTH = 25.0
"""How far below its best point an accuracy axis reaches, in percent."""


def learning_figure(grid: Grid, slug: str) -> Drawing | None:
    """Draw a panel per method with a line per protocol and target; None without curves.

    Validation accuracy is shown where there is any, otherwise the training loss. Of many targets
    only the first, the middle and the last are drawn.
    """
    quantity, factor, title = choose(grid.rows)
    chosen = {name: few([e for e in grid.entries if e.method == name]) for name in grid.methods}
    curves = {
        (entry.method, entry.target, protocol): average(entry.under(protocol), quantity, factor)
        for entries in chosen.values()
        for entry in entries
        for protocol in grid.protocols
    }
    if not any(curves.values()):
        return None
    with style():
        figure, axes = panels(grid.methods)
        for axis, entries in zip(axes, chosen.values(), strict=True):
            draw(axis, entries, grid.protocols, curves)
        if quantity == "validation_accuracy":
            best = max(value for curve in curves.values() for value in curve.values())
            axes[0].set_ylim(bottom=max(best - DEPTH, axes[0].get_ylim()[0]))
        axes[0].xaxis.set_major_locator(MaxNLocator(4))
        axes[0].xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        label_axes(figure, "retraining step", title)
        used = {protocol for (_, _, protocol), curve in curves.items() if curve}
        figure.legend(handles=legend(chosen, grid.protocols, used), loc="outside right upper")
        text = caption(title, chosen, grid)
        return finish(figure, f"{slug}-learning", f"Learning curves: {title}", text)


def choose(rows: Iterable[Measurement]) -> tuple[str, float, str]:
    """Choose what to draw: name of the curve, factor, and title of the axis."""
    if any(row.curve.get("validation_accuracy") for row in rows):
        return "validation_accuracy", 100.0, "validation accuracy (%)"
    return "train_loss", 1.0, "training loss (nats)"


def few(entries: Sequence[Entry]) -> list[Entry]:
    """Keep at most three: the first, the middle and the last."""
    if len(entries) <= 3:
        return list(entries)
    return [entries[0], entries[len(entries) // 2], entries[-1]]


def average(rows: Iterable[Measurement], quantity: str, factor: float) -> Curve:
    """Average curves step by step: draws within each seed first, then seeds."""
    seeds: dict[int, list[Curve]] = {}
    for row in rows:
        if row.status == "ok":
            seeds.setdefault(row.seed, []).append(curve_of(row, quantity, factor))
    return merge(merge(draws) for draws in seeds.values())


def curve_of(row: Measurement, quantity: str, factor: float) -> Curve:
    """Read one curve; points without a value are left out."""
    steps, values = row.curve.get("step", ()), row.curve.get(quantity, ())
    pairs = zip(steps, values, strict=False)
    return {step: factor * value for step, value in pairs if step is not None and value is not None}


def merge(curves: Iterable[Curve]) -> Curve:
    """Give the mean of several curves at the steps that all of them have.

    Scratch-B may end at another step for each seed: a mean over fewer seeds would make a jump.
    """
    kept = [curve for curve in curves if curve]
    common = set(kept[0]).intersection(*kept[1:]) if kept else set()
    return {step: fmean([curve[step] for curve in kept]) for step in sorted(common)}


def draw(
    axis: Axes,
    entries: Sequence[Entry],
    protocols: Sequence[str],
    curves: Mapping[tuple[str, str, str], Curve],
) -> None:
    """Change a panel: colour and marker say the protocol, dashes say the target."""
    for number, entry in enumerate(entries):
        for index, protocol in enumerate(protocols):
            curve = curves[entry.method, entry.target, protocol]
            axis.plot(
                list(curve),
                list(curve.values()),
                color=pen(index).colour,
                linestyle=DASHES[number],
                linewidth=1.3,
                marker=pen(index).marker,
                markersize=3.5,
                markevery=max(1, len(curve) // 4),
            )


def legend(
    chosen: Mapping[str, Sequence[Entry]], protocols: Sequence[str], used: Collection[str]
) -> list[Line2D]:
    """Explain the colours and markers of the protocols that have a curve, then the dashes."""
    colours = [
        Line2D(
            [],
            [],
            color=pen(number).colour,
            marker=pen(number).marker,
            markersize=3.5,
            label=key_text(protocol),
        )
        for number, protocol in enumerate(protocols)
        if protocol in used
    ]
    dashes = [
        Line2D([], [], color=INK, linestyle=DASHES[number], label=key_text(label))
        for number, label in enumerate(target_labels(chosen.values()))
    ]
    return [*colours, *dashes]


def target_labels(chosen: Iterable[Sequence[Entry]]) -> list[str]:
    """Name the targets that share a dash pattern; methods may differ in theirs."""
    shared = zip_longest(*([entry.target for entry in entries] for entries in chosen))
    return ["target " + " / ".join(dict.fromkeys(t for t in targets if t)) for targets in shared]


def caption(title: str, chosen: Mapping[str, Sequence[Entry]], grid: Grid) -> str:
    """Explain the figure; targets left out are pointed out."""
    text = f"Learning curves of the retrainings: {title}, mean over seeds, one panel per method."
    if sum(map(len, chosen.values())) < len(grid.entries):
        text += " Of each method's targets only the first, the middle and the last are drawn."
    return text + missed_phrase(entry for entries in chosen.values() for entry in entries)
