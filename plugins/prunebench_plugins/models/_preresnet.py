"""The pre-activation residual network for small images and its channel groups."""

from collections.abc import Iterator
from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.api import ChannelGroup, ChannelSelection, Span
from prunebench_plugins.models._block import ResidualBlock, block_groups
from prunebench_plugins.models._selection import HEAD, branch_reader, selection_group, stream_group

EXPANSION = 4
"""Channels of the stream for each channel inside a block."""


class Bottleneck(ResidualBlock):
    """Norm, ReLU and convolution three times, 1x1, 3x3 and 1x1 (He et al. 2016b, figure 4e).

    The shortcut, a 1x1 convolution where the shape changes, reads the raw stream.

    Parameters
    ----------
    inputs
        Channels of the stream before the block.
    width
        Channels inside the block; the stream has four times as many behind it.
    stride
        Stride of the 3x3 convolution.
    """

    def __init__(self, inputs: int, width: int, stride: int = 1) -> None:
        super().__init__()
        outputs = EXPANSION * width
        self.select = ChannelSelection(inputs)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        is_plain = stride == 1 and inputs == outputs
        self.shortcut = (
            nn.Identity() if is_plain else nn.Conv2d(inputs, outputs, 1, stride, bias=False)
        )

    def forward(self, stream: Tensor) -> Tensor:
        """Map (batch, inputs, H, W) to (batch, 4 width, H / stride, W / stride)."""
        shortcut: Tensor = self.shortcut(stream)
        if not self.has_branch:
            return shortcut
        hidden = self.conv1(F.relu(self.bn1(self.select(stream))))
        hidden = self.conv2(F.relu(self.bn2(hidden)))
        branch: Tensor = self.conv3(F.relu(self.bn3(hidden)))
        return branch + shortcut


class PreactNetwork(nn.Module):
    """Three stages of pre-activation bottlenecks for small images (He et al. 2016b, section 4).

    Parameters
    ----------
    channels, classes
        Channels of an image and number of classes.
    width
        Channels of the stem and inside the first stage's blocks; later stages have 2 and 4 times
        as many.
    blocks
        Blocks of one stage.
    """

    def __init__(self, channels: int, classes: int, width: int, blocks: int) -> None:
        super().__init__()
        self.width = width
        self.blocks = blocks
        self.stem = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.stage1 = stage(width, width, 1, blocks)
        self.stage2 = stage(EXPANSION * width, 2 * width, 2, blocks)
        self.stage3 = stage(EXPANSION * 2 * width, 4 * width, 2, blocks)
        features = EXPANSION * 4 * width
        self.select = ChannelSelection(features)
        self.bn = nn.BatchNorm2d(features)
        self.fc = nn.Linear(features, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Score (batch, channels, H, W) images: (batch, classes)."""
        stream = self.stage3(self.stage2(self.stage1(self.stem(images))))
        hidden = F.relu(self.bn(self.select(stream)))
        scores: Tensor = self.fc(hidden.mean(dim=(2, 3)))
        return scores


def stage(inputs: int, width: int, stride: int, blocks: int) -> nn.Sequential:
    """Make a stage, whose first block changes the shape of the stream."""
    opening = Bottleneck(inputs, width, stride)
    return nn.Sequential(
        opening, *(Bottleneck(EXPANSION * width, width) for _ in range(blocks - 1))
    )


def preact_groups(network: PreactNetwork) -> tuple[ChannelGroup, ...]:
    """Declare channels inside blocks, then residual streams, then selections, then blocks."""
    blocks = [name for name, module in network.named_modules() if isinstance(module, Bottleneck)]
    readers = [*map(branch_reader, blocks), HEAD]
    return (
        *hidden_groups(network),
        *residual_streams(network),
        *(selection_group(network, reader) for reader in readers),
        *block_groups(network),
    )


def hidden_groups(network: PreactNetwork) -> Iterator[ChannelGroup]:
    """Declare the channels behind the first and the second convolution of each block."""
    for name, block in network.named_modules():
        if isinstance(block, Bottleneck):
            for index in (1, 2):
                yield ChannelGroup(
                    name=f"{name}.conv{index}",
                    size=block.conv2.in_channels,
                    producers=(Span(f"{name}.conv{index}"),),
                    norms=(Span(f"{name}.bn{index + 1}"),),
                    consumers=(Span(f"{name}.conv{index + 1}"),),
                )


def residual_streams(network: PreactNetwork) -> Iterator[ChannelGroup]:
    """Declare the streams: that of the stem, then that of each stage, from shortcut to shortcut."""
    yield residual_stream(network, 0, ("stem",), ())
    for stage in (1, 2, 3):
        blocks = tuple(f"stage{stage}.{index}" for index in range(network.blocks))
        writers = (f"{blocks[0]}.shortcut", *(f"{block}.conv3" for block in blocks))
        yield residual_stream(network, stage, writers, blocks[1:])


def residual_stream(
    network: PreactNetwork, stage: int, writers: tuple[str, ...], inner: tuple[str, ...]
) -> ChannelGroup:
    """Declare one stream, from what writes it and the blocks on it that leave its shape alone."""
    size = network.width * (EXPANSION * 2 ** (stage - 1) if stage else 1)
    following = f"stage{stage + 1}.0"
    is_last = stage == 3
    readers = (*map(branch_reader, inner), HEAD if is_last else branch_reader(following))
    group = stream_group(f"stream{stage}", size, writers, readers)
    passing_by = () if is_last else (Span(f"{following}.shortcut"),)
    return replace(group, consumers=(*group.consumers, *passing_by), coupled=True)
