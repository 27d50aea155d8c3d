"""Which features of a network depend on each other, as torch-pruning finds by autograd.

Fang et al. 2023, section 3. The library follows indices through additions, concatenations, splits
and flattening; what it does not know it takes for an operation on each channel alone. So whatever
is found here is a proposal that must be verified.
"""

import io
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

import torch
import torch_pruning
from torch import nn
from torch_pruning.ops import OPTYPE

from prunebench.core.equivalence import brief
from prunebench.core.feature_sets import Feature, Node, Sets, block_of
from prunebench.core.initialise import BatchNorm, Kernel, kernels

OPERATIONS = {
    OPTYPE.CONCAT,
    OPTYPE.SPLIT,
    OPTYPE.ELEMENTWISE,
    OPTYPE.RESHAPE,
    OPTYPE.UNBIND,
    OPTYPE.EXPAND,
    OPTYPE.SLICE,
    OPTYPE.OUTPUT,
}
"""Nodes without features of their own."""


MOST = 2**18
"""Features of a flattened map beyond which indices are taken to grow without end."""

UNKNOWN = "an operation changes their number in an unknown way"


@dataclass
class Unit:
    """Features that can only go together.

    Parameters
    ----------
    written, normed, read
        Indices of what kernels write, batch norms change and kernels read, by module name. What a
        convolution in blocks reads follows from what it writes.
    nodes
        Everything they pass.
    """

    written: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    normed: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    read: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    nodes: set[Node] = field(default_factory=set)


class Dependencies:
    """The dependency graph of one network.

    The images go through a convolution of our own before the network, so that the graph knows
    them, and the scores through a multiplication behind it, so that it knows those.

    Parameters
    ----------
    network
        In eval mode, on the CPU; it is asked for gradients.
    shape
        Channels, height, width of one image.
    """

    def __init__(self, network: nn.Module, shape: tuple[int, int, int]) -> None:
        self.network = network
        for parameter in network.parameters():
            parameter.requires_grad_(parameter.is_floating_point())
        entrance = nn.Conv2d(shape[0], shape[0], 1)
        self.graph: Any = torch_pruning.DependencyGraph()
        with torch.enable_grad():
            self.graph.build_dependency(
                nn.Sequential(entrance, network),
                torch.zeros(2, *shape),
                forward_fn=lambda model, images: model(images),
                output_transform=lambda scores: scores * 1,
                verbose=False,
            )
        named = [*network.named_modules(), *network.named_parameters()]
        self.names: dict[Any, str] = {found: name for name, found in named}
        self.entrance: Node = self.graph.module2node.get(entrance)  # None: no gradient gets there
        self.kernels: dict[str, Node] = {
            name: self.graph.module2node[module]
            for name, module in kernels(network)
            if module in self.graph.module2node
        }

    def units(self) -> tuple[list[Unit], dict[str, str]]:
        """Find all units; give also by kernel what the library failed at."""
        sets = Sets()
        failures = {}
        for name, node in self.kernels.items():
            outputs = range(node.module.weight.shape[0])
            if all((node, False, index) in sets.owner for index in outputs):
                continue
            try:
                for features in self.dependent(node, len(outputs)):
                    sets.add(features)
            except Exception as error:  # noqa: BLE001 - the library raises many kinds
                failures[name] = brief(error)
        return [self.unit(features) for features in sets.merged()], failures

    def dependent(self, kernel: Node, size: int) -> list[list[Feature]]:
        """List for each of the features that a kernel writes everything that must go with it.

        Raises
        ------
        IndexError
            If an operation changes the number of features in a way the library does not know.
        """
        found: list[list[Feature]] = [[] for _ in range(size)]
        seen: dict[Any, set[Index]] = defaultdict(set)
        border = [
            (kernel, self.pruner(kernel).prune_out_channels, [Index(i, i) for i in range(size)])
        ]
        while border:
            node, side, indices = border.pop()
            reads = side != self.pruner(node).prune_out_channels
            new = [index for index in map(Index._make, indices) if index not in seen[node, side]]
            seen[node, side].update(new)
            check_range(node, new, reads=reads)
            for index, root in new:
                found[root].append((node, reads, index))
            border += [
                (step.target, step.handler, mapped(new, step.index_mapping))
                for step in node.dependencies
                if new and step.is_triggered_by(side)
            ]
        return found

    def pruner(self, node: Node) -> Any:
        """Give what torch-pruning knows about a node's kind."""
        return self.graph.get_pruner_of_module(node.module)

    def unit(self, features: Iterable[Feature]) -> Unit:
        """Sort features by what is done to them."""
        unit = Unit()
        for feature in features:
            node, reads, index = feature
            unit.nodes.add(node)
            name = self.names.get(node.module, "")
            if isinstance(node.module, BatchNorm):
                unit.normed[name].add(index)
            elif isinstance(node.module, Kernel) and not reads:
                unit.written[name].add(index)
            elif isinstance(node.module, Kernel) and block_of(feature) is None:
                unit.read[name].add(index)
        return unit

    def obstacles(self, unit: Unit) -> list[str]:
        """Name the modules and parameters with features that cannot be cut."""
        return sorted(
            f"{self.names.get(node.module, 'a tensor')} ({type(node.module).__name__})"
            for node in unit.nodes
            if node.type not in OPERATIONS
            and not isinstance(node.module, Kernel | BatchNorm)
            and not (isinstance(node.module, nn.PReLU) and node.module.num_parameters == 1)
        )

    def is_fixed(self, unit: Unit) -> bool:
        """Say whether a unit belongs to the images or to the scores."""
        return any(n is self.entrance or n.type == OPTYPE.OUTPUT for n in unit.nodes)

    def distances(self) -> dict[str, float]:
        """Count by name the kernels on the shortest way from the images to each kernel."""
        found: dict[Node, float] = {}
        border = {self.entrance} - {None}
        while border:
            steps = max(found.values(), default=0) + 1
            border = readers(border) - found.keys()
            found |= dict.fromkeys(border, steps)
        return {name: found.get(node, inf) for name, node in self.kernels.items()}


