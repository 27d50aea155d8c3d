"""Every model family, made as small as it goes."""

import pytest
import torch

from prunebench_plugins.models.conv import Conv2, Conv4, Conv6
from prunebench_plugins.models.lenet300100 import LeNet300100
from prunebench_plugins.models.resnet import Resnet, Resnet20, Resnet50Cifar, Resnet56, Resnet110
from prunebench_plugins.models.smallconv import SmallConv
from prunebench_plugins.models.vgg16 import Vgg16

SMALL = [
    (SmallConv(width=4), (1, 8, 8)),
    (SmallConv(width=3), (2, 4, 12)),
    (LeNet300100(), (1, 8, 8)),
    (Conv2(), (3, 4, 4)),
    (Conv4(), (3, 8, 8)),
    (Conv6(), (1, 8, 8)),
    (Resnet(depth=8, width=4), (3, 8, 8)),
    (Resnet(depth=14, width=3, shortcut="zero-pad"), (3, 8, 8)),
]
FULL = [
    (Vgg16(), (3, 32, 32)),
    (Vgg16(variant="lottery"), (3, 32, 32)),
    (Resnet20(), (3, 32, 32)),
    (Resnet50Cifar(), (3, 32, 32)),
    (Resnet56(), (3, 32, 32)),
    (Resnet110(), (3, 32, 32)),
]


def title(example):
    """Name an example by its model and image size."""
    model, shape = example
    return f"{model}-{'x'.join(map(str, shape))}"


@pytest.fixture(params=SMALL, ids=title)
def small(request):
    """Give each small (model, image shape)."""
    return request.param


@pytest.fixture(params=SMALL + FULL, ids=title)
def example(request):
    """Give each (model, image shape), those of the papers included."""
    return request.param


@pytest.fixture
def on_meta(example):
    """Give each model's network for 10 classes, on the meta device."""
    model, shape = example
    with torch.device("meta"):
        return model.build(shape, 10)
