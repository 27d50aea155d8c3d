"""Choose which units stay: exact counts, ties broken by layer order and then by flat index."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import TypeAlias

import torch
from torch import Tensor

from prunebench.core.mask import Mask
from prunebench.core.quota import LikeMask, Overall, PerLayer, Positive, Quota
from prunebench.errors import ContractError

Overrun: TypeAlias = Callable[[Mapping[str, int]], float]
"""Cost of kept counts minus what is allowed, in parameters or multiply-adds."""

Floor: TypeAlias = int | Mapping[str, int]
"""Units that always stay: of every layer the same, or by name."""


@dataclass(frozen=True)
class Selection:
    """A mask, and by how many units (or how much cost) its quota was missed; 0 normally."""

    mask: Mask
    shortfall: int


@dataclass(frozen=True)
class Order:
    """Removable units from lowest to highest score.

    Parameters
    ----------
    owner
        Index of the unit's layer in `alive`, int64.
    index
        Flat index in that layer, int64.
    """

    owner: Tensor
    index: Tensor


def select(
    scores: Mapping[str, Tensor],
    alive: Mask,
    keep: Quota,
    floor: Floor = 0,
    overrun: Overrun | None = None,
) -> Selection:
    """Remove the lowest scores until the quota is met; dead units stay dead.

    Parameters
    ----------
    scores
        One tensor per entry of `alive`, of its shape; larger is kept longer.
    alive
        Units still there, in layer order.
    keep
        The quota, cumulative.
    floor
        Units of each layer that stay whatever their score; their place is taken by the next
        lowest, so counts hold.
    overrun
        How far kept counts lie above the limit of a `Within` quota.

    Raises
    ------
    ContractError
        If scores are missing, have another shape, or hold NaN, or the quota is another stage's.
    """
    check_scores(scores, alive)
    if isinstance(keep, LikeMask):
        msg = f"the counts of stage {keep.stage} must be read before units can be selected."
        raise ContractError(msg)
    if isinstance(keep, PerLayer):
        return per_layer(scores, alive, keep, floor)
    if isinstance(keep, Positive):
        return positive(scores, alive, floor)
    order = removal_order(scores, alive, floor)
    if isinstance(keep, Overall):
        wanted = sum(alive.counts.values()) - keep.count
        taken = min(max(wanted, 0), len(order.owner))
        return Selection(drop(alive, order, taken), max(wanted, 0) - taken)
    if overrun is None:
        msg = "a quota by cost cannot be met without knowing what units cost."
        raise ContractError(msg)
    return within(alive, order, overrun)


def check_scores(scores: Mapping[str, Tensor], alive: Mask) -> None:
    """Refuse scores that do not fit the mask."""
    if not is_scores(scores):
        msg = f"score() must give a mapping from names to tensors, got {type(scores).__name__}."
        raise ContractError(msg)
    if set(scores) != set(alive):
        odd = ", ".join(sorted(set(scores) ^ set(alive)))
        msg = f"score() must give one tensor for every layer or group; differs in: {odd}."
        raise ContractError(msg)
    for name, score in scores.items():
        if score.shape != alive[name].shape:
            wanted = tuple(alive[name].shape)
            msg = (
                f"scores of {name!r} have shape {tuple(score.shape)}, but its units have {wanted}."
            )
            raise ContractError(msg)
        if score.is_meta:
            msg = f"scores of {name!r} are on the meta device and have no values."
            raise ContractError(msg)
        if bool(torch.isnan(score).any()):
            msg = f"scores of {name!r} hold NaN; every unit needs a number."
            raise ContractError(msg)


def is_scores(given: object) -> bool:
    """Say whether what a method gave is a mapping of tensors, as it promised."""
    return isinstance(given, Mapping) and all(isinstance(s, Tensor) for s in given.values())


def least(floor: Floor, name: str) -> int:
    """Give how many units of a layer always stay."""
    return floor if isinstance(floor, int) else floor.get(name, 0)


def positive(scores: Mapping[str, Tensor], alive: Mask, floor: Floor) -> Selection:
    """Remove what scores zero; where that is nearly all of a layer, its best units stay."""
    above = {name: int((kept & (scores[name] > 0).cpu()).sum()) for name, kept in alive.items()}
    counts = {
        name: max(count, min(least(floor, name), alive.counts[name]))
        for name, count in above.items()
    }
    return Selection(per_layer(scores, alive, PerLayer(counts), 0).mask, 0)


def per_layer(scores: Mapping[str, Tensor], alive: Mask, keep: PerLayer, floor: Floor) -> Selection:
    """Select within each layer."""
    masks: dict[str, Tensor] = {}
    short = 0
    for name, kept in alive.items():
        order = removal_order({name: scores[name]}, Mask({name: kept}), floor)
        wanted = max(0, int(kept.sum()) - keep.counts.get(name, kept.numel()))
        taken = min(wanted, len(order.owner))
        short += wanted - taken
        masks[name] = drop(Mask({name: kept}), order, taken)[name]
    return Selection(Mask(masks), short)


def removal_order(scores: Mapping[str, Tensor], alive: Mask, floor: Floor) -> Order:
    """Rank the living units of all layers, without the `floor` best of each layer."""
    values, owners, places = [], [], []
    for number, (name, kept) in enumerate(alive.items()):
        index = kept.flatten().nonzero().flatten()
        value = scores[name].detach().cpu().flatten()[index]
        order = torch.argsort(value, stable=True)[: max(0, len(index) - least(floor, name))]
        values.append(value[order])
        owners.append(torch.full_like(order, number))
        places.append(index[order])
    rank = torch.argsort(torch.cat(values), stable=True)
    return Order(torch.cat(owners)[rank], torch.cat(places)[rank])


def drop(alive: Mask, order: Order, count: int) -> Mask:
    """Remove the first `count` units of the order."""
    owner, index = order.owner[:count], order.index[:count]
    masks = {}
    for number, (name, kept) in enumerate(alive.items()):
        flat = kept.flatten().clone()
        flat[index[owner == number]] = False
        masks[name] = flat.view(kept.shape)
    return Mask(masks)


def within(alive: Mask, order: Order, overrun: Overrun) -> Selection:
    """Remove the fewest units, lowest first, that bring the cost down to the limit."""
    before = torch.tensor(list(alive.counts.values()))

    def over(count: int) -> float:
        gone = torch.bincount(order.owner[:count], minlength=len(before))
        return overrun(dict(zip(alive, (before - gone).tolist(), strict=True)))

    low, high = 0, len(order.owner)
    if over(high) > 0:
        return Selection(drop(alive, order, high), ceil(over(high)))
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if over(middle) <= 0 else (middle + 1, high)
    return Selection(drop(alive, order, low), 0)
