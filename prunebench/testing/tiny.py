"""A network small enough to check by hand, and what a method sees of it."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from prunebench.contracts.model import Shape
from prunebench.contracts.subject import GroupView, Subject
from prunebench.core.describe import describe
from prunebench.core.initialise import kaiming_normal, kernels, norms
from prunebench.core.layout import ChannelGroup, Layout, Span
from prunebench.core.mask import Mask
from prunebench.core.quota import PerLayer, Quota, shrinking
from prunebench.core.random import generator
from prunebench.core.sample import Sample, samples
from prunebench.core.views import view_group

SHAPE: Shape = (2, 6, 6)
CLASSES = 3
BATCH = 20
GROUPS = (
    ChannelGroup("conv1", 4, (Span("conv1"),), (Span("bn1"),), (Span("conv2"),)),
    ChannelGroup("conv2", 6, (Span("conv2"),), (Span("bn2"),), (Span("fc", repeat=9),)),
)
EVERYTHING = PerLayer({})


@dataclass(frozen=True)
class Scene:
    """What may be varied in a check.

    Parameters
    ----------
    seed
        Of the subject's generator.
    keep
        What the round keeps.
    backwards
        Whether the training images come in the reverse order.
    alive
        Units that earlier rounds left; None for all.
    """

    seed: int = 0
    keep: Quota = EVERYTHING
    backwards: bool = False
    alive: Mask | None = None


def tiny_network(seed: int = 0) -> nn.Module:
    """Build conv-bn-relu twice, with 4 and 6 channels, then one linear layer; in eval mode.

    Scales, shifts and running statistics are drawn too: a fresh batch norm hides mistakes.
    """
    with torch.random.fork_rng(devices=[]):  # building draws from the global generator
        network = nn.Sequential(layers())
    kaiming_normal(network, generator(seed, "init"))
    unsettle(network, generator(seed, "norms"))
    return network.eval()


def layers() -> OrderedDict[str, nn.Module]:
    """Make the layers of the tiny network."""
    return OrderedDict[str, nn.Module](
        conv1=nn.Conv2d(2, 4, 3, padding=1, bias=False),
        bn1=nn.BatchNorm2d(4),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(4, 6, 3, padding=1, bias=False),
        bn2=nn.BatchNorm2d(6),
        relu2=nn.ReLU(),
        pool=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        fc=nn.Linear(54, CLASSES),
    )


@torch.no_grad()
def unsettle(network: nn.Module, draws: torch.Generator) -> None:
    """Change biases, scales, shifts and running statistics to random values."""
    for _, kernel in kernels(network):
        if kernel.bias is not None:
            kernel.bias.normal_(0.0, 0.3, generator=draws)
    for _, norm in norms(network):
        norm.weight.uniform_(0.5, 1.5, generator=draws)
        norm.bias.normal_(0.0, 0.3, generator=draws)
        if norm.running_mean is not None and norm.running_var is not None:
            norm.running_mean.normal_(0.0, 0.3, generator=draws)
            norm.running_var.uniform_(0.5, 2.0, generator=draws)


def tiny_layout() -> Layout:
    """Describe the tiny network with its two channel groups."""
    return describe(tiny_network(), SHAPE, GROUPS)


def make_subject(
    network: nn.Module, groups: Sequence[ChannelGroup] = GROUPS, scene: Scene | None = None
) -> Subject:
    """Show a network to a method, with 100 random training images.

    Parameters
    ----------
    network
        The tiny network, or one that takes the same images.
    groups
        Channel groups in play; none for a method that prunes weights.
    scene
        What may be varied.
    """
    chosen = scene or Scene()

    def batches(images: int) -> Iterator[tuple[Tensor, Tensor]]:
        drawn = training_images(images)
        yield from reversed(drawn) if chosen.backwards else drawn

    def sampled(
        layer: str, images: int, positions: int, *, original: bool = False
    ) -> Iterator[Sample]:
        asked = dense if original else network
        drawn = generator(0, f"positions {layer}")
        # Positions belong to images, in whichever order these come.
        taken = list(samples(asked, layer, iter(training_images(images)), positions, drawn))
        yield from reversed(taken) if chosen.backwards else taken

    dense = deepcopy(network)
    weights = {name: kernel.weight.detach() for name, kernel in kernels(network)}
    alive = chosen.alive or everything(weights, groups)
    return Subject(
        model=network,
        layout=describe(network, SHAPE, tuple(groups)),
        weights=weights,
        groups={g.name: GroupView(g.name, *view_group(network, g)) for g in groups},
        alive=alive,
        keep=chosen.keep,
        active=shrinking(chosen.keep, alive.counts),
        loss=F.cross_entropy,
        batches=batches,
        samples=sampled,
        original=lambda: dense,
        generator=generator(chosen.seed, "mask"),
    )


def everything(weights: Mapping[str, Tensor], groups: Sequence[ChannelGroup]) -> Mask:
    """Keep every channel of the groups, or every weight where there are none."""
    if groups:
        return Mask.full({group.name: (group.size,) for group in groups})
    return Mask.full({name: tuple(weight.shape) for name, weight in weights.items()})


def training_images(count: int) -> list[tuple[Tensor, Tensor]]:
    """Draw images and labels in batches of `BATCH`; at most 100 in all."""
    draws = generator(0, "images")
    total = min(count, 100)
    images = torch.randn(total, *SHAPE, generator=draws)
    labels = torch.randint(0, CLASSES, (total,), generator=draws)
    return list(zip(images.split(BATCH), labels.split(BATCH), strict=True))
