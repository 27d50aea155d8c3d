"""Layouts are read from the network that is there."""

import pytest
import torch
from torch import nn

from prunebench.core.cost import count
from prunebench.core.describe import describe
from prunebench.core.layout import Layer, Norm


def test_the_pair(pair, pair_groups):
    """Every field of every layer of the hand-made network."""
    layout = describe(pair, (1, 4, 4), pair_groups, lambda name, kind: kind == "conv")

    assert layout.layers == (
        Layer("first", "conv", (4, 1, 3, 3), bias=True, places=16),
        Layer("second", "conv", (6, 4, 3, 3), bias=False, places=16, norm="norm"),
        Layer("last", "linear", (3, 96), bias=True, places=1, prunable=False, output=True),
    )
    assert layout.norms == (Norm("norm", 6),)
    assert layout.groups == pair_groups
    assert layout.other_params == 0


def test_meta_device_gives_the_same(small):
    """Tensors without storage describe the network as well as real ones."""
    model, shape = small
    network = model.build(shape, 7)
    with torch.device("meta"):
        ghost = model.build(shape, 7)

    assert describe(ghost, shape, model.groups(ghost)) == describe(
        network, shape, model.groups(network)
    )


class Twice(nn.Module):
    """The head is registered first; the body is used twice."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 3)
        self.body = nn.Linear(4, 4, bias=False)

    def forward(self, images):
        """Score flattened images."""
        return self.head(self.body(self.body(images.flatten(1))))


def test_the_output_layer_is_the_last_to_run():
    """Not the last to be registered: half-rate pruning must hit the class scores."""
    layout = describe(Twice(), (1, 2, 2))

    assert [(layer.name, layer.output) for layer in layout.layers] == [
        ("head", True),
        ("body", False),
    ]


def test_a_layer_used_twice_costs_twice():
    """16 weights, 2 · 16 multiply-adds, as measuring says."""
    layout = describe(Twice(), (1, 2, 2))

    assert layout.by_name["body"].places == 2
    assert (layout.params, layout.macs) == (16 + 15, 32 + 12)
    assert (layout.params, layout.macs) == count(Twice(), (1, 2, 2))


def test_blocks_are_told():
    """A depthwise convolution has one block per channel."""
    layout = describe(nn.Conv2d(6, 6, 3, groups=6), (6, 3, 3))

    assert layout.layers[0].blocks == 6
    assert layout.macs == 54


def test_a_network_without_kernels():
    """A norm alone is described; there is no output layer."""
    layout = describe(nn.BatchNorm2d(3), (3, 2, 2))

    assert (layout.layers, layout.params, layout.macs) == ((), 6, 0)


@pytest.mark.parametrize(("kind", "size"), [("conv", 252), ("linear", 288)])
def test_prunable_sets(pair, kind, size):
    """The recipe decides by kind or name."""
    layout = describe(pair, (1, 4, 4), (), lambda _name, each: each == kind)

    assert layout.prunable_size == size
    assert all(layer.kind == kind for layer in layout.prunable)
