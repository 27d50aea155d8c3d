"""Cutting, silencing and widening agree."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from prunebench.core.layout import ChannelGroup, Span
from prunebench.core.mask import Mask
from prunebench.core.surgery import apply_weight_mask, cut, parameter_masks, silence, widen
from prunebench.errors import ContractError
from prunebench.testing.models import random_mask
from prunebench.testing.networks import unsettle


def settled(model, shape, seed):
    """Give a network in which nothing has its initial value."""
    generator = torch.Generator().manual_seed(seed)
    network = model.build(shape, 10)
    model.initialise(network, generator)
    unsettle(network, generator)
    return network


@pytest.mark.parametrize("coupled", [False, True], ids=["hidden", "all"])
def test_widen_inverts_cut(small, coupled):
    """Survivors return to their places, and whatever was cut is as silencing leaves it."""
    model, shape = small
    network, other = settled(model, shape, 0), settled(model, shape, 1)
    groups = model.groups(network)
    mask = random_mask(tuple(g for g in groups if coupled or not g.coupled))

    widen(other, groups, mask, cut(network, groups, mask).state_dict())
    silence(network, groups, mask)

    state = other.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in network.state_dict().items())


def test_widen_needs_no_mask():
    """Where nothing was cut, widening loads the state."""
    network, other = nn.Linear(3, 2), nn.Linear(3, 2)

    widen(other, (), {}, network.state_dict())

    assert torch.equal(other.weight, network.weight)


def test_cut_by_hand(pair, pair_groups):
    """Channels 0 and 2 of the first, 5 of the second: exactly these slices remain."""
    mask = {"first": torch.tensor([1, 0, 1, 0]) > 0, "second": torch.arange(6) == 5}
    dense = deepcopy(pair)

    narrow = cut(pair, pair_groups, Mask(mask))

    assert torch.equal(narrow.first.weight, dense.first.weight[[0, 2]])
    assert torch.equal(narrow.first.bias, dense.first.bias[[0, 2]])
    assert torch.equal(narrow.second.weight, dense.second.weight[[5]][:, [0, 2]])
    assert torch.equal(narrow.norm.running_var, dense.norm.running_var[[5]])
    assert torch.equal(narrow.last.weight, dense.last.weight[:, 80:])
    assert torch.equal(narrow.last.bias, dense.last.bias)
    sizes = (narrow.first.out_channels, narrow.second.in_channels, narrow.second.out_channels)
    assert (*sizes, narrow.norm.num_features, narrow.last.in_features) == (2, 2, 1, 1, 16)
    assert torch.equal(pair.first.weight, dense.first.weight)


@pytest.mark.parametrize(
    "norm",
    [
        nn.BatchNorm1d(3, affine=False),
        nn.BatchNorm1d(3, track_running_stats=False),
        nn.BatchNorm1d(3, affine=False, track_running_stats=False),
    ],
    ids=["no scale", "no statistics", "neither"],
)
def test_bare_norms(norm):
    """Norms without scale, or without statistics, are cut and silenced like any other."""
    network = nn.Sequential(nn.Linear(2, 3), norm, nn.Linear(3, 2, bias=False)).train()
    groups = (ChannelGroup("hidden", 3, (Span("0"),), (Span("1"),), (Span("2"),)),)
    mask = Mask({"hidden": torch.tensor([True, False, True])})
    images = torch.randn(5, 2)

    narrow = cut(network, groups, mask)
    silence(network, groups, mask)

    torch.testing.assert_close(narrow(images), network(images))
    assert narrow[1].num_features == 2


def test_groups_that_share_a_module():
    """Channels 2 and 3 of four, read as three places each: features 6 to 11."""
    network = nn.Sequential(nn.Linear(2, 4), nn.Linear(12, 5))
    group = ChannelGroup("back", 2, (Span("0", 2),), (), (Span("1", 2, repeat=3),))

    narrow = cut(network, (group,), Mask({"back": torch.tensor([False, True])}))

    assert torch.equal(narrow[0].weight, network[0].weight[[0, 1, 3]])
    assert torch.equal(narrow[1].weight, network[1].weight[:, [0, 1, 2, 3, 4, 5, 9, 10, 11]])


def test_parameter_masks(pair, pair_groups):
    """Kernels lose rows and columns, biases, scales and shifts entries; the rest is whole."""
    mask = Mask({"second": torch.arange(6) != 1})

    masks = parameter_masks(pair, pair_groups, mask)

    assert {name: int((~kept).sum()) for name, kept in masks.items()} == {
        "second.weight": 4 * 9,
        "norm.weight": 1,
        "norm.bias": 1,
        "last.weight": 3 * 16,
        "last.bias": 0,
    }
    assert not masks["second.weight"][1].any()
    assert not masks["last.weight"][:, 16:32].any()


def test_weights_are_masked_exactly(pair):
    """Dropped weights are exactly zero, the others untouched."""
    before = pair.first.weight.detach().clone()
    kept = torch.arange(36).view(4, 1, 3, 3) % 3 == 0

    apply_weight_mask(pair, {"first": kept})

    assert torch.equal(pair.first.weight, torch.where(kept, before, torch.zeros(())))


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.ReLU(), "names 'odd', a ReLU, which has no channels"),
        (nn.Conv2d(4, 4, 3, groups=4), "reads 'odd', a convolution in blocks"),
    ],
)
def test_modules_that_cannot_be_cut_are_refused(module, message):
    """The message names the module and why."""
    network = nn.Sequential()
    network.add_module("odd", module)
    group = ChannelGroup("group", 4, (), (), (Span("odd"),))

    with pytest.raises(ContractError, match=message):
        cut(network, (group,), Mask.full({"group": (4,)}))
