"""Cut channels out of a network, or silence them by masks; both compute the same function.

A channel that goes takes with it its filter, its bias, its batch-norm scale, shift and statistics,
and the slices of the kernels that read it. Silenced: all of those zero (running variance one).
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from prunebench.core.initialise import BatchNorm, Kernel
from prunebench.core.layout import ChannelGroup
from prunebench.core.mask import Mask
from prunebench.core.sides import Narrowing, Sides, kept_features
from prunebench.errors import ContractError


@runtime_checkable
class Branching(Protocol):
    """A module with a branch beside a shortcut, such as a residual block."""

    def remove_branch(self) -> None:
        """Change the module to its shortcut alone, without the branch's parameters."""


def cut(network: nn.Module, groups: Sequence[ChannelGroup], mask: Mask) -> nn.Module:
    """Give a copy of the network without the channels that the mask drops; names stay.

    Parameters
    ----------
    network
        The dense network; left as it is.
    groups
        Its channel groups.
    mask
        Group name to kept channels, ``(channels,)``; groups not named stay whole.
    """
    narrow = deepcopy(network)
    gone = dropped_blocks(groups, mask)
    vanished = {member for block in gone for member in block.members}
    for name, sides in kept_features(network, groups, mask).items():
        if name not in vanished:
            narrow_module(narrow.get_submodule(name), sides)
    for block in gone:
        remove_branch(narrow, block)
    return narrow


def dropped_blocks(
    groups: Sequence[ChannelGroup], mask: Mapping[str, Tensor]
) -> list[ChannelGroup]:
    """List the blocks whose branch a mask drops."""
    return [g for g in groups if g.kind == "block" and g.name in mask and not bool(mask[g.name])]


def remove_branch(network: nn.Module, block: ChannelGroup) -> None:
    """Change one block of a network to its shortcut.

    Raises
    ------
    ContractError
        If its module has no ``remove_branch()``.
    """
    module = network.get_submodule(block.producers[0].module)
    if not isinstance(module, Branching):
        msg = f"block {block.name!r}: {type(module).__name__} needs a method remove_branch()."
        raise ContractError(msg)
    module.remove_branch()


def narrow_module(module: nn.Module, sides: Sides) -> None:
    """Change one module to its kept features."""
    if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Linear):
        narrow_kernel(module, sides)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        narrow_norm(module, sides)
    else:
        assert isinstance(module, Narrowing)  # `features` refuses everything else
        module.narrow(
            indices(sides.inputs, module.in_channels),
            indices(sides.outputs, module.out_channels),
        )


def indices(kept: Tensor | None, size: int) -> Tensor:
    """Give the kept positions of a boolean vector; all of `size` where there is none."""
    return torch.arange(size) if kept is None else kept.nonzero().flatten()


@torch.no_grad()
def narrow_kernel(module: Kernel, sides: Sides) -> None:
    """Change a convolution or linear layer to its kept output and input features."""
    if not isinstance(module, nn.Linear) and module.groups > 1:
        narrow_blocks(module, sides)
        return
    rows = indices(sides.outputs, module.weight.shape[0]).to(module.weight.device)
    columns = indices(sides.inputs, module.weight.shape[1]).to(module.weight.device)
    weight = module.weight.index_select(0, rows).index_select(1, columns)
    module.weight = nn.Parameter(weight.contiguous())
    if module.bias is not None:
        module.bias = nn.Parameter(module.bias.index_select(0, rows))
    if isinstance(module, nn.Linear):
        module.out_features, module.in_features = len(rows), len(columns)
    else:
        module.out_channels, module.in_channels = len(rows), len(columns)


@torch.no_grad()
def narrow_blocks(module: nn.Conv1d | nn.Conv2d, sides: Sides) -> None:
    """Change a convolution in blocks (depthwise: of one channel each) to whole kept blocks.

    Raises
    ------
    ContractError
        If a block is kept in part.
    """
    rows = indices(sides.outputs, module.out_channels)
    width, reads = module.out_channels // module.groups, module.weight.shape[1]
    blocks = rows.div(width, rounding_mode="floor").unique()
    if len(rows) != len(blocks) * width:
        msg = (
            f"a convolution in {module.groups} blocks keeps {len(rows)} channels, no whole blocks."
        )
        raise ContractError(msg)
    here = rows.to(module.weight.device)
    module.weight = nn.Parameter(module.weight.index_select(0, here).contiguous())
    if module.bias is not None:
        module.bias = nn.Parameter(module.bias.index_select(0, here))
    module.groups = len(blocks)
    module.out_channels, module.in_channels = len(rows), len(blocks) * reads


