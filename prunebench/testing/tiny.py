"""What a method sees of a network of the checks."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from prunebench.contracts.subject import GroupView, Subject
from prunebench.core.describe import describe
from prunebench.core.initialise import kernels
from prunebench.core.layout import ChannelGroup, Layout
from prunebench.core.mask import Mask
from prunebench.core.quota import PerLayer, Quota, shrinking
from prunebench.core.random import generator
from prunebench.core.sample import Sample, samples
from prunebench.core.views import view_group
from prunebench.testing.networks import CLASSES, GROUPS, PLAIN, SHAPE

BATCH = 20
IMAGES = 100
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
    images
        Training images that there are; fewer than a method asks for is normal.
    classes
        Classes that they are of.
    asked
        Every number of images that the method asks for is added to this list.
    """

    seed: int = 0
    keep: Quota = EVERYTHING
    backwards: bool = False
    alive: Mask | None = None
    images: int = IMAGES
    classes: int = CLASSES
    asked: list[int] | None = None

    def drawn(self, count: int) -> list[tuple[Tensor, Tensor]]:
        """Draw the training images that a method gets when it asks for `count`."""
        if self.asked is not None:
            self.asked.append(count)
        return training_images(min(count, self.images), self.classes)


def tiny_network(seed: int = 0) -> nn.Module:
    """Build conv-bn-relu twice, with 4 and 6 channels, then one linear layer; in eval mode.

    Scales, shifts and running statistics are drawn too: a fresh batch norm hides mistakes.
    """
    return PLAIN.build(seed)


def tiny_layout() -> Layout:
    """Describe the tiny network with its two channel groups."""
    return PLAIN.layout()


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
    like = next(network.parameters())

    def batches(images: int) -> Iterator[tuple[Tensor, Tensor]]:
        drawn = [(pixels.to(like), labels) for pixels, labels in chosen.drawn(images)]
        yield from reversed(drawn) if chosen.backwards else drawn

    def sampled(
        layer: str, images: int, positions: int, *, original: bool = False
    ) -> Iterator[Sample]:
        asked = dense if original else network
        drawn = ((pixels.to(like), labels) for pixels, labels in chosen.drawn(images))
        # Positions belong to images, in whichever order these come.
        taken = list(samples(asked, layer, drawn, positions, generator(0, f"positions {layer}")))
        yield from reversed(taken) if chosen.backwards else taken

    dense = deepcopy(network)
    weights = {name: kernel.weight.detach() for name, kernel in kernels(network)}
    alive = chosen.alive or everything(weights, groups)
    return Subject(
        model=network,
        layout=describe(single(network), SHAPE, tuple(groups)),
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


def single(network: nn.Module) -> nn.Module:
    """Give a network in single precision, in which a blank image is run; a copy if it is not."""
    is_single = next(network.parameters()).dtype == torch.float32
    return network if is_single else deepcopy(network).float()


def everything(weights: Mapping[str, Tensor], groups: Sequence[ChannelGroup]) -> Mask:
    """Keep every channel of the groups, or every weight where there are none."""
    if groups:
        return Mask.full({group.name: (group.size,) for group in groups})
    return Mask.full({name: tuple(weight.shape) for name, weight in weights.items()})


def training_images(count: int, classes: int = CLASSES) -> list[tuple[Tensor, Tensor]]:
    """Draw images and labels in batches of `BATCH`; at most 100 in all."""
    draws = generator(0, "images")
    total = min(count, IMAGES)
    images = torch.randn(total, *SHAPE, generator=draws)
    labels = torch.randint(0, classes, (total,), generator=draws)
    return list(zip(images.split(BATCH), labels.split(BATCH), strict=True))
