"""The residual network for small images, its two shortcuts and its channel groups."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.api import ChannelGroup, Span
from prunebench.errors import IncompatibleError
from prunebench_plugins.models._block import ResidualBlock, block_groups

ShortcutKind: TypeAlias = Literal["projection", "zero-pad"]
"""How the stream widens between stages (He et al. 2016, section 3.3, options B and A)."""


class ZeroPad(nn.Module):
    """Shortcut without parameters: average pooling by 2, then channels of zeros.

    Parameters
    ----------
    in_channels, out_channels
        Channels read and written; those that were read come first, the zeros after them.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels

    def forward(self, stream: Tensor) -> Tensor:
        """Map (batch, in, H, W) to (batch, out, H / 2, W / 2)."""
        zeros = self.out_channels - self.in_channels
        return F.pad(F.avg_pool2d(stream, 2), (0, 0, 0, 0, 0, zeros))

    def narrow(self, kept_inputs: Tensor, kept_outputs: Tensor) -> None:
        """Change the shortcut to read and write only the kept channels.

        Parameters
        ----------
        kept_inputs, kept_outputs
            Increasing indices of channels, (channels,).

        Raises
        ------
        IncompatibleError
            If a channel that passes through is kept on one side only.
        """
        passed = kept_outputs[kept_outputs < self.in_channels]
        if not torch.equal(passed, kept_inputs):
            msg = (
                f"a zero-pad shortcut cannot keep {kept_inputs.tolist()} of its inputs and "
                f"{passed.tolist()} of what passes through; cut both by one channel group."
            )
            raise IncompatibleError(msg)
        self.in_channels, self.out_channels = len(kept_inputs), len(kept_outputs)


class BasicBlock(ResidualBlock):
    """Two 3x3 convolutions beside a shortcut (He et al. 2016, figure 2), ReLU after the sum.

    Parameters
    ----------
    inputs, outputs
        Channels of the stream before and after the block.
    stride
        Stride of the first convolution.
    shortcut
        Maps the block's input to the shape of its output.
    """

    def __init__(self, inputs: int, outputs: int, stride: int, shortcut: nn.Module) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = shortcut

    def forward(self, stream: Tensor) -> Tensor:
        """Map (batch, inputs, H, W) to (batch, outputs, H / stride, W / stride)."""
        if not self.has_branch:
            return F.relu(self.shortcut(stream))
        hidden = F.relu(self.bn1(self.conv1(stream)))
        return F.relu(self.bn2(self.conv2(hidden)) + self.shortcut(stream))


@dataclass(frozen=True)
class Architecture:
    """Size and kind of a residual network.

    Parameters
    ----------
    depth
        Layers with weights on the longest path: 6n + 2 for n blocks in each of three stages.
    width
        Channels of the first stage; the others have twice and four times as many.
    shortcut
        How the stream widens between stages.
    """

    depth: int
    width: int = 16
    shortcut: ShortcutKind = "projection"

    @property
    def blocks(self) -> int:
        """Blocks of one stage."""
        return (self.depth - 2) // 6

    @property
    def widths(self) -> tuple[int, int, int]:
        """Channels of the stages."""
        return self.width, 2 * self.width, 4 * self.width


class ResidualNetwork(nn.Module):
    """Three stages of basic blocks for small images (He et al. 2016, section 4.2).

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
        first, second, third = architecture.widths
        self.stem = conv_norm(channels, first, 3)
        self.stage1 = nn.Sequential(*plain_blocks(first, architecture.blocks))
        self.stage2 = widening_stage(first, architecture)
        self.stage3 = widening_stage(second, architecture)
        self.fc = nn.Linear(third, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Score (batch, channels, H, W) images: (batch, classes)."""
        stream = F.relu(self.stem(images))
        stream = self.stage3(self.stage2(self.stage1(stream)))
        scores: Tensor = self.fc(stream.mean(dim=(2, 3)))
        return scores


