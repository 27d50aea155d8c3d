from abc import abstractmethod

import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, hookimpl, setting
from prunebench.errors import SpecError
from prunebench_plugins.models._densenet import Architecture, DenseNetwork, dense_groups
from prunebench_plugins.models._images import check_images
from prunebench_plugins.models._initialise import check_gamma, fan_out_normal


class CifarDensenet(Model):
    """What the densely connected networks for small images share (Huang et al. 2017, section 3)."""

    @abstractmethod
    def architecture(self) -> Architecture:
        """Give size and kind of the network."""

    @abstractmethod
    def initial_gamma(self) -> float:
        """Give the scale that batch norms start at."""

    def build(self, shape: Shape, classes: int) -> nn.Module:
        check_images(self.name, shape, classes, multiple=4)
        return DenseNetwork(shape[0], classes, self.architecture())

    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        fan_out_normal(network, generator, self.initial_gamma())

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        assert isinstance(network, DenseNetwork)
        return dense_groups(network)


class Densenet(CifarDensenet):
    """Densely connected network of any depth and growth (Huang et al. 2017, section 3).

    A selection stands in front of every norm that reads the stream, so that one branch can lose
    channels which others need (Liu et al. 2017, section 3.3).
    """

    name = "densenet"
    paper = "Huang et al. 2017, section 3; Liu et al. 2017, section 3.3"

    depth: int = setting(22, "layers with weights on the longest path: 3n + 4; bottleneck: 6n + 4")
    growth: int = setting(12, "channels that each layer adds; the stem makes twice as many")
    bottleneck: bool = setting(False, "a 1x1 convolution before each 3x3 convolution")
    compression: float = setting(1.0, "fraction of channels that transitions keep, in (0, 1]")
    gamma: float = setting(0.5, "scale that batch norms start at; above 0")

    def architecture(self) -> Architecture:
        step = 6 if self.bottleneck else 3
        if self.depth < step + 4 or self.depth % step != 4 % step:
            msg = f"{self.name}: depth must be {step}n + 4, got {self.depth}; write 22, 40 or 100."
            raise SpecError(msg)
        if self.growth < 1:
            msg = f"{self.name}: growth must be at least 1, got {self.growth}; the default is 12."
            raise SpecError(msg)
        if not 0 < self.compression <= 1:
            msg = f"{self.name}: compression must be in (0, 1], got {self.compression}; write 0.5."
            raise SpecError(msg)
        check_gamma(self.name, self.gamma)
        found = Architecture(self.depth, self.growth, self.bottleneck, self.compression)
        if any(width < 1 for width, _ in found.streams):
            msg = f"{self.name}: compression={self.compression} leaves no channel; choose more."
            raise SpecError(msg)
        return found

    def initial_gamma(self) -> float:
        return self.gamma


class Densenet40(CifarDensenet):
    """DenseNet-40 with k = 12: 1 059 298 parameters for CIFAR-10.

    The DenseNet of network slimming; batch norm scales start at 0.5.
    """

    name = "densenet40"
    paper = "Huang et al. 2017, section 3; Liu et al. 2017, section 4.2"

    def architecture(self) -> Architecture:
        return Architecture(40)

    def initial_gamma(self) -> float:
        return 0.5


class DensenetBc100(CifarDensenet):
    """DenseNet-BC-100 with k = 12: 769 162 parameters for CIFAR-10.

    The DenseNet of Liu et al. 2019's weight pruning; batch norm scales start at 1.
    """

    name = "densenet-bc100"
    paper = "Huang et al. 2017, section 3; Liu et al. 2019"

    def architecture(self) -> Architecture:
        return Architecture(100, bottleneck=True, compression=0.5)

    def initial_gamma(self) -> float:
        return 1.0


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [Densenet, Densenet40, DensenetBc100]
