"""Places of a published table, and where in it published numbers belong."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from prunebench.core.digest import Json
from prunebench.experiment.layout import Layout
from prunebench.report.papers.columns import DENSE
from prunebench.report.papers.published import Published
from prunebench.results.measurement import Measurement

Setting: TypeAlias = tuple[str, str, str]
"""Data set, model and recipe of ours."""

OF_DENSE = {"top1_change": "top1_accuracy", "top5_change": "top5_accuracy"}
"""What the unpruned network's number is where the others are changes of it."""


@dataclass(frozen=True)
class Block:
    """Lines that share an unpruned network.

    Parameters
    ----------
    dataset, model, lr
        The publication's names; the rate where lines are labelled with it.
    setting
        Ours where another one stands for the same network; empty for the one that the published
        numbers are compared with.
    told
        What tells it from that one; empty without.
    """

    dataset: str
    model: str
    lr: str = ""
    setting: Setting = ("", "", "")
    told: str = ""

    @property
    def head(self) -> "Block":
        """The block of the published numbers."""
        return replace(self, setting=("", "", ""), told="")


@dataclass(frozen=True)
class Slot:
    """What tells the lines of a block apart.

    Parameters
    ----------
    method
        Its id; the whole label of ours where it is a further one of that id.
    target
        Label of the target as prunebench writes it; empty if it has none.
    printed
        The target as the publication prints it; empty for what it does not have.
    protocol
        Of a table whose protocols are lines.
    """

    method: str
    target: str
    printed: str = ""
    protocol: str = ""


@dataclass(frozen=True)
class Place:
    """Where a trial belongs: block, slot, and the column.

    The column is one of the layout; the protocol's whole label where it is a further one.
    """

    block: Block
    slot: Slot
    column: str
    row: Measurement


def is_shown(layout: Layout, one: Published) -> bool:
    """Say whether a layout shows a published number."""
    dense = one.protocol == DENSE
    metric = OF_DENSE.get(layout.metric, layout.metric) if dense else layout.metric
    wanted = layout.column(one.protocol) or (dense and DENSE in layout.rows)
    return (
        bool(wanted)
        and one.metric == metric
        and all(is_among([getattr(one, key)], options) for key, options in layout.where.items())
    )


def is_among(names: Iterable[str], options: Iterable[Json]) -> bool:
    """Say whether any of some names is an option, numbers as numbers.

    >>> is_among(["0.10"], [0.1]), is_among(["VGG-16"], ["ResNet-50"])
    (True, False)
    """
    return not {plain(str(option)) for option in options}.isdisjoint(map(plain, names))


def plain(text: str) -> str:
    """Write equal numbers equally.

    >>> plain("0.10"), plain("vgg16-a")
    ('0.1', 'vgg16-a')
    """
    try:
        return repr(float(text))
    except ValueError:
        return text


def block_of(layout: Layout, one: Published) -> Block:
    """Give the block of a published number."""
    return Block(one.dataset, one.model, plain(one.lr) if "lr" in layout.rows else "")


def slot_of(layout: Layout, one: Published) -> Slot:
    """Give the slot of a published number."""
    protocol = printed_column(layout, one) if layout.is_long else ""
    return Slot(one.method, plain(one.target), one.printed, protocol)


def printed_column(layout: Layout, one: Published) -> str:
    """Give the column of a published number: the first whose protocol it is."""
    return layout.column(one.protocol) or one.protocol
