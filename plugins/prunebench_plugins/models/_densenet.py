"""The densely connected network for small images and its channel groups."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.api import ChannelGroup, ChannelSelection, Span
from prunebench_plugins.models._selection import (
    HEAD,
    Reader,
    branch_reader,
    selection_group,
    stream_group,
)

WIDENING = 4
"""Channels between a bottleneck layer's convolutions for each channel that it adds."""


@dataclass(frozen=True)
class Architecture:
    """Size and kind of a densely connected network.

    Parameters
    ----------
    depth
        Layers with weights on the longest path: 3n + 4, or 6n + 4 with bottlenecks.
    growth
        Channels that each layer adds, k; the stem has twice as many.
    bottleneck
        Whether a 1x1 convolution stands before each 3x3 (DenseNet-B).
    compression
        Fraction of the channels that a transition keeps, in (0, 1] (DenseNet-C).
    """

    depth: int
    growth: int = 12
    bottleneck: bool = False
    compression: float = 1.0

    @property
    def layers(self) -> int:
        """Layers of one dense stage, n."""
        return (self.depth - 4) // (6 if self.bottleneck else 3)

    @property
    def streams(self) -> tuple[tuple[int, int], ...]:
        """Channels of the stream (before, behind) each of the three dense stages."""
        found = []
        width = 2 * self.growth
        for _ in range(3):
            wide = width + self.layers * self.growth
            found.append((width, wide))
            width = int(wide * self.compression + 1e-9)  # 0.3 of 10 is 3, however it is stored
        return tuple(found)


class BasicLayer(nn.Module):
    """Norm, ReLU and 3x3 convolution, whose output joins the stream.

    Parameters
    ----------
    inputs
        Channels of the stream before the layer.
    growth
        Channels that it adds.
    """

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.select = ChannelSelection(inputs)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, growth, 3, padding=1, bias=False)

    def forward(self, stream: Tensor) -> Tensor:
        """Map (batch, inputs, H, W) to (batch, inputs + growth, H, W)."""
        return torch.cat((stream, self.conv1(F.relu(self.bn1(self.select(stream))))), dim=1)


class BottleneckLayer(nn.Module):
    """A layer with a 1x1 convolution before its 3x3 one (Huang et al. 2017, section 3).

    Parameters
    ----------
    inputs
        Channels of the stream before the layer.
    growth
        Channels that it adds; four times as many stand between its convolutions.
    """

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.select = ChannelSelection(inputs)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, WIDENING * growth, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(WIDENING * growth)
        self.conv2 = nn.Conv2d(WIDENING * growth, growth, 3, padding=1, bias=False)

    def forward(self, stream: Tensor) -> Tensor:
        """Map (batch, inputs, H, W) to (batch, inputs + growth, H, W)."""
        hidden = self.conv1(F.relu(self.bn1(self.select(stream))))
        return torch.cat((stream, self.conv2(F.relu(self.bn2(hidden)))), dim=1)


class Transition(nn.Module):
    """Norm, ReLU, 1x1 convolution and average pooling by 2 between dense stages.

    Parameters
    ----------
    inputs, outputs
        Channels of the stream before and after.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.select = ChannelSelection(inputs)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, stream: Tensor) -> Tensor:
        """Map (batch, inputs, H, W) to (batch, outputs, H / 2, W / 2)."""
        return F.avg_pool2d(self.conv1(F.relu(self.bn1(self.select(stream)))), 2)


class DenseNetwork(nn.Module):
    """Three dense stages with transitions between them (Huang et al. 2017, section 3).

    Parameters
    ----------
    channels, classes
        Channels of an image and number of classes.
    architecture
        Size and kind.
    """

    def __init__(self, channels: int, classes: int, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        (first, end1), (second, end2), (third, end3) = architecture.streams
        self.stem = nn.Conv2d(channels, first, 3, padding=1, bias=False)
        self.dense1 = dense_stage(first, architecture)
        self.trans1 = Transition(end1, second)
        self.dense2 = dense_stage(second, architecture)
        self.trans2 = Transition(end2, third)
        self.dense3 = dense_stage(third, architecture)
        self.select = ChannelSelection(end3)
        self.bn = nn.BatchNorm2d(end3)
        self.fc = nn.Linear(end3, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Score (batch, channels, H, W) images: (batch, classes)."""
        stream = self.trans1(self.dense1(self.stem(images)))
        stream = self.dense3(self.trans2(self.dense2(stream)))
        hidden = F.relu(self.bn(self.select(stream)))
        scores: Tensor = self.fc(hidden.mean(dim=(2, 3)))
        return scores


def dense_stage(width: int, architecture: Architecture) -> nn.Sequential:
    """Make the layers of one dense stage, each reading all that was made before it."""
    layer = BottleneckLayer if architecture.bottleneck else BasicLayer
    growth = architecture.growth
    return nn.Sequential(
        *(layer(width + index * growth, growth) for index in range(architecture.layers))
    )


def dense_groups(network: DenseNetwork) -> tuple[ChannelGroup, ...]:
    """Declare the channels that join a stream, then those inside layers, then selections."""
    selections = (name for name, m in network.named_modules() if isinstance(m, ChannelSelection))
    return (
        *joined_groups(network.architecture),
        *inner_groups(network),
        *(selection_group(network, reader_of(name)) for name in selections),
    )


def reader_of(selection: str) -> Reader:
    """Name what reads a stream through a selection, from the selection's name."""
    branch = selection.rpartition(".")[0]
    return branch_reader(branch) if branch else HEAD


def joined_groups(architecture: Architecture) -> Iterator[ChannelGroup]:
    """Declare what the stem, the transitions and the layers add to the streams.

    Every later layer of the same stage reads it, and the transition or linear layer behind them.
    """
    writer = "conv2" if architecture.bottleneck else "conv1"
    for stage, (width, _) in enumerate(architecture.streams, start=1):
        layers = tuple(f"dense{stage}.{index}" for index in range(architecture.layers))
        end = HEAD if stage == 3 else branch_reader(f"trans{stage}")
        readers = (*map(branch_reader, layers), end)
        yield joined_group("stem" if stage == 1 else f"trans{stage - 1}.conv1", width, readers, 0)
        for index, layer in enumerate(layers):
            offset = width + index * architecture.growth
            later = readers[index + 1 :]
            yield joined_group(f"{layer}.{writer}", architecture.growth, later, offset)


def joined_group(writer: str, size: int, readers: tuple[Reader, ...], offset: int) -> ChannelGroup:
    """Declare all that one convolution makes, from its place in the stream on."""
    return replace(stream_group(writer, size, (writer,), readers, offset), joined=True)


def inner_groups(network: DenseNetwork) -> Iterator[ChannelGroup]:
    """Declare the channels between the convolutions of each bottleneck layer."""
    for name, layer in network.named_modules():
        if isinstance(layer, BottleneckLayer):
            yield ChannelGroup(
                name=f"{name}.conv1",
                size=layer.conv1.out_channels,
                producers=(Span(f"{name}.conv1"),),
                norms=(Span(f"{name}.bn2"),),
                consumers=(Span(f"{name}.conv2"),),
            )
