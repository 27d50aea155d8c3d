"""What a method sees when it scores: weights, channel groups, training images; no test data."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import torch
from torch import Tensor, nn

from prunebench.core.layout import Layout
from prunebench.core.mask import Mask
from prunebench.core.quota import Quota
from prunebench.core.sample import Sample
from prunebench.errors import ContractError

Scores: TypeAlias = Mapping[str, Tensor]
"""One tensor per layer or group, of the mask's shape; larger is kept longer."""


@dataclass(frozen=True)
class GroupView:
    """The tensors of one channel group, each with the group's channels alone.

    Parameters
    ----------
    name
        The group's name.
    filters
        Kernels of the producers, first dimension = the group's channels; the first is the one
        the literature scores (on a residual stream the shortcut convolution). None for a
        selection or a block. Where the unit is a block of a convolution in blocks, the second
        dimension counts the block's channels.
    scale, shift
        Batch norm scale and shift of the channels, ``(channels,)``, or (units, width) where the
        unit is a block; None without a batch norm.
    consumers
        Kernels of the readers, second dimension = the group's channels; a linear layer behind a
        flattened map is given as (out, channels, places).
    """

    name: str
    filters: tuple[Tensor, ...]
    scale: Tensor | None
    shift: Tensor | None
    consumers: tuple[Tensor, ...]


class Sampler(Protocol):
    """Type of `Subject.samples`."""

    def __call__(
        self, layer: str, images: int, positions: int, *, original: bool = False
    ) -> Iterator[Sample]:
        """Sample what a layer reads and gives, batch of images by batch of images.

        Parameters
        ----------
        layer
            Module name of a convolution or linear layer.
        images
            Training images, the same ones each time for one seed and round.
        positions
            Output positions per image, drawn with replacement, the same for both networks; a
            linear layer has one.
        original
            Whether the network as it was before the first round is asked, instead of `model`.
        """


@dataclass(frozen=True)
class Subject:
    """A network about to be pruned.

    Parameters
    ----------
    model
        The network in eval mode with the mask of earlier rounds applied. Scoring leaves its
        weights, buffers and gradients as they are.
    layout
        Its layers, and the channel groups in play.
    weights
        Kernels of the prunable layers, by layer name.
    groups
        Channel groups in play, by group name.
    alive
        Units that earlier rounds left.
    keep
        What this round will keep.
    active
        Layers or groups that this round makes smaller, as far as the quota says; the scores of
        the others are not used.
    loss
        Mean cross entropy of ``model`` outputs and labels.
    batches
        ``batches(images)`` draws that many training images without augmentation, normalised, and
        yields (images, labels) by the hundred; the same draw each time for one seed and round.
    samples
        See `Sampler`.
    original
        ``original()`` gives the network as it was before the first round, in eval mode.
    generator
        For methods that draw scores at random.
    """

    model: nn.Module
    layout: Layout
    weights: Mapping[str, Tensor]
    groups: Mapping[str, GroupView]
    alive: Mask
    keep: Quota
    active: tuple[str, ...]
    loss: Callable[[Tensor, Tensor], Tensor]
    batches: Callable[[int], Iterator[tuple[Tensor, Tensor]]]
    samples: Sampler
    original: Callable[[], nn.Module]
    generator: torch.Generator


@dataclass(frozen=True)
class SharedSubject(Subject):
    """A network that is scored once for all densities: what a round keeps cannot be asked for.

    Parameters
    ----------
    method
        Who scores it.

    Raises
    ------
    ContractError
        When `keep` or `active` is read.
    """

    method: str

    def __getattribute__(self, name: str) -> object:
        if name in ("keep", "active"):
            who = super().__getattribute__("method")
            msg = (
                f"{who}: score() reads subject.{name}, so its scores depend on the density, but "
                f"the method declares shares_scores = True; leave that declaration out."
            )
            raise ContractError(msg)
        return super().__getattribute__(name)


def without_quota(subject: Subject, method: str) -> SharedSubject:
    """Give the same subject to score once for all densities; `method` is who scores it."""
    return SharedSubject(**vars(subject), method=method)
