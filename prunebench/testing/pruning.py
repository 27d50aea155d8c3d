"""How the checks prune a tiny network: as a run does, without training between rounds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor, nn

from prunebench.contracts.method import Method, Round
from prunebench.contracts.subject import Scores, Subject, without_quota
from prunebench.core.allocation import overrun, unit_sizes
from prunebench.core.granularity import Granularity
from prunebench.core.layout import ChannelGroup, Layout
from prunebench.core.mask import Mask
from prunebench.core.quota import Overall, PerLayer, Quota, Within
from prunebench.core.select import Selection, select
from prunebench.core.surgery import apply_weight_mask, silence
from prunebench.core.target import Automatic, Density, Target
from prunebench.errors import IncompatibleError
from prunebench.testing.networks import NETWORKS, PLAIN, TinyNetwork
from prunebench.testing.tiny import Scene, make_subject

DENSITIES = (0.8, 0.6, 0.4)
GRID = (1.0, 0.99, 0.5, 0.05, 0.001)
"""From everything to one weight of a layer."""


@dataclass(frozen=True)
class Pruned:
    """A tiny network at the end of its rounds.

    Parameters
    ----------
    target
        What was asked for.
    rounds
        How it was reached.
    selection
        The last round's mask and shortfall.
    network
        Repaired, with what is dropped set to zero.
    repaired
        What the method rewrote, by name.
    """

    target: Target
    rounds: tuple[Round, ...]
    selection: Selection
    network: nn.Module
    repaired: Mapping[str, Tensor]

    @property
    def mask(self) -> Mask:
        """Units that stay."""
        return self.selection.mask


def by_channel(method: Method | type[Method]) -> bool:
    """Say whether a method removes channels."""
    return method.granularity is Granularity.CHANNEL


def in_play(method: Method, tiny: TinyNetwork = PLAIN) -> tuple[ChannelGroup, ...]:
    """List the groups of a tiny network that a method prunes; those that have what it needs."""
    if not by_channel(method):
        return ()
    normed = "batchnorm" in method.needs
    return tuple(g for g in tiny.groups if method.applies_to(g) and (g.norms or not normed))


def suited(method: Method) -> list[TinyNetwork]:
    """List the tiny networks that a method can prune."""
    return [
        tiny
        for tiny in NETWORKS.values()
        if (in_play(method, tiny) or not by_channel(method)) and not method.refuses(tiny.build())
    ]


def layout_for(method: Method, tiny: TinyNetwork = PLAIN) -> Layout:
    """Describe a tiny network with the groups in play."""
    return tiny.layout().restricted(in_play(method, tiny))


def shapes(method: Method, tiny: TinyNetwork = PLAIN) -> Mapping[str, tuple[int, ...]]:
    """Give the shape of every score."""
    layout = layout_for(method, tiny)
    if not by_channel(method):
        return {layer.name: layer.shape for layer in layout.prunable}
    return {name: (n,) for name, n in unit_sizes(layout, method.granularity).items()}


def full(method: Method, tiny: TinyNetwork = PLAIN) -> Mask:
    """Keep every unit."""
    return Mask.full(shapes(method, tiny))


def score(
    method: Method,
    network: nn.Module,
    scene: Scene | None = None,
    tiny: TinyNetwork = PLAIN,
) -> Scores:
    """Score a network; one with a quota, since some methods need it.

    Parameters
    ----------
    method
        Who scores it.
    network
        Of the kind of `tiny`.
    scene
        What is varied; its quota is replaced.
    tiny
        Whose groups and layers it has.
    """
    rounds = next(iter(attempts(method, tiny)), ())
    keep = rounds[0].keep if rounds else Scene().keep
    chosen = replace(scene or Scene(), keep=keep, alive=None)
    scores = method.score(to_score(method, network, chosen, tiny))
    return {name: tensor.detach().clone() for name, tensor in scores.items()}


def to_score(
    method: Method, network: nn.Module, scene: Scene, tiny: TinyNetwork = PLAIN
) -> Subject:
    """Show a method what it scores."""
    return as_scored(method, make_subject(network, in_play(method, tiny), scene))


def as_scored(method: Method, subject: Subject) -> Subject:
    """Take the quota from a subject, where a method's scores serve every density."""
    return without_quota(subject, method.name) if method.shares_scores else subject


