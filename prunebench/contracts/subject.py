"""What a method sees when it scores: weights, channel groups, training images; no test data."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from prunebench.core.quota import Quota

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
        the literature scores (on a residual stream the shortcut convolution).
    scale, shift
        Batch norm scale and shift of the channels, ``(channels,)``; None without a batch norm.
    consumers
        Kernels of the readers, second dimension = the group's channels; a linear layer behind a
        flattened map is given as (out, channels, places).
    """

    name: str
    filters: tuple[Tensor, ...]
    scale: Tensor | None
    shift: Tensor | None
    consumers: tuple[Tensor, ...]


@dataclass(frozen=True)
class Subject:
    """A network about to be pruned.

    Parameters
    ----------
    model
        The network in eval mode with the mask of earlier rounds applied. Scoring leaves its
        weights, buffers and gradients as they are.
    weights
        Kernels of the prunable layers, by layer name.
    groups
        Channel groups in play, by group name.
    keep
        What this round will keep.
    loss
        Mean cross entropy of ``model`` outputs and labels.
    batches
        ``batches(images)`` draws that many training images without augmentation, normalised, and
        yields (images, labels) by the hundred; the same draw each time for one seed and round.
    generator
        For methods that draw scores at random.
    """

    model: nn.Module
    weights: Mapping[str, Tensor]
    groups: Mapping[str, GroupView]
    keep: Quota
    loss: Callable[[Tensor, Tensor], Tensor]
    batches: Callable[[int], Iterator[tuple[Tensor, Tensor]]]
    generator: torch.Generator
