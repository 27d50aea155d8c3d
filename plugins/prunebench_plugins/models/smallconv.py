from collections import OrderedDict

from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, hookimpl, setting
from prunebench.errors import SpecError
from prunebench_plugins.models._chain import chain_groups
from prunebench_plugins.models._images import check_images


class SmallConv(Model):
    """Three convolutions and one linear layer, for images as small as 4x4.

    Our own network, made for the default run: it learns scikit-learn's 8x8 digits in seconds and
    has everything that pruning must get right, batch norms and a flattened map included.
    """

    name = "smallconv"
    paper = "prunebench"

    width: int = setting(16, "channels of the first convolution; the other two have twice as many")

    def build(self, shape: Shape, classes: int) -> nn.Module:
        check_images(self.name, shape, classes, multiple=4)
        if self.width < 1:
            msg = f"{self.name}: width must be at least 1, got {self.width}; the default is 16."
            raise SpecError(msg)
        channels, height, width = shape
        narrow, wide = self.width, 2 * self.width
        return nn.Sequential(
            OrderedDict[str, nn.Module](
                conv1=nn.Conv2d(channels, narrow, 3, padding=1, bias=False),
                bn1=nn.BatchNorm2d(narrow),
                relu1=nn.ReLU(),
                conv2=nn.Conv2d(narrow, wide, 3, padding=1, bias=False),
                bn2=nn.BatchNorm2d(wide),
                relu2=nn.ReLU(),
                pool1=nn.MaxPool2d(2),
                conv3=nn.Conv2d(wide, wide, 3, padding=1, bias=False),
                bn3=nn.BatchNorm2d(wide),
                relu3=nn.ReLU(),
                pool2=nn.MaxPool2d(2),
                flatten=nn.Flatten(),
                fc=nn.Linear(wide * (height // 4) * (width // 4), classes),
            )
        )

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return chain_groups(network)


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [SmallConv]
