"""What a network consists of, as plain data: layers, norms and coupled channels.

A `Layout` is made once per model (from tensors without storage) and is all that planning needs:
how many units there are, which belong together, what they cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Literal, TypeAlias

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
        Consecutive features per channel: 1; H·W where a linear layer reads a flattened map; the
        width of one block where the unit is a whole block of a convolution in blocks (ResNeXt).
    """

    module: str
    offset: int = 0
    repeat: int = 1


GroupKind: TypeAlias = Literal["channel", "selection", "block"]
"""What lives and dies together: produced channels, read channels of a stream, a whole branch."""


@dataclass(frozen=True)
class ChannelGroup:
    """Units that live and die together: channels, or one residual branch as a whole.

    Parameters
    ----------
    name
        The group's name: that of the module that produces it, or of the residual stream.
    size
        Number of channels; 1 for a block.
    producers
        Modules that write these channels. The first is the one whose filters are scored: for a
        residual stream the shortcut convolution (Li et al. 2016, section 3.3). A convolution in
        blocks writes and reads its channels in one: it is named here and not among the consumers.
        For a selection the one module that passes channels of a stream on; for a block the module
        whose ``remove_branch()`` leaves the shortcut alone.
    norms
        Batch norms with one scale, shift, mean and variance per channel.
    consumers
        Modules that read these channels.
    coupled
        True on a residual stream: pruned only on request.
    joined
        True where the channels become part of a concatenated stream, from which every later branch
        selects: a method prunes these groups or the selections, not both.
    kind
        ``"channel"``: channels that the producers' filters make. ``"selection"``: channels of a
        residual or concatenated stream as one branch reads them; the stream keeps them all (Liu
        et al. 2017, section 3.3). ``"block"``: one residual branch.
    members
        Of a block: every kernel and norm of the branch, in order; the output of the last is what
        joins the stream.
    """

    name: str
    size: int
    producers: tuple[Span, ...]
    norms: tuple[Span, ...] = ()
    consumers: tuple[Span, ...] = ()
    coupled: bool = False
    joined: bool = False
    kind: GroupKind = "channel"
    members: tuple[str, ...] = ()


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
    norm
        Name of the batch norm that reads this layer's output and nothing else; empty without one.
    """

    name: str
    kind: Literal["conv", "linear"]
    shape: tuple[int, ...]
    bias: bool
    places: int
    blocks: int = 1
    prunable: bool = True
    output: bool = False
    norm: str = ""

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
