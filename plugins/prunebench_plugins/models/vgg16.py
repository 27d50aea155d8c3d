from collections import OrderedDict
from collections.abc import Iterator
from math import sqrt
from typing import Literal

import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, fans, hookimpl, kernels, norms, setting
from prunebench_plugins.models._chain import chain_groups
from prunebench_plugins.models._images import check_images

WIDTHS = ((64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3)
"""Channels of the 13 convolutions, by stage (Simonyan & Zisserman 2015, table 1, column D)."""


class Vgg16(Model):
    """VGG-16 with batch norm for 32x32 images, in the two forms of Liu et al. 2019's code.

    ``l1`` (filter pruning): convolutions without bias, initialised by fan out; batch norm scales
    start at 0.5; a hidden linear layer of 512 units with batch norm; 14 987 722 parameters.
    ``lottery`` (weight pruning): convolutions with bias, initialised by fan in; scales start at
    1; a single linear layer; 14 728 266 parameters.
    """

    name = "vgg16"
    paper = "Simonyan & Zisserman 2015; Li et al. 2016, section 4.1; Liu et al. 2019"

    variant: Literal["l1", "lottery"] = setting(
        "l1", "head, biases and initialisation as for filter (l1) or weight pruning (lottery)"
    )

    def build(self, shape: Shape, classes: int) -> nn.Module:
        check_images(self.name, shape, classes, multiple=32)
        channels, height, width = shape
        features = WIDTHS[-1][-1] * (height // 32) * (width // 32)
        is_lottery = self.variant == "lottery"
        head = single_head if is_lottery else hidden_head
        return nn.Sequential(
            OrderedDict([*convolutions(channels, bias=is_lottery), *head(features, classes)])
        )

    @torch.no_grad()
    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        for _, module in kernels(network):
            fan_in, fan_out = fans(module)
            fan = fan_in if self.variant == "lottery" else fan_out
            deviation = 0.01 if isinstance(module, nn.Linear) else sqrt(2.0 / fan)
            module.weight.normal_(0.0, deviation, generator=generator)
            if module.bias is not None:
                module.bias.zero_()
        for _, norm in norms(network):
            norm.reset_parameters()
            if self.variant == "l1" and isinstance(norm, nn.BatchNorm2d):
                norm.weight.fill_(0.5)

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return chain_groups(network)


def convolutions(channels: int, *, bias: bool) -> Iterator[tuple[str, nn.Module]]:
    """Name and make the layers before the head, for images of so many channels."""
    index = 0
    for stage, widths in enumerate(WIDTHS, start=1):
        for width in widths:
            index += 1
            yield f"conv{index}", nn.Conv2d(channels, width, 3, padding=1, bias=bias)
            yield f"bn{index}", nn.BatchNorm2d(width)
            yield f"relu{index}", nn.ReLU()
            channels = width
        yield f"pool{stage}", nn.MaxPool2d(2) if stage < len(WIDTHS) else nn.AvgPool2d(2)


def hidden_head(features: int, classes: int) -> Iterator[tuple[str, nn.Module]]:
    """Name and make the head with a hidden layer of 512 units."""
    yield "flatten", nn.Flatten()
    yield "fc1", nn.Linear(features, 512)
    yield "bn_fc1", nn.BatchNorm1d(512)
    yield "relu_fc1", nn.ReLU()
    yield "fc2", nn.Linear(512, classes)


def single_head(features: int, classes: int) -> Iterator[tuple[str, nn.Module]]:
    """Name and make the head of one linear layer."""
    yield "flatten", nn.Flatten()
    yield "fc", nn.Linear(features, classes)


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [Vgg16]
