"""Fresh weights from a generator, for dense and cut networks alike."""

from collections.abc import Iterator
from math import sqrt

import torch
from torch import nn

Kernel = nn.Conv1d | nn.Conv2d | nn.Linear
BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d


def kernels(network: nn.Module) -> Iterator[tuple[str, Kernel]]:
    """Walk over convolutions and linear layers in registration order."""
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Linear):
            yield name, module


def norms(network: nn.Module) -> Iterator[tuple[str, BatchNorm]]:
    """Walk over batch norms with scale and shift in registration order."""
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) and module.affine:
            yield name, module


def fans(module: Kernel) -> tuple[int, int]:
    """Give (fan in, fan out): connections into and out of one unit."""
    area = module.weight[0, 0].numel()
    return module.weight.shape[1] * area, module.weight.shape[0] * area


@torch.no_grad()
def reset_norms(network: nn.Module, scale: float = 1.0) -> None:
    """Change every batch norm to its initial state with the given scale."""
    for _, norm in norms(network):
        norm.reset_running_stats()
        norm.weight.fill_(scale)
        norm.bias.zero_()


@torch.no_grad()
def kaiming_normal(network: nn.Module, generator: torch.Generator) -> None:
    """Change kernels to N(0, 2 / fan in), biases and shifts to 0, scales to 1.

    He et al. 2015, equation 10.
    """
    for _, module in kernels(network):
        module.weight.normal_(0.0, sqrt(2.0 / fans(module)[0]), generator=generator)
        if module.bias is not None:
            module.bias.zero_()
    reset_norms(network)


@torch.no_grad()
def glorot_normal(network: nn.Module, generator: torch.Generator) -> None:
    """Change kernels to N(0, 2 / (fan in + fan out)), biases and shifts to 0, scales to 1.

    Glorot & Bengio 2010, equation 12.
    """
    for _, module in kernels(network):
        module.weight.normal_(0.0, sqrt(2.0 / sum(fans(module))), generator=generator)
        if module.bias is not None:
            module.bias.zero_()
    reset_norms(network)
