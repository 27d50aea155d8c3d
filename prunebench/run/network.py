"""Make the network that a stage works on, from the artifacts its spec names."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn

from prunebench.contracts.model import Model
from prunebench.core.granularity import Granularity
from prunebench.core.initialise import glorot_normal, kaiming_normal, kernels
from prunebench.core.layout import ChannelGroup
from prunebench.core.mask import Mask
from prunebench.core.random import generator
from prunebench.core.surgery import apply_weight_mask, cut, widen
from prunebench.plan.problem import groups_of
from prunebench.run.bench import Bench
from prunebench.store.artifact import Artifact


@dataclass(frozen=True)
class Survivor:
    """A network in memory.

    Parameters
    ----------
    network
        On the CPU; cut if channels were pruned.
    masks
        Kept weights by parameter name, of its shape; empty for dense and cut networks.
    pruning
        The prune stage's artifact; None for the dense network.
    """

    network: nn.Module
    masks: Mapping[str, Tensor]
    pruning: Artifact | None


def build(model: Model, spec: Mapping[str, Any]) -> tuple[nn.Module, tuple[ChannelGroup, ...]]:
    """Build a dense network and declare its channel groups."""
    network = model.build(tuple(spec["shape"]), spec["classes"])
    return network, groups_of(model, network, tuple(spec["shape"]), spec["classes"])


def initialise(model: Model, network: nn.Module, scheme: str, randomness: torch.Generator) -> None:
    """Change a network to fresh weights, by the model's own law or, for kernels, the recipe's."""
    model.initialise(network, randomness)  # parameters that no scheme knows, too
    if scheme == "glorot-normal":
        glorot_normal(network, randomness)
    elif scheme == "kaiming-normal":
        kaiming_normal(network, randomness)


def read_mask(pruning: Artifact) -> tuple[Mask, Granularity]:
    """Read a prune stage's mask and what it is a mask of."""
    return Mask(pruning.part("mask")), Granularity(str(pruning.record["granularity"]))


def make_survivor(bench: Bench, spec: Mapping[str, Any], *, trained: bool = False) -> Survivor:
    """Make the network that ``spec["network"]`` describes.

    Parameters
    ----------
    bench
        Where inputs come from.
    spec
        Of a train or evaluate stage.
    trained
        Whether the weights are those of a retraining, which have the survivors' shape already.
    """
    wanted = spec["network"]
    network, groups = build(bench.model(spec["model"]), spec["model"])
    pruning = bench.artifact(wanted["mask"]) if wanted["mask"] else None
    weights = bench.artifact(wanted["weights"]) if wanted["weights"] and not trained else None
    if weights is not None:
        load(bench, network, groups, weights, wanted["cut_by"])
        if wanted["repaired"] and pruning is not None:
            network.load_state_dict(pruning.part("weights"), strict=False)
    masks: dict[str, Tensor] = {}
    if pruning is not None:
        mask, granularity = read_mask(pruning)
        if granularity is Granularity.CHANNEL:
            network = cut(network, groups, mask)
        else:
            apply_weight_mask(network, mask)
            masks = {f"{name}.weight": kept for name, kept in mask.items()}
    if trained:
        network.load_state_dict(bench.artifact(wanted["weights"]).part("last"))
    redraw(bench, spec, network, masks)
    return Survivor(network, masks, pruning)


def load(
    bench: Bench,
    network: nn.Module,
    groups: tuple[ChannelGroup, ...],
    weights: Artifact,
    cut_by: str | None,
) -> None:
    """Change a dense network to an artifact's last weights, also those of a cut network."""
    if cut_by is None:
        network.load_state_dict(weights.part("last"))
    else:
        mask, _ = read_mask(bench.artifact(cut_by))
        widen(network, groups, mask, weights.part("last"))


def redraw(
    bench: Bench, spec: Mapping[str, Any], network: nn.Module, masks: Mapping[str, Tensor]
) -> None:
    """Change a network's weights where its start is a draw that depends on the mask."""
    wanted = spec["network"]
    if wanted["weights"] is None:
        randomness = generator(spec["seed"], "redraw", wanted["draw"])
        initialise(bench.model(spec["model"]), network, spec["scheme"], randomness)
    if wanted["scale"] == "sparse-he":
        randomness = generator(spec["seed"], "sparse-he", wanted["draw"])
        sparse_he(network, masks, randomness)


@torch.no_grad()
def sparse_he(network: nn.Module, masks: Mapping[str, Tensor], randomness: torch.Generator) -> None:
    """Change every convolution to N(0, 2 / n), n = kept weights / input channels.

    The random arm of Liu et al. 2019's lottery-ticket scripts. Linear layers keep their draw
    unless they are masked, as that code prunes convolutions only.
    """
    for name, module in kernels(network):
        mask = masks.get(f"{name}.weight")
        if isinstance(module, nn.Linear) and mask is None:
            continue
        kept = module.weight.numel() if mask is None else int(mask.sum())
        fan = max(kept / module.weight.shape[1], 1e-12)
        module.weight.normal_(0.0, sqrt(2.0 / fan), generator=randomness)
        if mask is not None:
            module.weight.mul_(mask)


def prunable_density(survivor: Survivor, sizes: Mapping[str, int]) -> float:
    """Measure the kept fraction of the prunable set in the network itself.

    A weight counts if its mask keeps it or it is not zero: a revived weight would show.

    Parameters
    ----------
    survivor
        The network.
    sizes
        Dense sizes of the prunable layers.
    """
    kept = 0
    parameters = dict(survivor.network.named_parameters())
    for name in sizes:
        if f"{name}.weight" not in parameters:
            continue  # it went with its block
        weight = parameters[f"{name}.weight"].detach().cpu()
        mask = survivor.masks.get(f"{name}.weight")
        kept += weight.numel() if mask is None else int((mask | (weight != 0)).sum())
    return kept / sum(sizes.values())
