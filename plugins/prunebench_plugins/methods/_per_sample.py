"""Squared gradients of single images, for every kernel of a network at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.errors import IncompatibleError

Conv = nn.Conv1d | nn.Conv2d


@dataclass(frozen=True)
class Tap:
    """What one layer reads in a forward pass, and a handle on its output, for each of its uses.

    Parameters
    ----------
    reads
        Inputs as `unfold` gives them, (images, blocks, in, positions), one per use.
    probes
        Zeros that were added to the outputs. The gradient by a probe is the gradient by the
        output, also where the next module overwrites the output in place.
    """

    reads: list[Tensor] = field(default_factory=list)
    probes: list[Tensor] = field(default_factory=list)


@contextmanager
def tapped(model: nn.Module, layers: Iterable[str]) -> Iterator[dict[str, Tap]]:
    """Record the named layers while the model runs; the hooks are gone afterwards."""
    taps = {name: Tap() for name in layers}
    handles = [
        model.get_submodule(name).register_forward_hook(recorder(tap)) for name, tap in taps.items()
    ]
    try:
        yield taps
    finally:
        for handle in handles:
            handle.remove()


def recorder(tap: Tap) -> Any:
    """Make the forward hook that fills a tap and passes the output on."""

    def record(module: Any, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        tap.reads.append(unfold(module, inputs[0].detach()))
        tap.probes.append(torch.zeros_like(output, requires_grad=True))
        return output + tap.probes[-1]

    return record


def unfold(module: nn.Linear | Conv, inputs: Tensor) -> Tensor:
    """Lay out a layer's inputs by output position: (images, blocks, in, positions).

    ``in`` counts what one output of a block is computed from: the input features of a linear
    layer; input channels of the block times kernel area of a convolution.
    """
    if isinstance(module, nn.Linear):
        return inputs.reshape(len(inputs), -1, module.in_features).transpose(1, 2).unsqueeze(1)
    mode = "constant" if module.padding_mode == "zeros" else module.padding_mode
    padded = F.pad(inputs, margins(module), mode=mode)
    size, stride, dilation = module.kernel_size, module.stride, module.dilation
    if isinstance(module, nn.Conv1d):  # an image of one row
        padded = padded.unsqueeze(2)
        size, stride, dilation = (1, *size), (1, *stride), (1, *dilation)
    patches: Tensor = F.unfold(padded, size, dilation, 0, stride)
    return patches.reshape(len(patches), module.groups, -1, patches.shape[2])


def margins(module: Conv) -> list[int]:
    """Give a convolution's padding as `torch.nn.functional.pad` takes it: last dimension first."""
    if isinstance(module.padding, tuple):
        return [side for amount in reversed(module.padding) for side in (amount, amount)]
    if module.padding == "valid":
        return [0, 0] * len(module.kernel_size)
    spare = [d * (k - 1) for d, k in zip(module.dilation, module.kernel_size, strict=True)]
    return [side for total in reversed(spare) for side in (total // 2, total - total // 2)]


def squared_gradients(
    model: nn.Module, layers: Sequence[str], taps: Mapping[str, Tap], goals: Iterable[Tensor]
) -> dict[str, Tensor]:
    """Sum the squared kernel gradients of single images over images and goals.

    Parameters
    ----------
    model
        The network that was run; gives the kernels' shapes.
    layers
        Names of the layers.
    taps
        What `tapped` recorded in the one run.
    goals
        Scalars to differentiate, each a sum over images of a term that depends on that image only.

    Returns
    -------
    dict
        By layer, of the kernel's shape: Σ over goals and images of (∂ term / ∂ kernel)². Where a
        kernel is used at several positions, or several times, its gradient is summed over all of
        them before it is squared.
    """
    probes = [probe for name in layers for probe in taps[name].probes]
    reads = {name: torch.cat(taps[name].reads, 3) for name in layers if taps[name].reads}
    sums = {name: torch.zeros_like(kernel_of(model, name)) for name in layers}
    for goal in goals:
        slopes = iter(torch.autograd.grad(goal, probes, retain_graph=True, materialize_grads=True))
        for name, read in reads.items():
            module = model.get_submodule(name)
            parts = [by_position(module, next(slopes)) for _ in taps[name].probes]
            squares = sum_of_squares(read, torch.cat(parts, 3))
            sums[name] += squares.reshape(sums[name].shape)
    return sums


def check_rows(taps: Mapping[str, Tap], images: int) -> None:
    """Check that every layer has read one row per image.

    Raises
    ------
    IncompatibleError
        If one has not: what belongs to which image is then unknown.
    """
    for name, tap in taps.items():
        rows = [len(read) for read in tap.reads if len(read) != images]
        if rows:
            msg = (
                f"{name!r} reads {rows[0]} rows for {images} images, so gradients of single "
                f"images cannot be told apart; use curvature=hutchinson."
            )
            raise IncompatibleError(msg)


def kernel_of(model: nn.Module, name: str) -> Tensor:
    """Give a layer's kernel, detached."""
    return model.get_parameter(f"{name}.weight").detach()


def by_position(module: nn.Module, slope: Tensor) -> Tensor:
    """Lay out gradients by a layer's output like its inputs: (images, blocks, out, positions)."""
    if isinstance(module, nn.Linear):
        return slope.reshape(len(slope), -1, module.out_features).transpose(1, 2).unsqueeze(1)
    flat = slope.flatten(2)
    return flat.reshape(len(flat), getattr(module, "groups", 1), -1, flat.shape[2])


def sum_of_squares(reads: Tensor, slopes: Tensor) -> Tensor:
    """Sum over images the squared gradients of a kernel.

    Parameters
    ----------
    reads, slopes
        (images, blocks, in, positions) and (images, blocks, out, positions).

    Returns
    -------
    Tensor
        (blocks, out, in).
    """
    if reads.shape[3] == 1:  # one product per image and weight: no need to form them one by one
        return torch.einsum("ngo,ngi->goi", slopes[..., 0].square(), reads[..., 0].square())
    return (slopes @ reads.transpose(2, 3)).square_().sum(0)
