"""Small networks, and a hand-made one whose every number can be worked out."""

from collections import OrderedDict

import pytest
import torch
from torch import nn

from prunebench.core.describe import describe
from prunebench.core.layout import ChannelGroup, Span
from prunebench_plugins.models.conv import Conv2
from prunebench_plugins.models.lenet300100 import LeNet300100
from prunebench_plugins.models.resnet import Resnet
from prunebench_plugins.models.smallconv import SmallConv

SMALL = [
    (SmallConv(width=3), (2, 4, 8)),
    (LeNet300100(), (1, 4, 4)),
    (Conv2(), (3, 4, 4)),
    (Resnet(depth=8, width=4), (3, 8, 8)),
    (Resnet(depth=14, width=3, shortcut="zero-pad"), (3, 8, 8)),
]

PAIR_SHAPE = (1, 4, 4)


@pytest.fixture(params=SMALL, ids=lambda pair: str(pair[0]))
def small(request):
    """Give each small (model, image shape)."""
    return request.param


def build_pair():
    """Build two convolutions of 4 and 6 channels and a linear layer, for 4x4 images.

    Weights: 1·4·9 = 36, 4·6·9 = 216, 6·16·3 = 288. Multiply-adds: 576, 3456, 288. Biases 4 and 3,
    a batch norm of 6 channels.
    """
    return nn.Sequential(
        OrderedDict(
            first=nn.Conv2d(1, 4, 3, padding=1),
            relu1=nn.ReLU(),
            second=nn.Conv2d(4, 6, 3, padding=1, bias=False),
            norm=nn.BatchNorm2d(6),
            relu2=nn.ReLU(),
            flatten=nn.Flatten(),
            last=nn.Linear(96, 3),
        )
    )


PAIR_GROUPS = (
    ChannelGroup("first", 4, (Span("first"),), (), (Span("second"),)),
    ChannelGroup("second", 6, (Span("second"),), (Span("norm"),), (Span("last", repeat=16),)),
)


@pytest.fixture
def pair():
    """Give the hand-made network."""
    return build_pair()


@pytest.fixture
def pair_groups():
    """Give its two channel groups."""
    return PAIR_GROUPS


@pytest.fixture(scope="session")
def pair_layout():
    """Give its layout."""
    with torch.device("meta"):
        return describe(build_pair(), PAIR_SHAPE, PAIR_GROUPS)
