from abc import abstractmethod

import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, hookimpl, setting
from prunebench.errors import SpecError
from prunebench_plugins.models._images import check_images
from prunebench_plugins.models._initialise import check_gamma, fan_out_normal
from prunebench_plugins.models._preresnet import PreactNetwork, preact_groups


class CifarPreresnet(Model):
    """What the pre-activation networks for small images share (He et al. 2016b, section 4)."""

    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Give (depth, width)."""

    @abstractmethod
    def initial_gamma(self) -> float:
        """Give the scale that batch norms start at."""

    def build(self, shape: Shape, classes: int) -> nn.Module:
        check_images(self.name, shape, classes, multiple=4)
        depth, width = self.size()
        return PreactNetwork(shape[0], classes, width, (depth - 2) // 9)

    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        fan_out_normal(network, generator, self.initial_gamma())

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        assert isinstance(network, PreactNetwork)
        return preact_groups(network)


class Preresnet(CifarPreresnet):
    """Pre-activation residual network of bottleneck blocks, of any depth and width.

    A selection stands in front of every branch, so that one can lose channels which the stream
    needs (Liu et al. 2017, section 3.3).
    """

    name = "preresnet"
    paper = "He et al. 2016b (Identity Mappings), section 4; Liu et al. 2017, section 3.3"

    depth: int = setting(20, "layers with weights on the longest path: 9n + 2")
    width: int = setting(16, "channels inside the blocks of the first stage; later ones 2, 4 times")
    gamma: float = setting(0.5, "scale that batch norms start at; above 0")

    def size(self) -> tuple[int, int]:
        if self.depth < 11 or self.depth % 9 != 2:
            msg = f"{self.name}: depth must be 9n + 2, got {self.depth}; write 20, 56, 110 or 164."
            raise SpecError(msg)
        if self.width < 1:
            msg = f"{self.name}: width must be at least 1, got {self.width}; the default is 16."
            raise SpecError(msg)
        check_gamma(self.name, self.gamma)
        return self.depth, self.width

    def initial_gamma(self) -> float:
        return self.gamma


class Preresnet110(CifarPreresnet):
    """Pre-activation ResNet-110 of bottlenecks: 1 146 842 parameters for CIFAR-10.

    The network of Liu et al. 2019's weight pruning; batch norm scales start at 1.
    """

    name = "preresnet110"
    paper = "He et al. 2016b (Identity Mappings), section 4; Liu et al. 2019"

    def size(self) -> tuple[int, int]:
        return 110, 16

    def initial_gamma(self) -> float:
        return 1.0


class Preresnet164(CifarPreresnet):
    """Pre-activation ResNet-164 of bottlenecks: 1 703 258 parameters for CIFAR-10.

    The ResNet of network slimming; batch norm scales start at 0.5.
    """

    name = "preresnet164"
    paper = "He et al. 2016b (Identity Mappings), section 4; Liu et al. 2017, section 4.2"

    def size(self) -> tuple[int, int]:
        return 164, 16

    def initial_gamma(self) -> float:
        return 0.5


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [Preresnet, Preresnet110, Preresnet164]
