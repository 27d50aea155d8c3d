"""torchvision's residual networks of blocks that can lose their branch."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Literal, TypeAlias

import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.api import torchvision
from prunebench_plugins.models._block import ResidualBlock

BlockName: TypeAlias = Literal["BasicBlock", "Bottleneck"]
"""Kinds of blocks, as ``torchvision.models.resnet`` names them."""


class RemovableBranch(ResidualBlock):
    """What torchvision's blocks lack; their shortcut is the child ``downsample``, or nothing."""

    downsample: nn.Module | None

    def branch(self) -> Iterator[tuple[str, nn.Module]]:
        """Walk over the branch's modules in order."""
        return ((name, child) for name, child in self.named_children() if name != "downsample")

    def forward(self, stream: Tensor) -> Tensor:
        """Map (batch, channels, H, W) as torchvision does, or by the shortcut alone."""
        if self.has_branch:
            summed: Tensor = super().forward(stream)
            return summed
        return F.relu(stream if self.downsample is None else self.downsample(stream))


@cache  # one class per kind; torchvision is imported when the first network is built
def block_class(name: BlockName) -> Any:
    """Make torchvision's class of blocks one whose branch can be removed."""
    theirs = getattr(torchvision().models.resnet, name)
    return type(name, (RemovableBranch, theirs), {"__module__": __name__})


def residual_network(
    block: BlockName, depths: Sequence[int], classes: int, **widths: int
) -> nn.Module:
    """Build torchvision's residual network, with its own names of parameters.

    Parameters
    ----------
    block
        Kind of its blocks.
    depths
        Blocks of each of the four stages.
    classes
        Number of classes.
    widths
        ``groups`` and ``width_per_group`` of the 3x3 convolutions (Xie et al. 2017).
    """
    network: nn.Module = torchvision().models.ResNet(
        block_class(block), depths, num_classes=classes, **widths
    )
    return network
