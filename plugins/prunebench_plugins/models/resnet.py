from abc import abstractmethod

import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, hookimpl, setting
from prunebench.errors import SpecError
from prunebench_plugins.models._images import check_images
from prunebench_plugins.models._initialise import fan_out_normal
from prunebench_plugins.models._residual import (
    Architecture,
    ResidualNetwork,
    ShortcutKind,
    residual_groups,
)


class CifarResnet(Model):
    """What the residual networks for small images share (He et al. 2016, section 4.2).

    Convolutions start at N(0, 2 / fan out), the linear layer uniformly within 1 / sqrt(fan in),
    as in Liu et al. 2019's code.
    """

    @abstractmethod
    def architecture(self) -> Architecture:
        """Give size and kind of the network."""

    def build(self, shape: Shape, classes: int) -> nn.Module:
        check_images(self.name, shape, classes, multiple=4)
        return ResidualNetwork(shape[0], classes, self.architecture())

    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        fan_out_normal(network, generator)

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        assert isinstance(network, ResidualNetwork)
        return residual_groups(network)


class Resnet(CifarResnet):
    """Residual network of basic blocks, of any depth and width (He et al. 2016, section 4.2)."""

    name = "resnet"
    paper = "He et al. 2016, section 4.2"

    depth: int = setting(20, "layers with weights on the longest path: 6n + 2")
    width: int = setting(16, "channels of the first stage; later ones have 2 and 4 times as many")
    shortcut: ShortcutKind = setting(
        "projection", "between stages: 1x1 convolution, or average pooling and channels of zeros"
    )

    def architecture(self) -> Architecture:
        if self.depth < 8 or self.depth % 6 != 2:
            msg = f"{self.name}: depth must be 6n + 2, got {self.depth}; write 20, 32, 56 or 110."
            raise SpecError(msg)
        if self.width < 1:
            msg = f"{self.name}: width must be at least 1, got {self.width}; the default is 16."
            raise SpecError(msg)
        return Architecture(self.depth, self.width, self.shortcut)


class Resnet20(CifarResnet):
    """ResNet-20 with projections: 272 474 parameters for CIFAR-10.

    Frankle & Carbin 2019 call it ResNet-18.
    """

    name = "resnet20"
    paper = "He et al. 2016, section 4.2; Frankle & Carbin 2019, section 4"

    def architecture(self) -> Architecture:
        return Architecture(20)


class Resnet50Cifar(CifarResnet):
    """ResNet of depth 50 for small images, with projections: 758 554 parameters for CIFAR-10.

    Basic blocks, unlike ImageNet's ResNet-50: the only network of this family that has 50 layers.
    """

    name = "resnet50_cifar"
    paper = "He et al. 2016, section 4.2; Liu et al. 2019"

    def architecture(self) -> Architecture:
        return Architecture(50)


class Resnet56(CifarResnet):
    """ResNet-56 with shortcuts without parameters: 853 018 parameters for CIFAR-10."""

    name = "resnet56"
    paper = "He et al. 2016, section 4.2; Li et al. 2016, section 4.2; Liu et al. 2019"

    def architecture(self) -> Architecture:
        return Architecture(56, shortcut="zero-pad")


class Resnet110(CifarResnet):
    """ResNet-110 with shortcuts without parameters: 1 727 962 parameters for CIFAR-10."""

    name = "resnet110"
    paper = "He et al. 2016, section 4.2; Li et al. 2016, section 4.2; Liu et al. 2019"

    def architecture(self) -> Architecture:
        return Architecture(110, shortcut="zero-pad")


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [Resnet, Resnet20, Resnet50Cifar, Resnet56, Resnet110]
