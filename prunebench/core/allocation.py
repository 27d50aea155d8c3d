"""From a target to unit counts: how a density is spread over layers or channel groups."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil
from math import floor as whole

from prunebench.core.cost import Cost, narrow_cost, sparse_cost
from prunebench.core.granularity import Granularity, Scope
from prunebench.core.layout import Layout
from prunebench.core.quota import GUARD, PerLayer, Quota, Within, overall, uniform
from prunebench.core.schedule import exact
from prunebench.core.target import Automatic, Density, Plan, Target
from prunebench.errors import IncompatibleError

BISECTIONS = 60
"""Halvings of [0, 1]: more than a float can tell apart."""


def unit_sizes(layout: Layout, granularity: Granularity) -> dict[str, int]:
    """Count the units in play: weights per prunable layer, or channels per group."""
    if granularity is Granularity.WEIGHT:
        return {layer.name: layer.size for layer in layout.prunable}
    return {group.name: group.size for group in layout.groups}


def allocate(
    layout: Layout, target: Target, granularity: Granularity, scope: Scope, floor: int = 0
) -> Quota:
    """Turn a target into a quota.

    Per layer, every layer or group keeps the same fraction: for weights the target itself; for
    channels, or when multiply-adds are asked for, the largest fraction whose network is not above
    the target. Globally ranked units are counted, or costed when they are selected.

    Raises
    ------
    IncompatibleError
        If a plan names unknown groups or too many units, the target is the method's to find, or
        even the smallest network costs more than asked.
    """
    sizes = unit_sizes(layout, granularity)
    if isinstance(target, Automatic):
        msg = "this method needs a density or a plan; it does not find the size by itself."
        raise IncompatibleError(msg)
    if isinstance(target, Plan):
        return planned(layout, sizes, target)
    if not sizes:
        raise IncompatibleError(nothing(granularity))
    counts_units = target.of == "units" or (
        target.of == "params" and granularity is Granularity.WEIGHT
    )
    if counts_units:
        return (
            uniform(sizes, target.value, floor)
            if scope == "layer"
            else overall(sizes, target.value)
        )
    check_reachable(layout, sizes, target, granularity, floor)
    if scope == "global":
        return Within(target.value, target.of)
    return largest_uniform(layout, sizes, target, granularity, floor)


def nothing(granularity: Granularity) -> str:
    """Say why there is nothing to prune."""
    said = f"the model has nothing to prune by {granularity}"
    if granularity is Granularity.CHANNEL:
        return f"{said}."
    return (
        f"{said}, the prunable set is empty: the recipe's prunable and not_prunable leave out "
        f'every layer; set prunable = "kernels" under [recipe].'
    )


def planned(layout: Layout, sizes: Mapping[str, int], plan: Plan) -> PerLayer:
    """Check a plan's names and integers against the network; residual streams may stay unsaid."""
    for name, kept in plan.kept.items():
        if not 1 <= kept <= sizes.get(name, 0):
            width = f"which has {sizes[name]}" if name in sizes else "which the model does not have"
            msg = f"plan {plan.name!r} keeps {kept} units of {name!r}, {width}."
            raise IncompatibleError(msg)
    coupled = {group.name for group in layout.groups if group.coupled}
    unsaid = [name for name in sizes if name not in plan.kept and name not in coupled]
    if unsaid:
        msg = f"plan {plan.name!r} says nothing of {unsaid[0]!r}: it is made for another network."
        raise IncompatibleError(msg)
    return PerLayer({**sizes, **plan.kept})


def costing(layout: Layout, granularity: Granularity) -> Callable[[Mapping[str, int]], Cost]:
    """Choose how kept counts are costed: as masked weights or as a cut network."""
    if granularity is Granularity.WEIGHT:
        return lambda kept: sparse_cost(layout, kept)
    return lambda kept: narrow_cost(layout, kept)


def limit(layout: Layout, density: float, of: str) -> int:
    """Give the largest allowed cost: a fraction of the prunable set or of the multiply-adds."""
    dense = layout.prunable_size if of == "params" else layout.macs
    return whole(exact(density) * dense + GUARD)


def measure(cost: Cost, of: str) -> int:
    """Read the measure that a density counts from a cost."""
    return cost.prunable if of == "params" else cost.macs


def check_reachable(
    layout: Layout,
    sizes: Mapping[str, int],
    target: Density,
    granularity: Granularity,
    floor: int,
) -> None:
    """Check that the smallest network is not above the target.

    Raises
    ------
    IncompatibleError
        If it is.
    """
    cost = costing(layout, granularity)
    least = measure(cost(at_fraction(sizes, 0.0, floor)), target.of)
    if least > limit(layout, target.value, target.of):
        reached = ceil(10_000 * least / limit(layout, 1.0, target.of)) / 10_000
        msg = (
            f"asked to keep {target.label}, but with {floor} unit(s) in every layer the smallest "
            f"network keeps {reached:g}; ask for at least that."
        )
        raise IncompatibleError(msg)


def largest_uniform(
    layout: Layout,
    sizes: Mapping[str, int],
    target: Density,
    granularity: Granularity,
    floor: int,
) -> PerLayer:
    """Find the largest uniform fraction whose network is not above a reachable target."""
    cost = costing(layout, granularity)
    allowed = limit(layout, target.value, target.of)

    def fits(fraction: float) -> bool:
        return measure(cost(at_fraction(sizes, fraction, floor)), target.of) <= allowed

    return PerLayer(at_fraction(sizes, bisect(fits), floor))


def at_fraction(sizes: Mapping[str, int], fraction: float, floor: int) -> dict[str, int]:
    """Keep the same fraction of every layer, rounded up, at least `floor` units of each."""
    # Exact, without the guard of `uniform`: layers of 16 and 32 must step at the same fraction.
    share = Fraction(fraction)
    return {name: max(min(floor, n), ceil(share * n)) for name, n in sizes.items()}


def bisect(fits: Callable[[float], bool]) -> float:
    """Find the largest fraction in [0, 1] that fits; 0 fits, and smaller fits where larger does."""
    if fits(1.0):
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def floors(floor: int, layout: Layout) -> Mapping[str, int] | int:
    """Say how many units always stay: of a block none, as its shortcut remains."""
    if not layout.groups:
        return floor
    return {group.name: 0 if group.kind == "block" else floor for group in layout.groups}


def overrun(
    layout: Layout, keep: Within, granularity: Granularity
) -> Callable[[Mapping[str, int]], float]:
    """Say how far kept counts lie above a quota by cost; not positive = met."""
    cost = costing(layout, granularity)
    allowed = limit(layout, keep.density, keep.of)
    return lambda kept: measure(cost(kept), keep.of) - allowed
