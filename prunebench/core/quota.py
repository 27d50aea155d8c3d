"""How many units a round keeps: per layer, over all layers, or as many as a cost allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TypeAlias

from prunebench.core.target import Measure
from prunebench.errors import ContractError

GUARD = Fraction(1, 10**9)
"""Added before flooring, so that int(10 · (1 − 0.9)) is 1 and not 0 (survey of released codes)."""


@dataclass(frozen=True)
class PerLayer:
    """Keep `counts[name]` units of each layer or group; unnamed ones stay as they are."""

    counts: Mapping[str, int]


@dataclass(frozen=True)
class Overall:
    """Keep `count` units, ranked over all layers or groups together."""

    count: int


@dataclass(frozen=True)
class Within:
    """Keep the most units, ranked together, whose cost is at most `density` of the dense cost.

    Raises
    ------
    ContractError
        If `of` is ``"units"``, which are counted and not costed.
    """

    density: float
    of: Measure

    def __post_init__(self) -> None:
        if self.of == "units":
            msg = "a quota by cost counts params or macs, got units; use Overall for units."
            raise ContractError(msg)


@dataclass(frozen=True)
class Positive:
    """Keep every unit whose score is above zero: the method itself found how many those are."""


@dataclass(frozen=True)
class LikeMask:
    """Keep as many units of every layer as another prune stage did.

    Parameters
    ----------
    stage
        That stage's key.
    """

    stage: str


Quota: TypeAlias = PerLayer | Overall | Within | Positive | LikeMask
"""What a round keeps; the last kind is the host's own, for controls."""


def removed(size: int, density: float) -> int:
    """Count the units to remove from `size` so that `density` stays: floor(p·N + 1e-9).

    The density is taken at its shortest decimal form, so large N lose no unit to rounding.

    >>> removed(10, 0.9), removed(10, 0.7), removed(7, 0.5)
    (1, 3, 3)
    """
    return floor((1 - Fraction(repr(float(density)))) * size + GUARD)


def uniform(sizes: Mapping[str, int], density: float, min_keep: int = 0) -> PerLayer:
    """Keep the same fraction of every layer, at least `min_keep` units of each."""
    return PerLayer(
        {name: max(min(min_keep, n), n - removed(n, density)) for name, n in sizes.items()}
    )


def overall(sizes: Mapping[str, int], density: float) -> Overall:
    """Keep a fraction of all units together."""
    total = sum(sizes.values())
    return Overall(total - removed(total, density))


def shrinking(keep: Quota, alive: Mapping[str, int]) -> tuple[str, ...]:
    """Name the layers or groups that a quota makes smaller; all of them where it does not say.

    Parameters
    ----------
    keep
        The quota.
    alive
        Units that are there, by layer or group.
    """
    if not isinstance(keep, PerLayer):
        return tuple(alive)
    return tuple(name for name, count in alive.items() if keep.counts.get(name, count) < count)