def draws_at_random(owner: type[Method]) -> bool:
    """Say whether another seed gives other scores."""
    one, other = (score(owner(), PLAIN.build(), Scene(seed=seed)) for seed in (1, 2))
    return any(not torch.equal(one[name], other[name]) for name in one)


def attempts(method: Method, tiny: TinyNetwork = PLAIN) -> Iterator[tuple[Round, ...]]:
    """Unroll the rounds of each density the method takes, or of its own choice if it takes none."""
    layout = layout_for(method, tiny)
    found = [unrolled(method, layout, Density(density)) for density in DENSITIES]
    densities = [rounds for rounds in found if rounds is not None]
    automatic = None if densities else unrolled(method, layout, Automatic())
    yield from densities
    if automatic is not None:
        yield automatic


def unrolled(method: Method, layout: Layout, target: Target) -> tuple[Round, ...] | None:
    """Unroll the rounds of one target; None where the method does not take it."""
    try:
        return method.schedule(layout, target)
    except IncompatibleError:
        return None


def grows(before: Quota, after: Quota) -> bool:
    """Say whether a quota keeps more than the one before; different kinds cannot be compared."""
    if isinstance(before, PerLayer) and isinstance(after, PerLayer):
        return any(after.counts.get(name, n) > n for name, n in before.counts.items())
    if isinstance(before, Overall) and isinstance(after, Overall):
        return after.count > before.count
    if isinstance(before, Within) and isinstance(after, Within):
        return after.density > before.density
    return False


@lru_cache(maxsize=64)
def pruned(method: Method, density: float, network: str = PLAIN.name) -> Pruned | None:
    """Prune a tiny network to a density; None where the method does not take it.

    What is found is kept: several checks look at one pruning. Nobody may change it.
    """
    tiny = NETWORKS[network]
    rounds = unrolled(method, layout_for(method, tiny), Density(density))
    return None if rounds is None else carried_out(method, Density(density), rounds, tiny)


def some_pruned(method: Method, tiny: TinyNetwork) -> Pruned | None:
    """Prune a tiny network by about half, or as far as the method itself chooses."""
    for density in (0.5, *DENSITIES):
        found = pruned(method, density, tiny.name)
        if found is not None:
            return found
    rounds = unrolled(method, layout_for(method, tiny), Automatic())
    return None if rounds is None else carried_out(method, Automatic(), rounds, tiny)


def carried_out(
    method: Method,
    target: Target,
    rounds: tuple[Round, ...],
    tiny: TinyNetwork = PLAIN,
    network: nn.Module | None = None,
    scene: Scene | None = None,
) -> Pruned:
    """Select and repair round after round, each on what the round before left.

    Parameters
    ----------
    method, target, rounds
        Who prunes how far in which steps.
    tiny
        Whose groups the network has.
    network
        The network, which is changed; a fresh one if None.
    scene
        What is varied.
    """
    network = tiny.build() if network is None else network
    selection = Selection(full(method, tiny), 0)
    repaired: dict[str, Tensor] = {}
    for each in rounds:
        chosen = replace(scene or Scene(), keep=each.keep, alive=selection.mask)
        subject = make_subject(network, in_play(method, tiny), chosen)
        scores = method.score(as_scored(method, subject))
        selection = selected(method, scores, each, selection.mask, tiny)
        fresh = dict(method.reconstruct(subject, selection.mask) or {})
        network.load_state_dict(fresh, strict=False)
        repaired |= fresh
        apply(method, network, selection.mask, tiny)
    return Pruned(target, rounds, selection, network, repaired)


def selected(
    method: Method, scores: Scores, each: Round, alive: Mask, tiny: TinyNetwork = PLAIN
) -> Selection:
    """Select one round by scores."""
    limit = (
        overrun(layout_for(method, tiny), each.keep, method.granularity)
        if isinstance(each.keep, Within)
        else None
    )
    return select(scores, alive, each.keep, method.floor, limit)


def select_round(method: Method, each: Round, alive: Mask) -> Selection:
    """Score the plain network with the earlier mask applied and select one round."""
    network = PLAIN.build()
    apply(method, network, alive, PLAIN)
    scores = method.score(to_score(method, network, Scene(keep=each.keep, alive=alive)))
    return selected(method, scores, each, alive)


def apply(method: Method, network: nn.Module, mask: Mask, tiny: TinyNetwork) -> None:
    """Change a tiny network: dropped units become zero."""
    if by_channel(method):
        silence(network, tiny.groups, mask)
    else:
        apply_weight_mask(network, mask)