@torch.no_grad()
def narrow_norm(module: BatchNorm, sides: Sides) -> None:
    """Change a batch norm to its kept channels."""
    kept = indices(sides.outputs, module.num_features)
    for name, parameter in list(module.named_parameters()):
        setattr(module, name, nn.Parameter(parameter.index_select(0, kept.to(parameter.device))))
    for name, buffer in list(module.named_buffers()):
        if buffer.dim():  # all but the number of batches
            setattr(module, name, buffer.index_select(0, kept.to(buffer.device)))
    module.num_features = len(kept)


def parameter_masks(
    network: nn.Module, groups: Sequence[ChannelGroup], mask: Mask
) -> dict[str, Tensor]:
    """Write a mask over groups as masks over parameters, by parameter name.

    Returns
    -------
    dict
        Boolean tensors of the parameters' shapes: kernels lose rows and columns, biases, scales
        and shifts lose entries.
    """
    found: dict[str, Tensor] = {}
    for name, sides in kept_features(network, groups, mask).items():
        for parameter, tensor in network.get_submodule(name).named_parameters(recurse=False):
            found[f"{name}.{parameter}"] = outer(sides, tensor)
    return found


def outer(sides: Sides, parameter: Tensor) -> Tensor:
    """Combine kept rows and columns to a mask of a parameter's shape."""
    kept = torch.ones(parameter.shape, dtype=torch.bool)
    if sides.outputs is not None:
        kept &= sides.outputs.view(-1, *[1] * (parameter.dim() - 1))
    if sides.inputs is not None and parameter.dim() > 1:
        kept &= sides.inputs.view(1, -1, *[1] * (parameter.dim() - 2))
    return kept


@torch.no_grad()
def silence(network: nn.Module, groups: Sequence[ChannelGroup], mask: Mask) -> None:
    """Change the network so that dropped channels are zero, statistics included."""
    parameters = dict(network.named_parameters())
    for name, kept in parameter_masks(network, groups, mask).items():
        parameters[name].mul_(kept.to(parameters[name].device))
    for norm, kept in silenced_norms(network, groups, mask):
        if norm.running_mean is not None and norm.running_var is not None:
            gone = ~kept.to(norm.running_mean.device)
            norm.running_mean.masked_fill_(gone, 0.0)
            norm.running_var.masked_fill_(gone, 1.0)


def silenced_norms(
    network: nn.Module, groups: Sequence[ChannelGroup], mask: Mask
) -> Iterator[tuple[BatchNorm, Tensor]]:
    """Walk over the batch norms that a mask touches, with their kept channels."""
    for name, sides in kept_features(network, groups, mask).items():
        module = network.get_submodule(name)
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) and sides.outputs is not None:
            yield module, sides.outputs


@torch.no_grad()
def apply_weight_mask(network: nn.Module, mask: Mapping[str, Tensor]) -> None:
    """Change the kernels of the named layers: dropped weights become exactly zero."""
    for name, kept in mask.items():
        weight = network.get_parameter(f"{name}.weight")
        weight.mul_(kept.to(weight.device))


@torch.no_grad()
def widen(
    network: nn.Module,
    groups: Sequence[ChannelGroup],
    mask: Mapping[str, Tensor],
    state: Mapping[str, Tensor],
) -> None:
    """Change a dense network to what a cut one's state says; dropped channels are zero.

    Parameters
    ----------
    network
        The dense network.
    groups, mask
        What was cut.
    state
        State dict of the cut network.
    """
    sides = kept_features(network, groups, mask)
    for name, tensor in network.state_dict(keep_vars=True).items():
        module = name.rpartition(".")[0]
        if module not in sides or tensor.dim() == 0:
            if name in state:
                tensor.copy_(state[name])
            continue
        kept = outer(sides[module], tensor).to(tensor.device)
        # A dropped channel's running variance is one, as `silence` leaves it.
        tensor.fill_(1.0 if name.endswith("running_var") else 0.0)
        if name in state:  # a dropped block left nothing behind
            tensor[kept] = state[name].to(tensor.device).flatten()
