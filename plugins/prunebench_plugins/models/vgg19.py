from collections import OrderedDict
from typing import Literal

import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, hookimpl, setting
from prunebench_plugins.models._chain import chain_groups
from prunebench_plugins.models._images import check_images
from prunebench_plugins.models._vgg import convolutions, initialise_vgg, single_head

WIDTHS = ((64,) * 2, (128,) * 2, (256,) * 4, (512,) * 4, (512,) * 4)
"""Channels of the 16 convolutions, by stage (Simonyan & Zisserman 2015, table 1, column E)."""


class Vgg19(Model):
    """VGG-19 with batch norm for 32x32 images, in the two forms of Liu et al. 2019's code.

    Both end in a single linear layer. ``slimming`` (channel pruning, the default: the network of
    the published slimming results): convolutions without bias, initialised by fan out; batch norm
    scales start at 0.5; 20 035 018 parameters. ``lottery`` (weight pruning): convolutions with
    bias, initialised by fan in; scales start at 1; 20 040 522 parameters.
    """

    name = "vgg19"
    paper = "Simonyan & Zisserman 2015; Liu et al. 2017, section 4.2; Liu et al. 2019"

    variant: Literal["slimming", "lottery"] = setting(
        "slimming", "biases and initialisation as for network slimming or weight pruning (lottery)"
    )

    def build(self, shape: Shape, classes: int) -> nn.Module:
        check_images(self.name, shape, classes, multiple=32)
        channels, height, width = shape
        features = WIDTHS[-1][-1] * (height // 32) * (width // 32)
        body = convolutions(channels, WIDTHS, bias=self.variant == "lottery")
        return nn.Sequential(OrderedDict([*body, *single_head(features, classes)]))

    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        initialise_vgg(network, generator, lottery=self.variant == "lottery")

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return chain_groups(network)


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [Vgg19]
