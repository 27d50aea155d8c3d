from collections import OrderedDict
from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, glorot_normal, hookimpl, setting
from prunebench.errors import SpecError
from prunebench_plugins.models._chain import chain_groups
from prunebench_plugins.models._images import check_images

HIDDEN = 4
"""Units of a hidden linear layer, in units of the first convolution's channels."""


class ConvPairs(Model):
    """What Conv-2, Conv-4 and Conv-6 share (Frankle & Carbin 2019, figure 2).

    Pairs of 3x3 convolutions, each followed by a max pool; then linear layers of 256, 256 and as
    many units as classes. Biases throughout, no batch norm, Glorot initialisation. The paper trains
    them with dropout of 0.5, too, and does not say where; here it follows each hidden linear layer.
    """

    pairs: ClassVar[int]

    width: int = setting(64, "channels of the first pair; all other layers grow with it")
    dropout: float = setting(0.0, "share of units dropped behind each hidden linear layer")

    def build(self, shape: Shape, classes: int) -> nn.Module:
        stride = 2**self.pairs
        check_images(self.name, shape, classes, multiple=stride)
        self.check()
        channels, height, width = shape
        last = self.width * 2 ** (self.pairs - 1)
        features = last * (height // stride) * (width // stride)
        body = convolutions(channels, self.width, self.pairs)
        head = linear_layers(features, HIDDEN * self.width, classes, self.dropout)
        return nn.Sequential(OrderedDict([*body, *head]))

    def check(self) -> None:
        """Refuse settings that give no network."""
        if self.width < 1:
            msg = f"{self.name}: width must be at least 1, got {self.width}; the default is 64."
            raise SpecError(msg)
        if not 0.0 <= self.dropout < 1.0:
            msg = f"{self.name}: dropout must lie in [0, 1), got {self.dropout}; write 0.5."
            raise SpecError(msg)

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


def convolutions(channels: int, width: int, pairs: int) -> Iterator[tuple[str, nn.Module]]:
    """Name and make the layers before the flattening; the width doubles from pair to pair."""
    for pair in range(1, pairs + 1):
        for index in (2 * pair - 1, 2 * pair):
            yield f"conv{index}", nn.Conv2d(channels, width, 3, padding=1)
            yield f"relu{index}", nn.ReLU()
            channels = width
        yield f"pool{pair}", nn.MaxPool2d(2)
        width *= 2


def linear_layers(
    features: int, hidden: int, classes: int, dropout: float
) -> Iterator[tuple[str, nn.Module]]:
    """Name and make the layers from the flattening on."""
    yield "flatten", nn.Flatten()
    for index in (1, 2):
        yield f"fc{index}", nn.Linear(features, hidden)
        yield f"relu_fc{index}", nn.ReLU()
        if dropout:
            yield f"dropout{index}", nn.Dropout(dropout)
        features = hidden
    yield "fc3", nn.Linear(hidden, classes)


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [Conv2, Conv4, Conv6]
