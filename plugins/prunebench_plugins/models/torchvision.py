from collections.abc import Mapping
from math import sqrt
from pickle import UnpicklingError
from typing import ClassVar

import torch
from torch import Tensor, nn

from prunebench.api import ChannelGroup, Model, Shape, fans, hookimpl, kernels, reset_norms
from prunebench.api import torchvision as vision
from prunebench.errors import DataError, IncompatibleError
from prunebench_plugins.models._images import check_images
from prunebench_plugins.models._initialise import fan_out_normal
from prunebench_plugins.models._torchvision_blocks import BlockName, residual_network
from prunebench_plugins.models._torchvision_groups import (
    mobilenet_groups,
    resnet_groups,
    vgg_groups,
)

COLOURS = 3
"""Channels of the images that torchvision's networks read."""


class TorchvisionModel(Model):
    """What torchvision's networks for ImageNet share: built by torchvision, any number of classes.

    They start as torchvision draws them; the weights that it offers are for --weights pretrained.

    Attributes
    ----------
    function
        Name of the function in ``torchvision.models`` that builds the network.
    published
        Name of the weights that torchvision offers for download.
    smallest
        Least height and width of an image.
    """

    function: ClassVar[str]
    published: ClassVar[str] = "IMAGENET1K_V1"
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
        return self.network(classes)

    def network(self, classes: int) -> nn.Module:
        """Build the network for a number of classes, as torchvision draws it."""
        network: nn.Module = getattr(vision().models, self.function)(
            weights=None, num_classes=classes
        )
        return network

    def pretrained(self, network: nn.Module) -> Mapping[str, Tensor]:
        offered = vision().models.get_model_weights(self.function)[self.published]
        classes = [module.weight.shape[0] for _, module in kernels(network)][-1]
        known = len(offered.meta["categories"])
        if classes != known:
            msg = (
                f"the published weights of {self.name} are for {known} classes, and the data set "
                f"has {classes}; give a safetensors file with --weights."
            )
            raise IncompatibleError(msg)
        try:
            state: Mapping[str, Tensor] = offered.get_state_dict(
                progress=False, check_hash=True, weights_only=True
            )
        except (OSError, RuntimeError, UnpicklingError) as error:
            msg = f"cannot get the published weights of {self.name} from {offered.url}: {error}"
            raise DataError(" ".join(msg.split())) from None
        return state


class TorchvisionResnet(TorchvisionModel):
    """Residual networks; any image will do, since the last map is averaged.

    Convolutions start at N(0, 2 / fan out), where a convolution in blocks counts all its outputs;
    the linear layer starts uniformly within 1 / sqrt(fan in), PyTorch's default.

    Attributes
    ----------
    block, depths, widths
        Kind of the blocks, how many a stage has, and how wide their 3x3 convolutions are where not
        as in He et al. 2016; see `residual_network`.
    """

    block: ClassVar[BlockName]
    depths: ClassVar[tuple[int, ...]] = (3, 4, 6, 3)
    widths: ClassVar[Mapping[str, int]] = {}

    def network(self, classes: int) -> nn.Module:
        return residual_network(self.block, self.depths, classes, **self.widths)

    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        fan_out_normal(network, generator)

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return resnet_groups(network)


class Resnet34(TorchvisionResnet):
    """ResNet-34 for ImageNet, torchvision's: 21 797 672 parameters for 1000 classes."""

    name = "resnet34"
    paper = "He et al. 2016, table 1"
    function = "resnet34"
    block = "BasicBlock"


class Resnet50(TorchvisionResnet):
    """ResNet-50 for ImageNet, torchvision's: 25 557 032 parameters for 1000 classes.

    The 3x3 convolution of a bottleneck has the stride, not the 1x1 convolution before it.
    """

    name = "resnet50"
    paper = "He et al. 2016, table 1"
    function = "resnet50"
    block = "Bottleneck"
    published = "IMAGENET1K_V2"


class Resnext50(TorchvisionResnet):
    """ResNeXt-50 (32x4d), torchvision's: 25 028 904 parameters for 1000 classes.

    What can be cut inside a bottleneck is one of its 32 paths as a whole.
    """

    name = "resnext50_32x4d"
    paper = "Xie et al. 2017, table 1"
    function = "resnext50_32x4d"
    block = "Bottleneck"
    widths: ClassVar[Mapping[str, int]] = {"groups": 32, "width_per_group": 4}
    published = "IMAGENET1K_V2"


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


class Vgg16Bn(TorchvisionVgg):
    """VGG-16 with batch norm for ImageNet, torchvision's: 138 365 992 parameters, 1000 classes.

    The network of Liu et al. 2019's weight pruning on ImageNet.
    """

    name = "vgg16_bn"
    paper = "Simonyan & Zisserman 2015, table 1, column D; Liu et al. 2019"
    function = "vgg16_bn"


class MobilenetV2(SmallLinear):
    """MobileNetV2 for ImageNet, torchvision's: 3 504 872 parameters for 1000 classes.

    Any image will do, since the last map is averaged.
    """

    name = "mobilenet_v2"
    paper = "Sandler et al. 2018, table 2"
    function = "mobilenet_v2"
    published = "IMAGENET1K_V2"

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return mobilenet_groups(network)


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [Resnet34, Resnet50, Resnext50, TorchvisionVgg16, Vgg11Bn, Vgg16Bn, MobilenetV2]
