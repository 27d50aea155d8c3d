from collections import OrderedDict
from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, glorot_normal, hookimpl
from prunebench_plugins.models._chain import chain_groups
from prunebench_plugins.models._images import check_images

WIDTHS = (64, 128, 256)
"""Channels of the first, second and third pair of convolutions."""


class ConvPairs(Model):
    """What Conv-2, Conv-4 and Conv-6 share (Frankle & Carbin 2019, figure 2).

    Pairs of 3x3 convolutions, each followed by a max pool; then linear layers of 256, 256 and as
    many units as classes. Biases throughout, no batch norm, Glorot initialisation.
    """

    pairs: ClassVar[int]

    def build(self, shape: Shape, classes: int) -> nn.Module:
        stride = 2**self.pairs
        check_images(self.name, shape, classes, multiple=stride)
        channels, height, width = shape
        features = WIDTHS[self.pairs - 1] * (height // stride) * (width // stride)
        layers: OrderedDict[str, nn.Module] = OrderedDict(convolutions(channels, self.pairs))
        layers.update(
            flatten=nn.Flatten(),
            fc1=nn.Linear(features, 256),
            relu_fc1=nn.ReLU(),
            fc2=nn.Linear(256, 256),
            relu_fc2=nn.ReLU(),
            fc3=nn.Linear(256, classes),
        )
        return nn.Sequential(layers)

    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        glorot_normal(network, generator)

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return chain_groups(network)


class Conv2(ConvPairs):
    """Conv-2 (Frankle & Carbin 2019, figure 2): 4 300 992 weights for CIFAR-10."""

    name = "conv2"
    paper = "Frankle & Carbin 2019, figure 2"
    pairs = 1


class Conv4(ConvPairs):
    """Conv-4 (Frankle & Carbin 2019, figure 2): 2 425 024 weights for CIFAR-10."""

    name = "conv4"
    paper = "Frankle & Carbin 2019, figure 2"
    pairs = 2


class Conv6(ConvPairs):
    """Conv-6 (Frankle & Carbin 2019, figure 2): 2 261 184 weights for CIFAR-10.

    The paper's figure says 1.7 million, which its architecture does not give; its percentages
    of weights kept fit this count.
    """

    name = "conv6"
    paper = "Frankle & Carbin 2019, figure 2"
    pairs = 3


def convolutions(channels: int, pairs: int) -> Iterator[tuple[str, nn.Module]]:
    """Name and make the layers before the flattening, for images of so many channels."""
    for pair, width in enumerate(WIDTHS[:pairs], start=1):
        for index in (2 * pair - 1, 2 * pair):
            yield f"conv{index}", nn.Conv2d(channels, width, 3, padding=1)
            yield f"relu{index}", nn.ReLU()
            channels = width
        yield f"pool{pair}", nn.MaxPool2d(2)


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [Conv2, Conv4, Conv6]
