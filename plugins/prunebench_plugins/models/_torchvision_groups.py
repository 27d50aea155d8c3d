"""Channel groups of torchvision's networks, found by walking through their blocks in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

from torch import nn

from prunebench.api import ChannelGroup, Span, kernels, norms
from prunebench_plugins.models._block import block_groups


@dataclass
class Strand:
    """Channels of one group, collected while walking.

    Parameters
    ----------
    size
        Number of channels.
    producers, norms, consumers
        What writes, normalises and reads them so far.
    coupled
        Whether an addition joins several producers: a residual stream.
    """

    size: int
    producers: list[Span] = field(default_factory=list)
    norms: list[Span] = field(default_factory=list)
    consumers: list[Span] = field(default_factory=list)
    coupled: bool = False

    def written(self, conv: str, norm: str) -> None:
        """Add a convolution that writes these channels, and its batch norm."""
        self.producers.append(Span(conv))
        self.norms.append(Span(norm))

    def read(self, *layers: str) -> None:
        """Add layers that read these channels."""
        self.consumers += [Span(layer) for layer in layers]


def resnet_groups(network: nn.Module) -> tuple[ChannelGroup, ...]:
    """Declare what lies inside the blocks, then the residual streams, then the blocks.

    The streams are opened by the stem or by a ``downsample`` convolution. Where the first block has
    one of its own (bottlenecks), nothing is added to the stem's channels: a group like any other.
    """
    inside: list[Strand] = []
    stream = started(network, "conv1", "bn1")
    streams = [stream]
    for name, block in resnet_blocks(network):
        stream.read(f"{name}.conv1")
        if block.downsample is not None:
            stream.read(f"{name}.downsample.0")
            stream = started(network, f"{name}.downsample.0", f"{name}.downsample.1")
            streams.append(stream)
        inside += inside_resnet_block(network, name, block)
        last = 3 if hasattr(block, "conv3") else 2
        stream.written(f"{name}.conv{last}", f"{name}.bn{last}")
        stream.coupled = True
    stream.read("fc")
    return (*named_groups(network, [*inside, *streams]), *block_groups(network))


def resnet_blocks(network: nn.Module) -> Iterator[tuple[str, Any]]:
    """Walk over the residual blocks of all four stages."""
    for stage in (1, 2, 3, 4):
        for name, block in network.get_submodule(f"layer{stage}").named_children():
            yield f"layer{stage}.{name}", block


def inside_resnet_block(network: nn.Module, name: str, block: Any) -> Iterator[Strand]:
    """Collect the hidden channels of one block.

    One group per hidden convolution; but one group of blocks where the second convolution of a
    bottleneck is in blocks (Xie et al. 2017, figure 3c), since its block reads what only its own
    part of the first convolution writes.
    """
    if block.conv2.groups > 1:
        blocks = block.conv2.groups
        width = block.conv2.out_channels // blocks
        yield Strand(
            blocks,
            [Span(f"{name}.{conv}", repeat=width) for conv in ("conv1", "conv2")],
            [Span(f"{name}.{norm}", repeat=width) for norm in ("bn1", "bn2")],
            [Span(f"{name}.conv3", repeat=width)],
        )
        return
    for index in (1, 2) if hasattr(block, "conv3") else (1,):
        hidden = started(network, f"{name}.conv{index}", f"{name}.bn{index}")
        hidden.read(f"{name}.conv{index + 1}")
        yield hidden


def mobilenet_groups(network: nn.Module) -> tuple[ChannelGroup, ...]:
    """Declare the expanded channels inside the blocks, and the channels between the blocks.

    A depthwise convolution writes each of its channels from the same channel, so it stands beside
    the convolution before it; the first block has no expansion, so there it is the stem.
    """
    first, *blocks, last = mobilenet_parts(network)
    stream = started(network, f"{first}.0", f"{first}.1")
    strands = [stream]
    for name in blocks:
        block: Any = network.get_submodule(name)
        expansion, depthwise, project, norm = mobilenet_block(name, block)
        inner = stream
        if expansion:
            stream.read(f"{expansion}.0")
            inner = started(network, f"{expansion}.0", f"{expansion}.1")
            strands.append(inner)
        inner.written(f"{depthwise}.0", f"{depthwise}.1")
        inner.read(project)
        if block.use_res_connect:
            stream.coupled = True
            stream.written(project, norm)
        else:
            stream = started(network, project, norm)
            strands.append(stream)
    stream.read(f"{last}.0")
    final = started(network, f"{last}.0", f"{last}.1")
    final.read("classifier.1")
    return named_groups(network, [*strands, final])


def mobilenet_parts(network: nn.Module) -> list[str]:
    """Name the stem, the blocks and the last convolution of MobileNetV2."""
    return [f"features.{name}" for name, _ in network.get_submodule("features").named_children()]


def mobilenet_block(name: str, block: nn.Module) -> tuple[str, str, str, str]:
    """Name a block's expansion (may be empty), depthwise part, last convolution and its norm."""
    parts = [f"{name}.conv.{part}" for part, _ in block.get_submodule("conv").named_children()]
    expansion, depthwise, project, norm = parts if len(parts) == 4 else ["", *parts]
    return expansion, depthwise, project, norm


def started(network: nn.Module, conv: str, norm: str) -> Strand:
    """Start a strand at the convolution that writes it and its batch norm."""
    strand = Strand(network.get_parameter(f"{conv}.weight").shape[0])
    strand.written(conv, norm)
    return strand


def vgg_groups(network: nn.Module) -> tuple[ChannelGroup, ...]:
    """Declare one group per hidden layer of a network in which each layer reads the one before.

    The first linear layer reads a map of 7x7 whatever the size of the images (adaptive pooling),
    so 49 consecutive features belong to a channel.
    """
    place = {name: index for index, (name, _) in enumerate(network.named_modules())}
    return tuple(
        ChannelGroup(
            name=name,
            size=writer.weight.shape[0],
            producers=(Span(name),),
            norms=tuple(
                Span(norm) for norm, _ in norms(network) if place[name] < place[norm] < place[after]
            ),
            consumers=(Span(after, repeat=reader.weight.shape[1] // writer.weight.shape[0]),),
        )
        for (name, writer), (after, reader) in pairwise(kernels(network))
    )


def named_groups(network: nn.Module, strands: list[Strand]) -> tuple[ChannelGroup, ...]:
    """Declare strands as groups: in the order of their first layers, residual streams last."""
    place = {name: index for index, (name, _) in enumerate(network.named_modules())}
    ordered = sorted(strands, key=lambda s: (s.coupled, place[s.producers[0].module]))
    streams = count(1)
    return tuple(
        ChannelGroup(
            name=f"stream{next(streams)}" if strand.coupled else strand.producers[0].module,
            size=strand.size,
            producers=tuple(strand.producers),
            norms=tuple(strand.norms),
            consumers=tuple(strand.consumers),
            coupled=strand.coupled,
        )
        for strand in ordered
    )
