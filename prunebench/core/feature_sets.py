"""Features of a network that can only go together, as disjoint sets."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

from torch import nn

Node: TypeAlias = Any
"""torch-pruning's node: one module, parameter or operation of the forward pass."""

Feature: TypeAlias = tuple[Node, bool, int]
"""Node, whether it reads the feature, index."""


class Sets:
    """Disjoint sets of features; two sets with a feature in common become one."""

    def __init__(self) -> None:
        self.owner: dict[Any, int] = {}
        self.parent: list[int] = []

    def add(self, features: Iterable[Feature]) -> None:
        """Enter features that go together.

        All that one block of a convolution in blocks reads and writes goes together too.
        """
        new = len(self.parent)
        self.parent.append(new)
        for feature in features:
            self.enter(feature, new)
            block = block_of(feature)
            if block is not None:
                self.enter((feature[0], block), new)

    def enter(self, key: Any, new: int) -> None:
        """Give a feature to a set, or join the set to the one that has the feature."""
        self.parent[self.root(self.owner.setdefault(key, new))] = self.root(new)

    def root(self, index: int) -> int:
        """Find the set that a set has become part of."""
        while self.parent[index] != index:
            index = self.parent[index]
        return index

    def merged(self) -> list[list[Feature]]:
        """Give all sets."""
        found: dict[int, list[Feature]] = defaultdict(list)
        for key, owner in self.owner.items():
            if len(key) == 3:  # not a block
                found[self.root(owner)].append(key)
        return list(found.values())


def block_of(feature: Feature) -> int | None:
    """Say to which block of a convolution in blocks a feature belongs; None elsewhere."""
    node, reads, index = feature
    module = node.module
    if not isinstance(module, nn.Conv1d | nn.Conv2d) or module.groups == 1:
        return None
    size = module.in_channels if reads else module.out_channels
    return index // (size // module.groups)
