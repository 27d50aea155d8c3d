"""Where the trials of a run belong in a published table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from prunebench.experiment.layout import Layout
from prunebench.report.grid import is_dense
from prunebench.report.papers.columns import DENSE, column_of, method_of, protocol_of
from prunebench.report.papers.place import (
    Block,
    Place,
    Setting,
    Slot,
    block_of,
    is_among,
    is_shown,
    plain,
    printed_column,
)
from prunebench.report.papers.published import Published
from prunebench.report.papers.recipes import Rates, apart, fit, rate, training_lr
from prunebench.report.papers.stand import Asked, Stand, rank, stand_of
from prunebench.report.tables.methods import inner
from prunebench.results.measurement import Measurement

Key = TypeVar("Key")

Found: TypeAlias = tuple[Stand, Measurement]
"""A trial, and what its network stands for."""


Ranks: TypeAlias = Mapping[tuple[Block, Setting], tuple[bool | int | str, ...]]
"""Of every setting that stands for a published network its place; whether its rates conflict with
the published ones comes last."""


@dataclass(frozen=True)
class Names:
    """Of settings, methods and protocols that answer to one name, the one that has it.

    A block without a setting is one whose published numbers nothing of ours may be held against.
    """

    settings: Mapping[Block, Setting | None]
    methods: Mapping[tuple[Setting, str], str]
    protocols: Mapping[tuple[Setting, str], str]


def places(
    layout: Layout,
    rows: Iterable[Measurement],
    asked: Asked,
    published: Iterable[Published],
) -> tuple[Place, ...]:
    """Find the trials that belong in the table, and where; controls do not.

    Of several methods or protocols that answer to one name, the one that was asked for first has
    the name; of several settings, that with the published learning rates or else the first part's.
    The others have their labels.

    Parameters
    ----------
    layout
        What labels a line.
    rows, asked
        All trials; what the parts of the run stand for, and their recipes.
    published
        The reference.
    """
    found = [
        (stand, row)
        for row in rows
        if not row.control_of
        and (stand := stand_of(row, asked.stands))
        and belongs(layout, stand, row)
    ]
    ranks = setting_ranks(layout, found, asked, published_rates(layout, published))
    names = named(layout, found, ranks, strict=asked.is_strict)
    ordered = sorted(found, key=lambda one: ranks[head(layout, *one), setting(one[1])])
    return tuple(placed(layout, names, stand, row) for stand, row in ordered)


def named(layout: Layout, found: Sequence[Found], ranks: Ranks, *, strict: bool) -> Names:
    """Say which of several has a name: what was asked for first, with the published rates."""
    best: dict[Block, Setting] = {}
    for block, own in sorted(ranks, key=lambda key: ranks[key]):
        best.setdefault(block, own)
    return Names(
        {block: None if strict and ranks[block, own][-1] else own for block, own in best.items()},
        firsts(
            ((setting(row), method_of(row)), row.method, method_rank(stand, row))
            for stand, row in found
            if not is_dense(row)
        ),
        firsts(
            ((setting(row), column_of(layout, row)), row.protocol, protocol_rank(stand, row))
            for stand, row in found
        ),
    )


def setting_ranks(
    layout: Layout, found: Iterable[Found], asked: Asked, theirs: Mapping[Block, Rates]
) -> Ranks:
    """Order the settings that stand for one network: published rates, then the parts' order."""
    ours: dict[tuple[Block, Setting], dict[str, frozenset[str]]] = {}
    order: dict[tuple[Block, Setting], tuple[int | str, ...]] = {}
    for stand, row in found:
        key, column = (head(layout, stand, row), setting(row)), column_of(layout, row)
        rates = ours.setdefault(key, {})
        rates[column] = rates.get(column, frozenset()) | {plain(rate(row))}
        order[key] = (asked.stands.index(stand), asked.place(row.recipe), *setting(row))
    fits = {key: fit(rates, theirs.get(key[0], {})) for key, rates in ours.items()}
    return {key: (not fits[key][0], *order[key], fits[key][1]) for key in ours}


def published_rates(layout: Layout, published: Iterable[Published]) -> dict[Block, Rates]:
    """Give the learning rates of the published numbers that are shown, by block and column."""
    found: dict[Block, dict[str, frozenset[str]]] = {}
    for one in published:
        if is_shown(layout, one) and one.lr:
            rates, column = found.setdefault(block_of(layout, one), {}), printed_column(layout, one)
            rates[column] = rates.get(column, frozenset()) | {plain(one.lr)}
    return dict(found)


def placed(layout: Layout, names: Names, stand: Stand, row: Measurement) -> Place:
    """Say where one trial belongs."""
    block, own = head(layout, stand, row), setting(row)
    method, column = method_of(row), column_of(layout, row)
    if names.settings[block] != own:
        block = replace(block, setting=own, told=told(own, names.settings[block]))
    if names.protocols[own, column] != row.protocol:
        column = row.protocol
    if not is_dense(row) and names.methods[own, method] != row.method:
        method = row.method
    slot = Slot(method, plain(row.target), protocol=column if layout.is_long else "")
    return Place(block, slot, column, row)


def told(own: Setting, other: Setting | None) -> str:
    """Write what tells a setting of ours from the one that published numbers are held against.

    >>> told(("a", "m", "x[lr=1]"), ("a", "m", "x[lr=2]")), told(("a", "m", "x"), None)
    ('recipe lr=1', 'a · m · x')
    """
    if other is None:
        return " · ".join(own)
    parts = [mine for mine, its in zip(own[:2], other[:2], strict=True) if mine != its]
    if own[2] != other[2]:
        parts.append(f"recipe {apart(own[2], other[2])}")
    return " · ".join(parts)


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
    return (protocol == DENSE or column_of(layout, row) != "") and all(
        is_among(names[key], options) for key, options in asked.items()
    )


def head(layout: Layout, stand: Stand, row: Measurement) -> Block:
    """Give the block of a trial, whichever setting of ours it has."""
    lr = plain(training_lr(row)) if "lr" in layout.rows else ""
    return Block(stand.dataset, stand.model, lr)


def setting(row: Measurement) -> Setting:
    """Name data set, model and recipe of ours."""
    return row.dataset, row.model, row.recipe


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
