"""What the VGG networks for small images share: layers and initialisation."""

from collections.abc import Iterator
from math import sqrt
from typing import TypeAlias

import torch
from torch import nn

from prunebench.api import fans, kernels, norms

Stages: TypeAlias = tuple[tuple[int, ...], ...]
"""Channels of the convolutions, by stage; a pooling by 2 ends each stage."""


def convolutions(channels: int, stages: Stages, *, bias: bool) -> Iterator[tuple[str, nn.Module]]:
    """Name and make the layers before the head, for images of so many channels."""
    index = 0
    for stage, widths in enumerate(stages, start=1):
        for width in widths:
            index += 1
            yield f"conv{index}", nn.Conv2d(channels, width, 3, padding=1, bias=bias)
            yield f"bn{index}", nn.BatchNorm2d(width)
            yield f"relu{index}", nn.ReLU()
            channels = width
        yield f"pool{stage}", nn.MaxPool2d(2) if stage < len(stages) else nn.AvgPool2d(2)


def single_head(features: int, classes: int) -> Iterator[tuple[str, nn.Module]]:
    """Name and make the head of one linear layer."""
    yield "flatten", nn.Flatten()
    yield "fc", nn.Linear(features, classes)


@torch.no_grad()
def initialise_vgg(network: nn.Module, generator: torch.Generator, *, lottery: bool) -> None:
    """Change a VGG network to a fresh draw as in Liu et al. 2019's code.

    Linear layers deviate by 0.01, biases and shifts start at 0.

    Parameters
    ----------
    network
        A dense or a cut network.
    generator
        Where the numbers come from.
    lottery
        As for weight pruning: convolutions have variance 2 / fan in, norms behind them start at
        scale 1. Otherwise, as for channel pruning, variance 2 / fan out and scale 0.5.
    """
    for _, module in kernels(network):
        fan_in, fan_out = fans(module)
        fan = fan_in if lottery else fan_out
        deviation = 0.01 if isinstance(module, nn.Linear) else sqrt(2.0 / fan)
        module.weight.normal_(0.0, deviation, generator=generator)
        if module.bias is not None:
            module.bias.zero_()
    for _, norm in norms(network):
        norm.reset_parameters()
        if isinstance(norm, nn.BatchNorm2d):
            norm.weight.fill_(1.0 if lottery else 0.5)
