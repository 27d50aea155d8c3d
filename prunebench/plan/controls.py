"""Controls: do the units a method chose matter, or only how many it left in each layer."""

from prunebench.contracts.method import Method
from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.plan.configured import Configured
from prunebench.plan.pruning import Pruning
from prunebench.plugin.registry import Registry


def controls_of(registry: Registry, pruning: Pruning) -> tuple[Pruning, ...]:
    """Give the prunings that a pruning is held against.

    Every method that is a control for all that is pruned takes part, with its default settings;
    it keeps as many units of every layer.
    """
    found = []
    for name in registry.names("method"):
        offer = registry.method(name)
        method = offer.item()
        if fits(method, pruning):
            by = Configured(offer, method)
            found.append(
                Pruning(pruning.problem, by, pruning.target, pruning.groups, (), like=pruning)
            )
    return tuple(found)


def fits(method: Method, pruning: Pruning) -> bool:
    """Say whether a method can be the control of a pruning."""
    return method.name != pruning.method.name and pruned_kinds(pruning) <= method.control_for


def pruned_kinds(pruning: Pruning) -> frozenset[str]:
    """Name what a pruning removes: weights, or kinds of channel groups."""
    return frozenset(group.kind for group in pruning.groups) or frozenset({"weight"})


def from_scratch(registry: Registry) -> tuple[Protocol, ...]:
    """Give the protocols that train the small network itself, as long as the dense one."""
    return tuple(
        offer.item
        for offer in map(registry.protocol, registry.names("protocol"))
        if offer.item.start is Start.NARROW and offer.item.budget is Budget.SAME_EPOCHS
    )
