"""How the checks prune the tiny network."""

import inspect
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from prunebench.contracts.method import Method, Round
from prunebench.contracts.subject import Scores, Subject, without_quota
from prunebench.core.allocation import overrun, unit_sizes
from prunebench.core.granularity import Granularity
from prunebench.core.initialise import kernels, norms
from prunebench.core.layout import ChannelGroup, Layout
from prunebench.core.mask import Mask
from prunebench.core.quota import Overall, PerLayer, Quota, Within
from prunebench.core.select import Selection, select
from prunebench.core.surgery import apply_weight_mask, silence
from prunebench.core.target import Automatic, Density, Target
from prunebench.errors import IncompatibleError
from prunebench.testing.tiny import (
    GROUPS,
    Scene,
    make_subject,
    tiny_layout,
    tiny_network,
)

DENSITIES = (0.8, 0.6, 0.4)


def in_play(method: Method) -> tuple[ChannelGroup, ...]:
    """List the tiny network's groups that a method prunes."""
    if method.granularity is Granularity.WEIGHT:
        return ()
    return tuple(group for group in GROUPS if method.applies_to(group))


def layout_for(method: Method) -> Layout:
    """Describe the tiny network with the groups in play."""
    return tiny_layout().restricted(in_play(method))


def shapes(method: Method) -> Mapping[str, tuple[int, ...]]:
    """Give the shape of every score."""
    if method.granularity is Granularity.WEIGHT:
        return {name: tuple(kernel.weight.shape) for name, kernel in kernels(tiny_network())}
    return {name: (n,) for name, n in unit_sizes(layout_for(method), method.granularity).items()}


def full(method: Method) -> Mask:
    """Keep every unit."""
    return Mask.full(shapes(method))


def score(method: Method, network: nn.Module, scene: Scene | None = None) -> Scores:
    """Score a network of the tiny kind; one with a quota, since some methods need it."""
    rounds = next(iter(attempts(method)), ())
    quota = rounds[0].keep if rounds else Scene().keep
    chosen = scene or Scene()
    seen = Scene(chosen.seed, quota, chosen.backwards)
    scores = method.score(to_score(method, network, seen))
    return {name: tensor.detach().clone() for name, tensor in scores.items()}


def to_score(method: Method, network: nn.Module, scene: Scene) -> Subject:
    """Show a method what it scores: without the quota, where its scores serve every density."""
    subject = make_subject(network, in_play(method), scene)
    return without_quota(subject, method.name) if method.shares_scores else subject


def draws_at_random(owner: type[Method]) -> bool:
    """Say whether another seed gives other scores."""
    one, other = (score(owner(), tiny_network(), Scene(seed=seed)) for seed in (1, 2))
    return any(not torch.equal(one[name], other[name]) for name in one)


def attempts(method: Method) -> Iterator[tuple[Round, ...]]:
    """Unroll the rounds of each density the method takes, or of its own choice if it takes none."""
    layout = layout_for(method)
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


def prune(method: Method, rounds: tuple[Round, ...]) -> Selection:
    """Select round after round, each from what the round before kept."""
    selection = Selection(full(method), 0)
    for each in rounds:
        selection = select_round(method, each, selection.mask)
    return selection


def select_round(method: Method, each: Round, alive: Mask) -> Selection:
    """Score the network with the earlier mask applied and select one round."""
    network = tiny_network()
    if method.granularity is Granularity.CHANNEL:
        silence(network, GROUPS, alive)
    else:
        apply_weight_mask(network, alive)
    scene = Scene(keep=each.keep, alive=alive)
    scores = method.score(to_score(method, network, scene))
    limit = (
        overrun(layout_for(method), each.keep, method.granularity)
        if isinstance(each.keep, Within)
        else None
    )
    return select(scores, alive, each.keep, method.floor, limit)


def footprint(network: nn.Module) -> list[object]:
    """Give what scoring may leave behind: gradients, modes, frozen parameters, hooks."""
    parameters = [(p.grad is None, p.requires_grad) for p in network.parameters()]
    hooks = [
        len(group)
        for module in network.modules()
        for name, group in inspect.getmembers(module, lambda found: isinstance(found, dict))
        if name.endswith("_hooks")
    ]
    return [parameters, hooks, [module.training for module in network.modules()]]


@torch.no_grad()
def permute(network: nn.Module, orders: Mapping[str, Tensor]) -> None:
    """Change the tiny network: new channel i of a group is the old channel ``order[i]``."""
    kernel, norm = dict(kernels(network)), dict(norms(network))
    first, second = orders["conv1"], orders["conv2"]
    kernel["conv1"].weight.copy_(kernel["conv1"].weight[first].clone())
    kernel["conv2"].weight.copy_(kernel["conv2"].weight[second][:, first].clone())
    kernel["fc"].weight.copy_(kernel["fc"].weight[:, flattened(second)].clone())
    for name, order in (("bn1", first), ("bn2", second)):
        for tensor in norm[name].state_dict().values():
            if tensor.dim():
                tensor.copy_(tensor[order].clone())


def flattened(order: Tensor) -> Tensor:
    """Give the order of the features of a flattened 3x3 map."""
    return (order.unsqueeze(1) * 9 + torch.arange(9)).flatten()


def permuted(
    owner: type[Method], name: str, tensor: Tensor, orders: Mapping[str, Tensor]
) -> Tensor:
    """Permute the scores of one layer or group as the network was."""
    rows = tensor[orders[name]] if name in orders else tensor
    if owner.granularity is Granularity.CHANNEL or name == "conv1":
        return rows
    columns = orders["conv1"] if name == "conv2" else flattened(orders["conv2"])
    return rows[:, columns]
