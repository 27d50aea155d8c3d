"""Trace the channel groups of a network that declares none, and verify every one.

torch-pruning proposes which features go together (Fang et al. 2023); a proposal counts only if a
network from which half of the channels are cut computes the same as one where they are silenced.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
from torch import Tensor, nn

from prunebench.core.dependency import (
    Dependencies,
    Unit,
    concatenations,
    is_addition,
    quiet,
    readers,
)
from prunebench.core.equivalence import brief, difference, stand_in
from prunebench.core.feature_sets import Node
from prunebench.core.initialise import kernels
from prunebench.core.layout import ChannelGroup, Span
from prunebench.core.random import generator

IMAGES = 2
"""Random images on which a cut and a silenced network are compared."""

APART = "are single or do not lie side by side in all layers"
"""Why channels that could be cut one by one are no group."""

Run: TypeAlias = tuple[str, int, int]
"""Consecutive features of a module: its name, the first, how many."""


@dataclass(frozen=True)
class Traced:
    """What was found in a network.

    Parameters
    ----------
    groups
        Channel groups, verified; in the order of their first layers.
    refused
        By layer name the reason, one sentence, why channels that it writes are in no group. The
        output layer's are in none without a reason.
    """

    groups: tuple[ChannelGroup, ...]
    refused: Mapping[str, str]


def trace(network: nn.Module, shape: tuple[int, int, int]) -> Traced:
    """Find the channel groups of any network.

    Several producers that an addition ties are coupled; channels that reach several readers
    through concatenations are joined. Neither images nor scores are cut. A group is named for its
    first producer; on a residual stream that is the one nearest to the images: the shortcut
    convolution where there is one.

    Parameters
    ----------
    network
        On any device, the meta device included; left as it is. Its values do not matter.
    shape
        Channels, height, width of one image.
    """
    draws = generator(0, "trace")
    # A stranger may print, and draw, while running; the caller may build on the meta device.
    with quiet(), torch.random.fork_rng(devices=[]), torch.device("cpu"):
        try:
            copy = stand_in(network, draws)
            images = torch.randn(IMAGES, *shape, generator=draws)
            check_scores(copy(images))
            dependencies = Dependencies(copy, shape)
        except Exception as error:  # noqa: BLE001 - whatever a stranger or the library raises
            reason = f"the network cannot be followed: {brief(error)}."
            return Traced((), {name: reason for name, _ in kernels(network)})
        refused = unreached(dependencies)
        proposals = named(proposed(dependencies, refused))
        groups = verified(copy, proposals, images, draws, refused)
    return Traced(tuple(groups), refused)


def check_scores(scores: object) -> None:
    """Refuse a network that gives anything but finite scores.

    Raises
    ------
    TypeError, ValueError
        If it does.
    """
    if not isinstance(scores, Tensor):
        msg = f"it gives a {type(scores).__name__} instead of one tensor of scores"
        raise TypeError(msg)
    if not scores.isfinite().all():
        msg = "its scores are not finite"
        raise ValueError(msg)


def unreached(dependencies: Dependencies) -> dict[str, str]:
    """Give reasons for kernels that no gradient of the scores passes."""
    return {
        name: f"{name} was not met as a module on the way from the images to the scores."
        for name, _ in kernels(dependencies.network)
        if name not in dependencies.kernels
    }


def proposed(dependencies: Dependencies, refused: dict[str, str]) -> list[ChannelGroup]:
    """Make groups of what must go together; adds to `refused` what cannot be one."""
    units, failures = dependencies.units()
    for layer, problem in failures.items():
        refused[layer] = f"the channels of {layer} cannot be followed: {problem}."
    found = []
    possible = [unit for unit in units if is_possible(dependencies, unit, refused)]
    declare = Declaration(dependencies, units)
    for stretch in stretches(possible):
        if len(stretch) > 1 and all(start % length == 0 for _, start, length in runs(stretch[0])):
            found.append(declare(stretch))
        else:
            refuse(stretch[0].written, APART, refused)
    return sorted(found, key=lambda group: declare.place[group.producers[0].module])


def is_possible(dependencies: Dependencies, unit: Unit, refused: dict[str, str]) -> bool:
    """Say whether a unit can be cut; if not, refuse it unless it is part of images or scores."""
    if dependencies.is_fixed(unit):
        return False
    obstacles = dependencies.obstacles(unit)
    if obstacles:
        refuse(unit.written, f"pass {' and '.join(obstacles)}, which cannot be cut", refused)
    elif not unit.read:
        refuse(unit.written, "are read by no convolution or linear layer", refused)
    return bool(unit.read) and not obstacles


def refuse(layers: Iterable[str], problem: str, refused: dict[str, str]) -> None:
    """Change `refused`: tell of every layer what is wrong with the channels that all share."""
    named_layers = ", ".join(layers)
    for layer in layers:
        refused.setdefault(layer, f"the channels of {named_layers} {problem}.")


def runs(unit: Unit) -> list[Run]:
    """List a unit's features, consecutive ones together."""
    return [run for side in (unit.written, unit.normed, unit.read) for run in side_runs(side)]


