from math import sqrt

import pytest
import torch

from prunebench.api import ChannelGroup, Span
from prunebench.core.cost import count
from prunebench_plugins.models.lenet300100 import LeNet300100


def test_sizes_for_mnist():
    """784·300 + 300·100 + 100·10 weights, and 300 + 100 + 10 biases."""
    with torch.device("meta"):
        network = LeNet300100().build((1, 28, 28), 10)

    assert count(network, (1, 28, 28)) == (266_200 + 410, 266_200)


def test_neurons_are_channels():
    """The hidden units of both layers can be cut."""
    model = LeNet300100()

    groups = model.groups(model.build((1, 2, 2), 10))

    assert groups == (
        ChannelGroup("fc1", 300, (Span("fc1"),), (), (Span("fc2"),)),
        ChannelGroup("fc2", 100, (Span("fc2"),), (), (Span("fc3"),)),
    )


def test_glorot_initialisation():
    """Kernels have variance 2 / (fan in + fan out), biases are zero."""
    model = LeNet300100()
    network = model.build((1, 28, 28), 10)

    model.initialise(network, torch.Generator().manual_seed(0))

    assert network.fc1.weight.std().item() == pytest.approx(sqrt(2 / (784 + 300)), rel=0.01)
    assert network.fc2.weight.std().item() == pytest.approx(sqrt(2 / (300 + 100)), rel=0.02)
    assert not network.fc1.bias.any()
