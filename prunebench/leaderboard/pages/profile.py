"""What is kept of each layer, by compression and seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeAlias

from prunebench.bundle.document import LayerCount

Layers: TypeAlias = Sequence[LayerCount]


@dataclass(frozen=True)
class LayerCell:
    """A layer in the trials of one compression.

    Parameters
    ----------
    mean
        Kept share, over trials.
    shares
        Of each trial that has the layer; empty where all are the same.
    """

    mean: float
    shares: tuple[float, ...]


@dataclass(frozen=True)
class LayerLine:
    """A layer at every compression.

    Parameters
    ----------
    name, size
        Of the layer; its weights.
    cells
        By compression; None where no trial has the layer.
    """

    name: str
    size: int
    cells: tuple[LayerCell | None, ...]


Profile: TypeAlias = tuple[LayerLine, ...]


def profile(groups: Sequence[Sequence[Layers]]) -> Profile:
    """Lay the layers of trials out, in the order of the network.

    Parameters
    ----------
    groups
        Layers of every trial of every compression.
    """
    known = dict.fromkeys(
        (one.layer, one.size) for group in groups for trial in group for one in trial
    )
    return tuple(
        LayerLine(name, size, tuple(cell(group, name, size) for group in groups))
        for name, size in known
    )


def cell(group: Sequence[Layers], name: str, size: int) -> LayerCell | None:
    """Give one layer's kept shares at one compression."""
    shares = [
        one.kept / max(size, 1)
        for trial in group
        for one in trial
        if (one.layer, one.size) == (name, size)
    ]
    if not shares:
        return None
    return LayerCell(fmean(shares), tuple(shares) if len(set(shares)) > 1 else ())
