"""The networks of the checks: small enough to work out by hand, one for each way to be built."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from prunebench.contracts.model import Shape
from prunebench.core.describe import describe
from prunebench.core.initialise import kaiming_normal, kernels, norms
from prunebench.core.layout import ChannelGroup, Layout, Span
from prunebench.core.random import generator

SHAPE: Shape = (2, 6, 6)
CLASSES = 3


@dataclass(frozen=True)
class TinyNetwork:
    """One network of the checks.

    Parameters
    ----------
    name
        As messages call it.
    make
        Builds its modules.
    groups
        Its channel groups.
    """

    name: str
    make: Callable[[], nn.Module]
    groups: tuple[ChannelGroup, ...]

    def build(self, seed: int = 0, *, fresh: bool = False) -> nn.Module:
        """Build the network with random weights, in eval mode.

        Biases, scales, shifts and running statistics are drawn too, for a fresh batch norm hides
        mistakes; `fresh` leaves them as an initialisation does.
        """
        with torch.random.fork_rng(devices=[]):  # building draws from the global generator
            network = self.make()
        kaiming_normal(network, generator(seed, "init"))
        if not fresh:
            unsettle(network, generator(seed, "norms"))
        return network.eval()

    def layout(self) -> Layout:
        """Describe the network with all its groups."""
        return described(self.name)


@cache
def described(name: str) -> Layout:
    """Describe a network of the checks, once."""
    tiny = NETWORKS[name]
    return describe(tiny.build(), SHAPE, tiny.groups)


@torch.no_grad()
def unsettle(network: nn.Module, draws: torch.Generator) -> None:
    """Change biases, scales, shifts and running statistics to random values."""
    for _, kernel in kernels(network):
        if kernel.bias is not None:
            kernel.bias.normal_(0.0, 0.3, generator=draws)
    for _, norm in norms(network):
        norm.weight.uniform_(0.5, 1.5, generator=draws)
        norm.bias.normal_(0.0, 0.3, generator=draws)
        if norm.running_mean is not None and norm.running_var is not None:
            norm.running_mean.normal_(0.0, 0.3, generator=draws)
            norm.running_var.uniform_(0.5, 2.0, generator=draws)


def layers() -> OrderedDict[str, nn.Module]:
    """Make the layers of the plain network: conv-bn-relu twice, then one linear layer."""
    return OrderedDict[str, nn.Module](
        conv1=nn.Conv2d(2, 4, 3, padding=1, bias=False),
        bn1=nn.BatchNorm2d(4),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(4, 6, 3, padding=1, bias=False),
        bn2=nn.BatchNorm2d(6),
        relu2=nn.ReLU(),
        pool=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        fc=nn.Linear(54, CLASSES),
    )


def bare_layers() -> OrderedDict[str, nn.Module]:
    """Make the layers of the plain network without batch norms, with biases instead."""
    found = layers()
    for name in ("bn1", "bn2"):
        del found[name]
    found["conv1"] = nn.Conv2d(2, 4, 3, padding=1)
    found["conv2"] = nn.Conv2d(4, 6, 3, padding=1)
    return found


def depthwise_layers() -> OrderedDict[str, nn.Module]:
    """Make a convolution, one of one channel a block behind it, and one of single pixels."""
    return OrderedDict[str, nn.Module](
        conv1=nn.Conv2d(2, 4, 3, padding=1, bias=False),
        bn1=nn.BatchNorm2d(4),
        relu1=nn.ReLU(),
        depthwise=nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
        bn2=nn.BatchNorm2d(4),
        relu2=nn.ReLU(),
        pointwise=nn.Conv2d(4, 6, 1, bias=False),
        bn3=nn.BatchNorm2d(6),
        relu3=nn.ReLU(),
        pool=nn.AdaptiveAvgPool2d(1),
        flatten=nn.Flatten(),
        fc=nn.Linear(6, CLASSES),
    )


class Residual(nn.Module):
    """A stem and one block of two convolutions beside the identity."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4)
        self.conv1 = nn.Conv2d(4, 6, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 4, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """Give the scores of the classes, (batch, classes)."""
        stream = torch.relu(self.bn(self.stem(images)))
        branch = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(stream)))))
        scores: Tensor = self.fc(torch.relu(stream + branch).mean((2, 3)))
        return scores


GROUPS = (
    ChannelGroup("conv1", 4, (Span("conv1"),), (Span("bn1"),), (Span("conv2"),)),
    ChannelGroup("conv2", 6, (Span("conv2"),), (Span("bn2"),), (Span("fc", repeat=9),)),
)

PLAIN = TinyNetwork("plain", lambda: nn.Sequential(layers()), GROUPS)
BARE = TinyNetwork(
    "plain without batch norms",
    lambda: nn.Sequential(bare_layers()),
    (
        ChannelGroup("conv1", 4, (Span("conv1"),), (), (Span("conv2"),)),
        ChannelGroup("conv2", 6, (Span("conv2"),), (), (Span("fc", repeat=9),)),
    ),
)
RESIDUAL = TinyNetwork(
    "residual",
    Residual,
    (
        ChannelGroup("conv1", 6, (Span("conv1"),), (Span("bn1"),), (Span("conv2"),)),
        ChannelGroup(
            "stream",
            4,
            (Span("stem"), Span("conv2")),
            (Span("bn"), Span("bn2")),
            (Span("conv1"), Span("fc")),
            coupled=True,
        ),
    ),
)
DEPTHWISE = TinyNetwork(
    "depthwise",
    lambda: nn.Sequential(depthwise_layers()),
    (
        ChannelGroup(
            "conv1",
            4,
            (Span("conv1"), Span("depthwise")),
            (Span("bn1"), Span("bn2")),
            (Span("pointwise"),),
        ),
        ChannelGroup("pointwise", 6, (Span("pointwise"),), (Span("bn3"),), (Span("fc"),)),
    ),
)

NETWORKS: Mapping[str, TinyNetwork] = {
    network.name: network for network in (PLAIN, BARE, RESIDUAL, DEPTHWISE)
}
"""By name, the plain one first."""
