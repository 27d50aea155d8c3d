"""Whether a network with channels cut computes the same as with them silenced."""

from collections.abc import Sequence
from copy import deepcopy
from math import sqrt

import torch
from torch import Tensor, nn

from prunebench.core.initialise import BatchNorm, fans, kernels
from prunebench.core.layout import ChannelGroup
from prunebench.core.mask import Mask
from prunebench.core.surgery import cut, silence

CLOSE = 1e-4
"""Greatest difference of scores taken for rounding, relative to the greatest score."""


@torch.no_grad()
def stand_in(network: nn.Module, generator: torch.Generator) -> nn.Module:
    """Copy a network to the CPU, in eval mode and single precision, with random values.

    No parameter or statistic has its initial value: a zero or a fresh batch norm hides mistakes. Of
    a network on the meta device, buffers that no batch norm owns are zero.
    """
    copy = deepcopy(network).eval()
    if any(tensor.is_meta for tensor in (*copy.parameters(), *copy.buffers())):
        copy = copy.to_empty(device="cpu")
        for buffer in copy.buffers():
            buffer.zero_()
    copy = copy.cpu().float()
    for parameter in copy.parameters():
        if parameter.is_floating_point():
            parameter.uniform_(0.5, 1.5, generator=generator)
    for _, kernel in kernels(copy):
        kernel.weight.normal_(0.0, sqrt(2.0 / fans(kernel)[0]), generator=generator)
    for module in copy.modules():
        if isinstance(module, BatchNorm) and module.running_mean is not None:
            assert module.running_var is not None  # torch keeps both or neither
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
    return copy


def half(groups: Sequence[ChannelGroup], generator: torch.Generator) -> Mask:
    """Keep a random half of every group, rounded up."""
    kept = {}
    for group in groups:
        order = torch.randperm(group.size, generator=generator)
        kept[group.name] = order >= group.size // 2
    return Mask(kept)


@torch.no_grad()
def difference(
    network: nn.Module, groups: Sequence[ChannelGroup], images: Tensor, generator: torch.Generator
) -> str:
    """Say in what the network without half of every group differs from the silenced one.

    Parameters
    ----------
    network
        A stand-in; left as it is.
    groups
        What is cut, all at once.
    images
        (images, channels, height, width).
    generator
        Of the mask.

    Returns
    -------
    str
        End of a sentence; empty if both compute the same.
    """
    mask = half(groups, generator)
    try:
        found = cut(network, groups, mask)(images)
    except Exception as error:  # noqa: BLE001 - whatever a stranger's forward pass raises
        return f"broke the network: {brief(error)}"
    silent = deepcopy(network)
    silence(silent, groups, mask)
    expected = silent(images)
    if found.shape != expected.shape:
        return "changed the shape of the output"
    gap = (found - expected).abs().max()
    return "" if bool(gap <= CLOSE * expected.abs().max()) else "changed the output"


def brief(error: Exception) -> str:
    """Give an error's type and first line, without a full stop."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__} ({first.rstrip('.')})" if first else type(error).__name__
