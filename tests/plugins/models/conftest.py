"""Every model family, made as small as it goes."""

import pytest
import torch

from prunebench_plugins.models.conv import Conv2, Conv4, Conv6
from prunebench_plugins.models.densenet import Densenet, Densenet40, DensenetBc100
from prunebench_plugins.models.lenet300100 import LeNet300100
from prunebench_plugins.models.preresnet import Preresnet, Preresnet110, Preresnet164
from prunebench_plugins.models.resnet import Resnet, Resnet20, Resnet50Cifar, Resnet56, Resnet110
from prunebench_plugins.models.smallconv import SmallConv
from prunebench_plugins.models.vgg16 import Vgg16
from prunebench_plugins.models.vgg19 import Vgg19

SMALL = [
    (SmallConv(width=4), (1, 8, 8)),
    (SmallConv(width=3), (2, 4, 12)),
    (LeNet300100(), (1, 8, 8)),
    (Conv2(), (3, 4, 4)),
    (Conv4(), (3, 8, 8)),
    (Conv6(), (1, 8, 8)),
    (Resnet(depth=8, width=4), (3, 8, 8)),
    (Resnet(depth=14, width=3, shortcut="zero-pad"), (3, 8, 8)),
    (Preresnet(depth=11, width=3), (3, 8, 8)),
    (Preresnet(depth=20, width=2), (1, 4, 8)),
    (Densenet(depth=10, growth=3), (3, 8, 8)),
    (Densenet(depth=16, growth=2, bottleneck=True, compression=0.5), (1, 8, 4)),
]
FULL = [
    (Vgg16(), (3, 32, 32)),
    (Vgg16(variant="lottery"), (3, 32, 32)),
    (Resnet20(), (3, 32, 32)),
    (Resnet50Cifar(), (3, 32, 32)),
    (Resnet56(), (3, 32, 32)),
    (Resnet110(), (3, 32, 32)),
    (Vgg19(), (3, 32, 32)),
    (Vgg19(variant="lottery"), (3, 32, 32)),
    (Preresnet110(), (3, 32, 32)),
    (Preresnet164(), (3, 32, 32)),
    (Densenet40(), (3, 32, 32)),
    (DensenetBc100(), (3, 32, 32)),
]


def title(example):
    """Name an example by its model and image size."""
    model, shape = example
    return f"{model}-{'x'.join(map(str, shape))}"


PLAYS = {
    "hidden": lambda group: group.kind == "channel" and not group.coupled,
    "channels": lambda group: group.kind == "channel",
    "selections": lambda group: group.kind != "block" and not group.coupled and not group.joined,
    "blocks": lambda group: group.kind != "selection" and not group.coupled and not group.joined,
    "everything": lambda _group: True,
}
"""Which groups are in play; those of one play never overlap, but for the last."""


def plays(*names):
    """List (model, shape, groups in play), the same groups of a model once only."""
    found = []
    for model, shape in SMALL:
        with torch.device("meta"):
            groups = model.groups(model.build(shape, 10))
        seen = []
        for name in names:
            chosen = [group.name for group in groups if PLAYS[name](group)]
            if chosen not in seen:
                found.append(pytest.param((model, shape, PLAYS[name]), id=f"{model}-{name}"))
            seen.append(chosen)
    return found


@pytest.fixture(params=plays(*PLAYS))
def play(request):
    """Give each small (model, image shape, groups in play)."""
    return request.param


@pytest.fixture(params=plays("hidden", "channels", "selections", "blocks"))
def separate_play(request):
    """Give each play in which groups do not overlap."""
    return request.param


@pytest.fixture(params=SMALL, ids=title)
def small(request):
    """Give each small (model, image shape)."""
    return request.param


@pytest.fixture(params=SMALL + FULL, ids=title, scope="module")
def example(request):
    """Give each (model, image shape), those of the papers included."""
    return request.param


@pytest.fixture(scope="module")
def on_meta(example):
    """Give each model's network for 10 classes, on the meta device."""
    model, shape = example
    with torch.device("meta"):
        return model.build(shape, 10)