def side_runs(side: Mapping[str, set[int]]) -> Iterator[Run]:
    """List consecutive features of one side of the modules, by name."""
    for name in sorted(side):
        starts = sorted(index for index in side[name] if index - 1 not in side[name])
        stops = sorted(index + 1 for index in side[name] if index + 1 not in side[name])
        for start, stop in zip(starts, stops, strict=True):
            yield name, start, stop - start


def stretches(units: Iterable[Unit]) -> Iterator[list[Unit]]:
    """Put units together that lie side by side in every module they touch."""
    alike: dict[object, list[Unit]] = defaultdict(list)
    for unit in units:
        modules = tuple((name, length) for name, _, length in runs(unit))
        alike[modules, frozenset(unit.nodes)].append(unit)
    for family in alike.values():
        stretch: list[Unit] = []
        for unit in sorted(family, key=runs):
            if stretch and not follows(unit, stretch[-1]):
                yield stretch
                stretch = []
            stretch.append(unit)
        yield stretch


def follows(unit: Unit, before: Unit) -> bool:
    """Say whether each run of a unit begins where that of the unit before ends."""
    pairs = zip(runs(unit), runs(before), strict=True)
    return all(start == earlier + length for (_, start, length), (_, earlier, _) in pairs)


class Declaration:
    """Declares units as groups.

    Parameters
    ----------
    dependencies
        The whole graph.
    units
        All units of the network, fixed ones included.
    """

    def __init__(self, dependencies: Dependencies, units: Sequence[Unit]) -> None:
        modules = [name for name, _ in dependencies.network.named_modules()]
        self.place = {name: index for index, name in enumerate(modules)}
        self.in_blocks = {
            name: getattr(node.module, "groups", 1) > 1
            for name, node in dependencies.kernels.items()
        }
        self.distances = dependencies.distances()
        self.joined = joined_nodes(units)

    def __call__(self, units: Sequence[Unit]) -> ChannelGroup:
        """Declare units that lie side by side as one group."""
        first = units[0]
        producers = sorted(self.spans(first.written), key=self.rank)
        free = [span for span in producers if not self.in_blocks[span.module]]
        return ChannelGroup(
            name=producers[0].module,
            size=len(units),
            producers=tuple(producers),
            norms=self.spans(first.normed),
            consumers=self.spans(first.read),
            coupled=len(free) > 1 and any(map(is_addition, first.nodes)),
            joined=bool(concatenations(first) & self.joined),
        )

    def spans(self, side: Mapping[str, set[int]]) -> tuple[Span, ...]:
        """Write the first unit's features as spans, in registration order."""
        found = (Span(name, start // length, length) for name, start, length in side_runs(side))
        return tuple(sorted(found, key=lambda span: (self.place[span.module], span.offset)))

    def rank(self, span: Span) -> tuple[bool, float]:
        """Order producers: whole convolutions first, of these the nearest to the images."""
        return self.in_blocks[span.module], self.distances[span.module]


def joined_nodes(units: Iterable[Unit]) -> set[Node]:
    """Find the concatenations of streams that several kernels read.

    Concatenations belong to one stream if they share channels, as all within a dense block do.
    """
    streams: list[set[Node]] = []
    for entered in {frozenset(concatenations(unit)) for unit in units}:
        touching = [stream for stream in streams if stream & entered]
        streams = [stream for stream in streams if not stream & entered]
        streams.append(set(entered).union(*touching))
    return {node for stream in streams if len(readers(stream)) > 1 for node in stream}


def named(groups: Sequence[ChannelGroup]) -> list[ChannelGroup]:
    """Tell groups with the same first producer apart by their channels."""
    often = Counter(group.name for group in groups)
    return [
        replace(group, name=f"{group.name}[{first.offset}:{first.offset + group.size}]")
        if often[group.name] > 1
        else group
        for group in groups
        for first in group.producers[:1]
    ]


def verified(
    network: nn.Module,
    proposals: list[ChannelGroup],
    images: Tensor,
    draws: torch.Generator,
    refused: dict[str, str],
) -> list[ChannelGroup]:
    """Keep the groups that can be cut, all of them at once; adds the others to `refused`."""
    if not difference(network, proposals, images, draws):
        return proposals
    kept: list[ChannelGroup] = []
    for group in proposals:
        problem = difference(network, [*kept, group], images, draws)
        if problem:
            layers = [span.module for span in group.producers]
            cannot = f"cannot be cut: cutting half of them {problem}"
            refuse(layers, cannot, refused)
        else:
            kept.append(group)
    return kept
