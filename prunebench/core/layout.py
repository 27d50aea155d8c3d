"""What a network consists of, as plain data: layers, norms and coupled channels.

A `Layout` is made once per model (from tensors without storage) and is all that planning needs:
how many units there are, which belong together, what they cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Literal

from prunebench.errors import IncompatibleError


@dataclass(frozen=True)
class Span:
    """The channels of one module that belong to a group.

    Parameters
    ----------
    module
        Module name, such as ``"layer1.0.conv1"``.
    offset
        First channel of the group in that module.
    repeat
        Consecutive features per channel: 1, or H·W where a linear layer reads a flattened map.
    """

    module: str
    offset: int = 0
    repeat: int = 1


@dataclass(frozen=True)
class ChannelGroup:
    """Channels that live and die together.

    Parameters
    ----------
    name
        The group's name: that of the module that produces it, or of the residual stream.
    size
        Number of channels.
    producers
        Modules that write these channels. The first is the one whose filters are scored: for a
        residual stream the shortcut convolution (Li et al. 2016, section 3.3).
    norms
        Batch norms with one scale, shift, mean and variance per channel.
    consumers
        Modules that read these channels.
    coupled
        True on a residual stream: pruned only on request.
    """

    name: str
    size: int
    producers: tuple[Span, ...]
    norms: tuple[Span, ...]
    consumers: tuple[Span, ...]
    coupled: bool = False


@dataclass(frozen=True)
class Layer:
    """One weight-carrying module.

    Parameters
    ----------
    name
        Module name; its kernel is the parameter ``name + ".weight"``.
    kind
        ``"conv"`` or ``"linear"``.
    shape
        Shape of the kernel: (out, in / blocks, kernel height, kernel width) or (out, in).
    bias
        Whether it has a bias of length out.
    places
        Output positions per image: H·W for a convolution, 1 for a linear layer.
    blocks
        The convolution's ``groups`` argument (1 = dense connections).
    prunable
        Whether the recipe's prunable set holds it.
    output
        True for the layer that produces the class scores.
    """

    name: str
    kind: Literal["conv", "linear"]
    shape: tuple[int, ...]
    bias: bool
    places: int
    blocks: int = 1
    prunable: bool = True
    output: bool = False

    @property
    def size(self) -> int:
        """Number of weights in the kernel."""
        return prod(self.shape)

    @property
    def macs(self) -> int:
        """Multiply-adds for one image; additions of a bias are not counted."""
        return self.size * self.places


@dataclass(frozen=True)
class Norm:
    """One batch norm: its module name and number of channels."""

    name: str
    size: int


@dataclass(frozen=True)
class Layout:
    """Layers, norms and channel groups of one network, in registration order.

    Parameters
    ----------
    layers
        All convolutions and linear layers.
    norms
        All batch norms with affine parameters.
    groups
        Channel groups that can be cut.
    other_params
        Trainable parameters outside `layers` and `norms`.
    """

    layers: tuple[Layer, ...]
    norms: tuple[Norm, ...]
    groups: tuple[ChannelGroup, ...]
    other_params: int = 0

    @cached_property
    def by_name(self) -> Mapping[str, Layer]:
        """Layers by module name."""
        return {layer.name: layer for layer in self.layers}

    @cached_property
    def prunable(self) -> tuple[Layer, ...]:
        """The layers of the prunable set."""
        return tuple(layer for layer in self.layers if layer.prunable)

    @cached_property
    def prunable_size(self) -> int:
        """Weights in the prunable set."""
        return sum(layer.size for layer in self.prunable)

    @cached_property
    def params(self) -> int:
        """Trainable parameters of the whole dense network."""
        weights = sum(layer.size + layer.bias * layer.shape[0] for layer in self.layers)
        return weights + 2 * sum(norm.size for norm in self.norms) + self.other_params

    @cached_property
    def macs(self) -> int:
        """Multiply-adds of the dense network for one image."""
        return sum(layer.macs for layer in self.layers)

    def restricted(self, groups: tuple[ChannelGroup, ...]) -> "Layout":
        """Give the same network with only these channel groups in play."""
        return replace(self, groups=groups)

    def group(self, name: str) -> ChannelGroup:
        """Find a group by name.

        Raises
        ------
        IncompatibleError
            If the model has no such group.
        """
        for group in self.groups:
            if group.name == name:
                return group
        known = ", ".join(group.name for group in self.groups) or "none"
        msg = f"the model has no channel group {name!r}; its groups are: {known}."
        raise IncompatibleError(msg)
