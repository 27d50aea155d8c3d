"""Optimisers from recipes."""

import torch
from torch import nn

from prunebench.training.recipe import Recipe


def make_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Make SGD or Adam over every parameter; weight decay falls on norms and biases too.

    That is what Liu et al. 2019 and Frankle & Carbin 2019 trained with. The fused kernels exist
    for the CPU and every accelerator of torch.
    """
    if recipe.optimiser == "adam":
        return torch.optim.Adam(
            network.parameters(), recipe.lr, weight_decay=recipe.weight_decay, fused=True
        )
    return torch.optim.SGD(
        network.parameters(),
        recipe.lr,
        momentum=recipe.momentum,
        nesterov=recipe.nesterov,
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def set_rate(optimiser: torch.optim.Optimizer, lr: float) -> None:
    """Change an optimiser's learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = lr
