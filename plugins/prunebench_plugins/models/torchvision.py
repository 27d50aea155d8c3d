from math import sqrt
from typing import ClassVar

import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, fans, hookimpl, kernels, reset_norms
from prunebench.api import torchvision as vision
from prunebench.errors import IncompatibleError
from prunebench_plugins.models._images import check_images
from prunebench_plugins.models._initialise import fan_out_normal
from prunebench_plugins.models._torchvision_groups import (
    mobilenet_groups,
    resnet_groups,
    vgg_groups,
)

COLOURS = 3
"""Channels of the images that torchvision's networks read."""


class TorchvisionModel(Model):
    """What torchvision's networks for ImageNet share: built by torchvision, any number of classes.

    They start as torchvision draws them, without the weights that it offers for download.

    Attributes
    ----------
    function
        Name of the function in ``torchvision.models`` that builds the network.
    smallest
        Least height and width of an image.
    """

    function: ClassVar[str]
    smallest: ClassVar[int] = 1

    def build(self, shape: Shape, classes: int) -> nn.Module:
        check_images(self.name, shape, classes)
        channels, height, width = shape
        if channels != COLOURS or min(height, width) < self.smallest:
            size = "x".join(map(str, shape))
            msg = (
                f"{self.name} takes images of {COLOURS} channels, at least "
                f"{self.smallest}x{self.smallest}, got {size}; choose another model or data set."
            )
            raise IncompatibleError(msg)
        network: nn.Module = getattr(vision().models, self.function)(
            weights=None, num_classes=classes
        )
        return network


class TorchvisionResnet(TorchvisionModel):
    """Residual networks; any image will do, since the last map is averaged.

    Convolutions start at N(0, 2 / fan out), where a convolution in blocks counts all its outputs;
    the linear layer starts uniformly within 1 / sqrt(fan in), PyTorch's default.
    """

    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        fan_out_normal(network, generator)

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return resnet_groups(network)


class Resnet34(TorchvisionResnet):
    """ResNet-34 for ImageNet, torchvision's: 21 797 672 parameters for 1000 classes."""

    name = "resnet34"
    paper = "He et al. 2016, table 1"
    function = "resnet34"


class Resnet50(TorchvisionResnet):
    """ResNet-50 for ImageNet, torchvision's: 25 557 032 parameters for 1000 classes.

    The 3x3 convolution of a bottleneck has the stride, not the 1x1 convolution before it.
    """

    name = "resnet50"
    paper = "He et al. 2016, table 1"
    function = "resnet50"


class Resnext50(TorchvisionResnet):
    """ResNeXt-50 (32x4d), torchvision's: 25 028 904 parameters for 1000 classes.

    What can be cut inside a bottleneck is one of its 32 paths as a whole.
    """

    name = "resnext50_32x4d"
    paper = "Xie et al. 2017, table 1"
    function = "resnext50_32x4d"


class SmallLinear(TorchvisionModel):
    """Networks whose convolutions start at N(0, 2 / fan out), linear layers at N(0, 0.01²).

    Biases start at 0. The fan out of a depthwise convolution counts all its outputs.
    """

    @torch.no_grad()
    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        for _, module in kernels(network):
            is_linear = isinstance(module, nn.Linear)
            deviation = 0.01 if is_linear else sqrt(2.0 / fans(module)[1])
            module.weight.normal_(0.0, deviation, generator=generator)
            if module.bias is not None:
                module.bias.zero_()
        reset_norms(network)


class TorchvisionVgg(SmallLinear):
    """VGG networks with three linear layers and dropout.

    The last map is averaged or repeated to 7x7, so images from 32x32 on will do.
    """

    smallest = 32

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return vgg_groups(network)


class TorchvisionVgg16(TorchvisionVgg):
    """VGG-16 for ImageNet, torchvision's: 138 357 544 parameters for 1000 classes, no batch norm.

    torchvision calls it vgg16; here that is the network for 32x32 images which the literature on
    pruning means by the name.
    """

    name = "torchvision-vgg16"
    paper = "Simonyan & Zisserman 2015, table 1, column D"
    function = "vgg16"


class Vgg11Bn(TorchvisionVgg):
    """VGG-11 with batch norm for ImageNet, torchvision's: 132 868 840 parameters, 1000 classes."""

    name = "vgg11_bn"
    paper = "Simonyan & Zisserman 2015, table 1, column A"
    function = "vgg11_bn"


class MobilenetV2(SmallLinear):
    """MobileNetV2 for ImageNet, torchvision's: 3 504 872 parameters for 1000 classes.

    Any image will do, since the last map is averaged.
    """

    name = "mobilenet_v2"
    paper = "Sandler et al. 2018, table 2"
    function = "mobilenet_v2"

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return mobilenet_groups(network)


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [Resnet34, Resnet50, Resnext50, TorchvisionVgg16, Vgg11Bn, MobilenetV2]
