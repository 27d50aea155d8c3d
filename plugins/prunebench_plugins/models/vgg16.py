from collections import OrderedDict
from collections.abc import Iterator
from typing import Literal

import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, hookimpl, setting
from prunebench_plugins.models._chain import chain_groups
from prunebench_plugins.models._images import check_images
from prunebench_plugins.models._vgg import convolutions, initialise_vgg, single_head

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
        body = convolutions(channels, WIDTHS, bias=is_lottery)
        return nn.Sequential(OrderedDict([*body, *head(features, classes)]))

    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        initialise_vgg(network, generator, lottery=self.variant == "lottery")

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return chain_groups(network)


def hidden_head(features: int, classes: int) -> Iterator[tuple[str, nn.Module]]:
    """Name and make the head with a hidden layer of 512 units."""
    yield "flatten", nn.Flatten()
    yield "fc1", nn.Linear(features, 512)
    yield "bn_fc1", nn.BatchNorm1d(512)
    yield "relu_fc1", nn.ReLU()
    yield "fc2", nn.Linear(512, classes)


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [Vgg16]
