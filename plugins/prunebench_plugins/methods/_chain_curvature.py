"""Second-order back-propagation through a chain of layers (LeCun, Denker & Solla 1990)."""

from collections.abc import Iterator
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from prunebench.api import Subject
from prunebench.errors import IncompatibleError
from prunebench_plugins.methods._curvature import (
    Diagonal,
    chunks,
    factor_of_hessian,
)

Conv = nn.Conv1d | nn.Conv2d
Selecting = nn.MaxPool1d | nn.MaxPool2d | nn.Flatten | nn.Dropout | nn.Dropout2d | nn.Identity
Averaging = nn.AvgPool1d | nn.AvgPool2d
Elementwise = (
    nn.BatchNorm1d
    | nn.BatchNorm2d
    | nn.ReLU
    | nn.LeakyReLU
    | nn.ELU
    | nn.GELU
    | nn.SiLU
    | nn.Softplus
    | nn.Tanh
    | nn.Sigmoid
)


def lecun_backprop(subject: Subject, samples: int, chunk: int) -> Diagonal:
    """Propagate second derivatives back, dropping f″ and everything off the diagonals.

    Parameters
    ----------
    subject
        What the method sees; its network must be a chain.
    samples
        Training images.
    chunk
        Images at once.

    Raises
    ------
    IncompatibleError
        If the network is not an ``nn.Sequential`` of layers whose squared Jacobian is known.
    """
    chain = list(links("", subject.model))
    names = {subject.model.get_submodule(name): name for name in subject.weights}
    sums = {name: torch.zeros_like(weight) for name, weight in subject.weights.items()}
    seen = 0
    for images, labels in chunks(subject, samples, chunk):
        reads = [images]
        for module in chain:
            reads.append(run(module, reads[-1]).detach())
        curvature = factor_of_hessian(subject.loss, reads[-1], labels).square().sum(2)
        for module, read in zip(reversed(chain), reversed(reads[:-1]), strict=True):
            curvature, part = back(module, read, curvature)
            if part is not None and module in names:
                sums[names[module]] += part
        seen += len(images)
    return {name: total / max(seen, 1) for name, total in sums.items()}


def obstacle(network: nn.Module) -> str:
    """Say what in a network the curvature cannot be taken back through; empty for a chain."""
    try:
        list(links("", network))
    except IncompatibleError as error:
        return str(error)
    return ""


def links(name: str, module: nn.Module) -> Iterator[nn.Module]:
    """Walk along a chain in the order of execution; a module that is used twice comes twice.

    Raises
    ------
    IncompatibleError
        At the first module that is no chain and no known layer.
    """
    if type(module).forward is nn.Sequential.forward:
        for child, link in module._modules.items():  # noqa: SLF001 # named_children skips repeats
            assert link is not None
            yield from links(f"{name}.{child}".lstrip("."), link)
    elif is_known(module):
        yield module
    else:
        kind = type(module).__name__
        where = f"{name!r}, a {kind}," if name else f"the network, a {kind},"
        msg = (
            f"obd[curvature=lecun_backprop] goes back through chains of plain layers only, and "
            f"{where} is none; use curvature=gn_diag."
        )
        raise IncompatibleError(msg)


def is_known(module: nn.Module) -> bool:
    """Say whether a layer has a rule.

    Of pools, those whose windows all have the same size; of convolutions, those padded with zeros:
    with copied pixels an output may read the same one twice.
    """
    if isinstance(module, Averaging):
        pads = module.padding if isinstance(module.padding, tuple) else (module.padding,)
        divisor = getattr(module, "divisor_override", None)
        return not any(pads) and not module.ceil_mode and divisor is None
    if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        return module.track_running_stats
    if isinstance(module, Conv):
        return module.padding_mode == "zeros"
    return isinstance(module, nn.Linear | Selecting | Elementwise)


def back(module: nn.Module, read: Tensor, curvature: Tensor) -> tuple[Tensor, Tensor | None]:
    """Go back through one layer.

    Parameters
    ----------
    module
        The layer.
    read
        Its input, (images, ...).
    curvature
        Diagonal second derivatives of each image's loss by the layer's output.

    Returns
    -------
    tuple
        The same by its input, Σ_j (∂y_j / ∂x_i)² c_j; and by its kernel, (∂y_j / ∂w)² c_j summed
        over images and over all connections that share the weight (None without a kernel).
    """
    if isinstance(module, nn.Linear | Conv):
        return back_through_kernel(module, read, curvature)
    if isinstance(module, Averaging):
        return pull(module, read, curvature) / window(module), None
    once = pull(module, read, curvature)
    if isinstance(module, Selecting):  # slopes are 0 and 1, their own squares
        return once, None
    return pull(module, read, once), None


def window(pool: nn.AvgPool1d | nn.AvgPool2d) -> int:
    """Count the places that a pool averages over; each has a slope of one over that."""
    size = pool.kernel_size  # of a square as one number, otherwise by dimension
    return prod(size) if isinstance(size, tuple) else size**2


def back_through_kernel(
    module: nn.Linear | Conv, read: Tensor, curvature: Tensor
) -> tuple[Tensor, Tensor]:
    """Go back through y = W x + b, which is as linear in the squares: W² for W and x² for x."""
    squares = {"weight": module.weight.detach().square().requires_grad_()}
    with torch.enable_grad():
        inputs = read.detach().square().requires_grad_()
        outputs = functional_call(module, squares, (inputs,))
        behind, kernel = torch.autograd.grad(outputs, [inputs, squares["weight"]], curvature)
    return behind, kernel


def pull(module: nn.Module, read: Tensor, behind: Tensor) -> Tensor:
    """Multiply by a layer's transposed Jacobian at its input."""
    with torch.enable_grad():
        inputs = read.detach().requires_grad_()
        [found] = torch.autograd.grad(run(module, inputs), inputs, behind)
    return found


def run(module: Any, inputs: Tensor) -> Tensor:
    """Run one layer on a copy, so that one working in place does not overwrite its input."""
    outputs: Tensor = module(inputs.clone())
    return outputs
