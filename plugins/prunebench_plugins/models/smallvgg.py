from collections import OrderedDict
from collections.abc import Iterator

from torch import nn

from prunebench.api import ChannelGroup, Model, Shape, hookimpl, setting
from prunebench.errors import SpecError
from prunebench_plugins.models._chain import chain_groups
from prunebench_plugins.models._images import check_images
from prunebench_plugins.models._vgg import single_head

STAGES = ((1, 1), (2, 2), (4, 4))
"""Channels of the six convolutions, by stage, in units of the first one's."""


class SmallVgg(Model):
    """Six 3x3 convolutions with batch norm, for images of any size, such as 28x28 and 32x32.

    Our own network in the manner of VGG, made to learn small pictures on a CPU: three stages of
    two convolutions, the width doubling from stage to stage, max pooling between them, then the
    average over all places and one linear layer. Every convolution has a batch norm.
    """

    name = "smallvgg"
    paper = "prunebench, after Simonyan & Zisserman 2015"

    width: int = setting(16, "channels of the first stage; the others have 2 and 4 times as many")
    stride: int = setting(1, "of the first convolution; 2 quarters the work of all the others")

    def build(self, shape: Shape, classes: int) -> nn.Module:
        check_images(self.name, shape, classes)
        for key, value, default in (("width", self.width, 16), ("stride", self.stride, 1)):
            if value < 1:
                msg = (
                    f"{self.name}: {key} must be at least 1, got {value}; the default is {default}."
                )
                raise SpecError(msg)
        head = single_head(STAGES[-1][-1] * self.width, classes)
        return nn.Sequential(OrderedDict([*body(shape[0], self.width, self.stride), *head]))

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:
        return chain_groups(network)


def body(channels: int, unit: int, stride: int) -> Iterator[tuple[str, nn.Module]]:
    """Name and make the layers before the head, for images of so many channels."""
    index = 0
    for stage, factors in enumerate(STAGES, start=1):
        for factor in factors:
            index += 1
            width = factor * unit
            yield f"conv{index}", nn.Conv2d(channels, width, 3, stride, padding=1, bias=False)
            yield f"bn{index}", nn.BatchNorm2d(width)
            yield f"relu{index}", nn.ReLU()
            channels, stride = width, 1
        is_last = stage == len(STAGES)
        # Odd sizes are rounded up, so that no image is too small and no border is dropped.
        pool = nn.AdaptiveAvgPool2d(1) if is_last else nn.MaxPool2d(2, ceil_mode=True)
        yield f"pool{stage}", pool


@hookimpl
def prunebench_models() -> list[type[Model]]:
    return [SmallVgg]
