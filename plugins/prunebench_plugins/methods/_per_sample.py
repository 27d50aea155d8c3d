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

LONGEST = 64
"""Positions up to which pairs of them are formed: memory grows with their square."""
INNER = 2048
"""Pairs of several images that are added up at once, about."""


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
    terms = list(goals)
    probes = [probe for name in layers for probe in taps[name].probes]
    reads = {name: torch.cat(taps[name].reads, 3) for name in layers if taps[name].reads}
    sums = {name: torch.zeros_like(kernel_of(model, name)) for name in layers}
    pairs: dict[str, Tensor] = {}
    for term in terms:
        slopes = iter(torch.autograd.grad(term, probes, retain_graph=True, materialize_grads=True))
        for name, read in reads.items():
            module = model.get_submodule(name)
            slope = torch.cat([by_position(module, next(slopes)) for _ in taps[name].probes], 3)
            if pairs_are_fewer(read.shape[3], len(terms)):
                pairs[name] = pairs.get(name, 0) + products(slope)
            else:
                sums[name] += sum_of_squares(read, slope).reshape(sums[name].shape)
    for name, pair in pairs.items():
        sums[name] += squares_from_pairs(reads[name], pair).reshape(sums[name].shape)
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
    return (slopes @ reads.transpose(2, 3)).square_().sum(0)


def pairs_are_fewer(positions: int, terms: int) -> bool:
    """Say whether squares cost less by pairs of positions than term by term.

    (Σ_p s_p r_p)² = Σ_pq (s_p s_q) (r_p r_q), of which the reads r are the same for all terms: so
    the products of slopes s may be added up over terms first. Per image and weight that takes
    positions · (positions + 1) / 2 products, against terms · positions.
    """
    return positions <= min(2 * terms - 1, LONGEST)


def products(rows: Tensor) -> Tensor:
    """Multiply positions two by two, each pair once: (..., positions) to (..., pairs)."""
    first, second = torch.triu_indices(rows.shape[-1], rows.shape[-1], device=rows.device)
    return rows[..., first] * rows[..., second]


def squares_from_pairs(reads: Tensor, pairs: Tensor) -> Tensor:
    """Sum the squared gradients of a kernel over images and terms.

    Parameters
    ----------
    reads
        (images, blocks, in, positions).
    pairs
        Products of slopes by `products`, summed over terms: (images, blocks, out, pairs).

    Returns
    -------
    Tensor
        (blocks, out, in), none below 0.
    """
    first, second = torch.triu_indices(reads.shape[3], reads.shape[3])
    twice = torch.where(first == second, 1.0, 2.0).to(pairs)  # p, q stands for q, p as well
    total = pairs.new_zeros(pairs.shape[1], pairs.shape[2], reads.shape[2])
    images = max(1, INNER // pairs.shape[3])
    for read, pair in zip(reads.split(images), (pairs * twice).split(images), strict=True):
        left, right = (part.permute(1, 2, 0, 3).flatten(2) for part in (pair, products(read)))
        total.baddbmm_(left, right.transpose(1, 2))
    return total.clamp_(min=0.0)  # differences that cancel may end up below by rounding
