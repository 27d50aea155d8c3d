"""Look at a channel group's tensors, each with the group's channels alone."""

from typing import TypeAlias

from torch import Tensor, nn

from prunebench.core.initialise import BatchNorm, Kernel
from prunebench.core.layout import ChannelGroup, Span

Views: TypeAlias = tuple[tuple[Tensor, ...], Tensor | None, Tensor | None, tuple[Tensor, ...]]
"""Filters of the producers, scale, shift, and kernels of the consumers."""


def view_group(network: nn.Module, group: ChannelGroup) -> Views:
    """Give the views of one group, detached.

    Returns
    -------
    tuple
        Producers' kernels (channels first), batch norm scale and shift of the first norm (or
        None), consumers' kernels as (out, channels, ...), see `GroupView`.
    """
    filters = tuple(
        rows(kernel, span, group.size)
        for span in group.producers
        if isinstance(kernel := network.get_submodule(span.module), Kernel)
    )
    readers = tuple(
        columns(kernel, span, group.size)
        for span in group.consumers
        if isinstance(kernel := network.get_submodule(span.module), Kernel)
    )
    scale = shift = None
    for span in group.norms[:1]:
        norm = network.get_submodule(span.module)
        if isinstance(norm, BatchNorm) and norm.affine:
            scale, shift = (
                entries(tensor.detach(), span, group.size) for tensor in (norm.weight, norm.bias)
            )
    return filters, scale, shift, readers


def entries(vector: Tensor, span: Span, size: int) -> Tensor:
    """Give a norm's entries: (channels,), or (blocks, width) of blocks."""
    start = span.offset * span.repeat
    part = vector[start : start + size * span.repeat]
    return part.unflatten(0, (size, span.repeat)) if span.repeat > 1 else part


def rows(kernel: Kernel, span: Span, size: int) -> Tensor:
    """Give a producer's filters: (channels, in, ...), or (blocks, width, in, ...) of blocks."""
    start = span.offset * span.repeat
    part = kernel.weight.detach()[start : start + size * span.repeat]
    return part.unflatten(0, (size, span.repeat)) if span.repeat > 1 else part


def columns(kernel: Kernel, span: Span, size: int) -> Tensor:
    """Give a consumer's slices: (out, channels, height, width) or (out, channels, places)."""
    start = span.offset * span.repeat
    part = kernel.weight.detach()[:, start : start + size * span.repeat]
    return part.unflatten(1, (size, span.repeat)) if part.dim() == 2 or span.repeat > 1 else part
