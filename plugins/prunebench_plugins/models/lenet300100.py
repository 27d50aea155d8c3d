from collections import OrderedDict
from math import prod

import torch
from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, glorot_normal, hookimpl
from prunebench_plugins.models._chain import chain_groups
from prunebench_plugins.models._images import check_images


class LeNet300100(Model):
    """Two hidden layers of 300 and 100 units (LeCun et al. 1998, section III.C.3).

    ReLU and Glorot initialisation as in Frankle & Carbin 2019, section 2 and appendix G;
    266 610 parameters for MNIST. Images of any size are flattened.
    """

    name = "lenet300100"
    paper = "LeCun et al. 1998; Frankle & Carbin 2019, section 2"

    def build(self, shape: Shape, classes: int) -> nn.Module:
        check_images(self.name, shape, classes)
        return nn.Sequential(
            OrderedDict[str, nn.Module](
                flatten=nn.Flatten(),
                fc1=nn.Linear(prod(shape), 300),
                relu1=nn.ReLU(),
                fc2=nn.Linear(300, 100),
                relu2=nn.ReLU(),
                fc3=nn.Linear(100, classes),
            )
        )

    def initialise(self, network: nn.Module, generator: torch.Generator) -> None:
        glorot_normal(network, generator)

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return chain_groups(network)


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [LeNet300100]