class Index(NamedTuple):
    """Index of a feature, and of the kernel's feature that it goes with."""

    idx: int
    root_idx: int


def mapped(indices: list[Index], mappings: Iterable[Any]) -> list[Index]:
    """Translate indices along one step of the graph; without mappings they stay.

    Raises
    ------
    IndexError
        If they grow beyond all reason, as they do where the library goes round in circles.
    """
    for mapping in mappings:
        if mapping is not None:
            if len(indices) * len(mapping(indices[:1])) > MOST:
                raise IndexError(UNKNOWN)
            indices = mapping(indices)
    return indices


def check_range(node: Node, indices: Iterable[Index], *, reads: bool) -> None:
    """Refuse indices beyond the features of a kernel or batch norm.

    Raises
    ------
    IndexError
        If there are any.
    """
    module = node.module
    limit = MOST
    if isinstance(module, BatchNorm):
        limit = module.num_features
    elif isinstance(module, nn.Linear):
        limit = module.in_features if reads else module.out_features
    elif isinstance(module, nn.Conv1d | nn.Conv2d):
        limit = module.in_channels if reads else module.out_channels
    if any(index.idx >= limit for index in indices):
        raise IndexError(UNKNOWN)


def readers(nodes: Iterable[Node]) -> set[Node]:
    """Find the kernels that read what nodes give, whatever operations and norms lie between."""
    found: set[Node] = set()
    seen: set[Node] = set()
    border = [reader for node in nodes for reader in node.outputs]
    while border:
        node = border.pop()
        if isinstance(node.module, Kernel):
            found.add(node)
        elif node not in seen:
            seen.add(node)
            border += node.outputs
    return found


def is_addition(node: Node) -> bool:
    """Say whether an operation ties several tensors channel by channel, other than as a gate."""
    ties = node.type == OPTYPE.ELEMENTWISE and len(node.inputs) > 1
    return ties and "Mul" not in node.grad_fn.name()


def concatenations(unit: Unit) -> set[Node]:
    """Find the concatenations that a unit enters."""
    return {node for node in unit.nodes if node.type == OPTYPE.CONCAT}


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the prints and warnings of a library and of a stranger's network from the user."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
