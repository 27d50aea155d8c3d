"""Where published numbers and trials belong in a published table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from prunebench.core.digest import Json
from prunebench.experiment.layout import Layout
from prunebench.report.grid import is_dense
from prunebench.report.papers.published import Published
from prunebench.report.papers.stand import Stand, rank, stand_of
from prunebench.report.tables.methods import inner
from prunebench.results.measurement import Measurement

DENSE = "dense"
PENALTY = "sparsity-training"
"""Protocols of publications: the unpruned network, and the one trained with a penalty."""

Key = TypeVar("Key")

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
        Ours where a second one stands for the same network; empty for the one that the published
        numbers are compared with.
    """

    dataset: str
    model: str
    lr: str = ""
    setting: str = ""


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
    """Where a trial belongs: block, slot, and the protocol as a column.

    The column is the protocol's id; its whole label where it is a further one of that id.
    """

    block: Block
    slot: Slot
    column: str
    row: Measurement


def is_shown(layout: Layout, one: Published) -> bool:
    """Say whether a layout shows a published number."""
    dense = one.protocol == DENSE
    metric = OF_DENSE.get(layout.metric, layout.metric) if dense else layout.metric
    wanted = one.protocol in layout.columns or (dense and DENSE in layout.rows)
    return (
        wanted
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
    protocol = one.protocol if layout.is_long else ""
    return Slot(one.method, plain(one.target), one.printed, protocol)


Found: TypeAlias = tuple[Stand, Measurement]
"""A trial, and what its network stands for."""


@dataclass(frozen=True)
class Names:
    """Of settings, methods and protocols that answer to one name, the one that has it."""

    settings: Mapping[Block, str]
    methods: Mapping[tuple[str, str], str]
    protocols: Mapping[tuple[str, str], str]


def places(
    layout: Layout, rows: Iterable[Measurement], known: Sequence[Stand]
) -> tuple[Place, ...]:
    """Find the trials that belong in the table, and where; controls do not.

    Parameters
    ----------
    layout
        What labels a line.
    rows, known
        All trials; what the parts of the run stand for. Of several settings, methods or protocols
        that answer to one name, the one that was asked for first has the name, and the others
        have their labels.
    """
    found = [
        (stand, row)
        for row in rows
        if not row.control_of and (stand := stand_of(row, known)) and belongs(layout, stand, row)
    ]
    names = named(layout, found, known)
    return tuple(placed(layout, names, stand, row) for stand, row in found)


def named(layout: Layout, found: Sequence[Found], known: Sequence[Stand]) -> Names:
    """Say which of several has a name: what was asked for first."""
    return Names(
        firsts(
            (head(layout, stand, row), setting(row), (known.index(stand),)) for stand, row in found
        ),
        firsts(
            ((setting(row), method_of(row)), row.method, method_rank(stand, row))
            for stand, row in found
            if not is_dense(row)
        ),
        firsts(
            ((setting(row), protocol_of(row)), row.protocol, protocol_rank(stand, row))
            for stand, row in found
        ),
    )


def placed(layout: Layout, names: Names, stand: Stand, row: Measurement) -> Place:
    """Say where one trial belongs."""
    block, own = head(layout, stand, row), setting(row)
    method, column = method_of(row), protocol_of(row)
    if names.settings[block] != own:
        block = replace(block, setting=own)
    if names.protocols[own, column] != row.protocol:
        column = row.protocol
    if not is_dense(row) and names.methods[own, method] != row.method:
        method = row.method
    slot = Slot(method, plain(row.target), protocol=column if layout.is_long else "")
    return Place(block, slot, column, row)


def belongs(layout: Layout, stand: Stand, row: Measurement) -> bool:
    """Say whether a trial has a column, and passes the layout's filters."""
    names = {
        "dataset": [stand.dataset],
        "model": [stand.model],
        "method": [method_of(row), row.method],
        "target": [row.target],
        "protocol": [protocol_of(row), row.protocol],
        "lr": [training_lr(row)],
    }
    protocol = protocol_of(row)
    # An unpruned network has neither method nor target, so no filter on them removes it.
    free = {"method", "target", "protocol"} if protocol == DENSE else set()
    asked = {key: options for key, options in layout.where.items() if key in names.keys() - free}
    return (protocol == DENSE or protocol in layout.columns) and all(
        is_among(names[key], options) for key, options in asked.items()
    )


def head(layout: Layout, stand: Stand, row: Measurement) -> Block:
    """Give the block of a trial, whichever setting of ours it has."""
    lr = plain(training_lr(row)) if "lr" in layout.rows else ""
    return Block(stand.dataset, stand.model, lr)


def setting(row: Measurement) -> str:
    """Name data set, model and recipe of ours."""
    return f"{row.dataset} · {row.model} · {row.recipe}"


def training_lr(row: Measurement) -> str:
    """Write the initial rate of a trial's dense training; empty if it is not known."""
    return str(inner(row.settings, "training").get("lr", ""))


def method_of(row: Measurement) -> str:
    """Give the id of the method whose line a trial is on; a dense one may have its penalty."""
    return row.regularized_by.partition("[")[0] or row.method_id


def protocol_of(row: Measurement) -> str:
    """Give the id of the protocol in whose column a trial is."""
    if not is_dense(row):
        return row.protocol_id
    return PENALTY if row.regularized_by else DENSE


def method_rank(stand: Stand, row: Measurement) -> tuple[int, str]:
    """Give the place of a trial's method among those asked for."""
    return rank(row.method, inner(inner(row.settings, "method"), "settings"), stand.methods)


def protocol_rank(stand: Stand, row: Measurement) -> tuple[int, str]:
    """Give the place of a trial's protocol among those asked for."""
    return rank(row.protocol, inner(row.settings, "protocol"), stand.protocols)


def firsts(
    found: Iterable[tuple[Key, str, tuple[int | str, ...]]],
) -> dict[Key, str]:
    """Of the labels that answer to one key, give the one that sorts first."""
    best: dict[Key, tuple[tuple[int | str, ...], str]] = {}
    for key, label, order in found:
        entry = ((*order, label), label)
        best[key] = min(best.get(key, entry), entry)
    return {key: label for key, (_, label) in best.items()}