def conv_norm(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Make a convolution that keeps the size (but for its stride) and its batch norm."""
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(OrderedDict[str, nn.Module](conv=conv, bn=nn.BatchNorm2d(outputs)))


def plain_blocks(width: int, blocks: int) -> Iterator[BasicBlock]:
    """Make blocks that leave the width as it is."""
    return (BasicBlock(width, width, 1, nn.Identity()) for _ in range(blocks))


def widening_stage(width: int, architecture: Architecture) -> nn.Sequential:
    """Make a stage whose first block halves height and width and doubles the `width` channels."""
    wide = 2 * width
    shortcut = (
        conv_norm(width, wide, 1, stride=2)
        if architecture.shortcut == "projection"
        else ZeroPad(width, wide)
    )
    opening = BasicBlock(width, wide, 2, shortcut)
    return nn.Sequential(opening, *plain_blocks(wide, architecture.blocks - 1))


@dataclass(frozen=True)
class Stream:
    """The modules that write, normalise and read the residual stream of one stage, by name."""

    writers: tuple[str, ...]
    norms: tuple[str, ...]
    readers: tuple[str, ...]


def residual_groups(network: ResidualNetwork) -> tuple[ChannelGroup, ...]:
    """Declare one group per block's first convolution, then residual streams, then blocks."""
    is_projection = network.architecture.shortcut == "projection"
    streams = separate_streams(network) if is_projection else continued_streams(network)
    return (*hidden_groups(network), *streams, *block_groups(network))


def hidden_groups(network: nn.Module) -> Iterator[ChannelGroup]:
    """Declare the channels inside each block, which nothing outside it touches."""
    for name, block in network.named_modules():
        if isinstance(block, BasicBlock):
            yield ChannelGroup(
                name=f"{name}.conv1",
                size=block.conv1.out_channels,
                producers=(Span(f"{name}.conv1"),),
                norms=(Span(f"{name}.bn1"),),
                consumers=(Span(f"{name}.conv2"),),
            )


def separate_streams(network: ResidualNetwork) -> Iterator[ChannelGroup]:
    """Declare the streams between projections: each stage has its own channels."""
    for stage, width in enumerate(network.architecture.widths, start=1):
        yield stream_group(f"stream{stage}", 0, width, (stage_stream(network, stage),))


def continued_streams(network: ResidualNetwork) -> Iterator[ChannelGroup]:
    """Declare the streams behind zero-padding.

    A stage's channels live on as the first channels of the later stages, so a group holds the
    channels that its stage adds, wherever they go.
    """
    streams = tuple(stage_stream(network, stage) for stage in (1, 2, 3))
    offset = 0
    for index, width in enumerate(network.architecture.widths):
        yield stream_group(f"stream{index + 1}", offset, width - offset, streams[index:])
        offset = width


def stage_stream(network: ResidualNetwork, stage: int) -> Stream:
    """Collect what touches the stream of a stage; its first writer is the one to be scored."""
    blocks = [f"stage{stage}.{i}" for i in range(network.architecture.blocks)]
    entry = "stem" if stage == 1 else f"stage{stage}.0.shortcut"
    writers = tuple(f"{block}.conv2" for block in blocks)
    norms = tuple(f"{block}.bn2" for block in blocks)
    own_readers = tuple(f"{block}.conv1" for block in blocks[min(stage - 1, 1) :])
    readers = own_readers + stage_exit(network, stage)
    if isinstance(network.get_submodule(entry), ZeroPad):
        return Stream((*writers, entry), norms, readers)
    return Stream((f"{entry}.conv", *writers), (f"{entry}.bn", *norms), readers)


def stage_exit(network: ResidualNetwork, stage: int) -> tuple[str, ...]:
    """Name what reads a stage's stream behind its last block."""
    if stage == 3:
        return ("fc",)
    shortcut = f"stage{stage + 1}.0.shortcut"
    reader = shortcut if network.architecture.shortcut == "zero-pad" else f"{shortcut}.conv"
    return (f"stage{stage + 1}.0.conv1", reader)


def stream_group(name: str, offset: int, size: int, streams: tuple[Stream, ...]) -> ChannelGroup:
    """Declare the same channels of one or several streams as one coupled group."""
    return ChannelGroup(
        name=name,
        size=size,
        producers=tuple(Span(module, offset) for stream in streams for module in stream.writers),
        norms=tuple(Span(module, offset) for stream in streams for module in stream.norms),
        consumers=tuple(Span(module, offset) for stream in streams for module in stream.readers),
        coupled=True,
    )
