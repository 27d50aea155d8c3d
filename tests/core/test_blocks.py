"""Convolutions in blocks and whole residual branches: cut, silenced, widened and costed alike."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from prunebench.core.cost import count, narrow_cost
from prunebench.core.describe import describe
from prunebench.core.layout import ChannelGroup, Span
from prunebench.core.mask import Mask
from prunebench.core.surgery import cut, silence, widen
from prunebench.core.views import view_group
from prunebench.errors import ContractError
from prunebench.testing.networks import unsettle

SHAPE = (3, 6, 6)


class Block(nn.Module):
    """A depthwise branch (with biases) and a branch of 3 blocks of width 2, beside a shortcut."""

    def __init__(self):
        super().__init__()
        self.expand = nn.Conv2d(4, 6, 1)
        self.bn1 = nn.BatchNorm2d(6)
        self.blocks = nn.Conv2d(6, 6, 3, padding=1, groups=3)
        self.depthwise = nn.Conv2d(6, 6, 3, padding=1, groups=6)
        self.bn2 = nn.BatchNorm2d(6)
        self.project = nn.Conv2d(6, 4, 1)
        self.whole = True

    def forward(self, stream):
        """Add the branch, if it is there."""
        if not self.whole:
            return stream
        hidden = self.bn1(self.expand(stream)).relu()
        return stream + self.project(self.bn2(self.depthwise(self.blocks(hidden))).relu())

    def remove_branch(self):
        """Keep the shortcut alone."""
        self.whole = False
        for name in ("expand", "bn1", "blocks", "depthwise", "bn2", "project"):
            delattr(self, name)


MEMBERS = tuple(f"block.{n}" for n in ("expand", "bn1", "blocks", "depthwise", "bn2", "project"))
HIDDEN = ChannelGroup(
    name="hidden",
    size=3,
    producers=tuple(Span(f"block.{n}", repeat=2) for n in ("expand", "blocks", "depthwise")),
    norms=(Span("block.bn1", repeat=2), Span("block.bn2", repeat=2)),
    consumers=(Span("block.project", repeat=2),),
)
BRANCH = ChannelGroup("block", 1, (Span("block"),), kind="block", members=MEMBERS)
GROUPS = (HIDDEN, BRANCH)


@pytest.fixture
def network():
    """Build a network with the block, nothing at its initial value."""
    torch.manual_seed(0)
    network = nn.Sequential()
    network.add_module("stem", nn.Conv2d(3, 4, 3, padding=1))
    network.add_module("block", Block())
    network.add_module("head", nn.Sequential(nn.Flatten(), nn.Linear(144, 5)))
    unsettle(network, torch.Generator().manual_seed(1))
    return network


MASKS = [
    {"hidden": [True, False, True], "block": [True]},
    {"hidden": [False, False, True], "block": [False]},
    {"block": [False]},
]


@pytest.mark.parametrize("kept", MASKS, ids=["blocks of a convolution", "both", "the branch"])
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_cut_equals_silenced(network, kept, training):
    """Both compute the same, and the measured size is the predicted one."""
    mask = Mask({name: torch.tensor(value) for name, value in kept.items()})
    narrow, silent = cut(network, GROUPS, mask), deepcopy(network)
    silence(silent, GROUPS, mask)
    images = torch.randn(4, *SHAPE, generator=torch.Generator().manual_seed(2))

    left, right = narrow.train(training)(images), silent.train(training)(images)

    torch.testing.assert_close(left, right, atol=1e-5, rtol=1e-5)
    cost = narrow_cost(describe(network, SHAPE, GROUPS), mask.counts)
    assert (cost.params, cost.macs) == count(narrow, SHAPE)


@pytest.mark.parametrize("kept", MASKS, ids=["blocks of a convolution", "both", "the branch"])
def test_widen_inverts_cut(network, kept):
    """What a cut network still has returns to its place; the rest is as silencing leaves it."""
    mask = Mask({name: torch.tensor(value) for name, value in kept.items()})
    other, silent = deepcopy(network), deepcopy(network)
    silence(silent, GROUPS, mask)

    widen(other, GROUPS, mask, cut(network, GROUPS, mask).state_dict())

    state = other.state_dict()
    for name, tensor in silent.state_dict().items():
        if tensor.dim():  # a vanished norm cannot say how many batches it has seen
            assert torch.equal(state[name], tensor), name


def test_convolutions_in_blocks_lose_whole_blocks(network):
    """Two of three blocks stay; of the depthwise convolution four of six channels."""
    mask = Mask({"hidden": torch.tensor([True, False, True])})

    narrow = cut(network, GROUPS, mask).block

    assert (narrow.blocks.groups, narrow.depthwise.groups) == (2, 4)
    assert torch.equal(narrow.blocks.weight, network.block.blocks.weight[[0, 1, 4, 5]])


def test_half_a_block_cannot_be_kept(network):
    """Single channels of a convolution in blocks of two are refused."""
    group = ChannelGroup("odd", 6, (Span("block.blocks"),))

    with pytest.raises(ContractError, match="no whole blocks"):
        cut(network, (group,), Mask({"odd": torch.arange(6) < 3}))


def test_filters_of_a_unit_are_seen_together(network):
    """A unit's view holds all its filters: (units, width, in, height, width)."""
    filters, scale, _, readers = view_group(network, HIDDEN)

    assert [tuple(tensor.shape) for tensor in filters] == [
        (3, 2, 4, 1, 1),
        (3, 2, 2, 3, 3),
        (3, 2, 1, 3, 3),
    ]
    assert torch.equal(filters[0].flatten(0, 1), network.block.expand.weight)
    assert tuple(readers[0].shape) == (4, 3, 2, 1, 1)
    assert tuple(scale.shape) == (3, 2)


def test_a_block_must_know_how_to_leave(network):
    """The message names block and class."""
    group = ChannelGroup("head", 1, (Span("head"),), kind="block", members=("head.1",))

    with pytest.raises(ContractError, match=r"block 'head': Sequential needs .* remove_branch"):
        cut(network, (group,), Mask({"head": torch.tensor([False])}))


def test_overlapping_groups_keep_what_both_keep(network):
    """A channel that one of two groups drops is gone."""
    twin = ChannelGroup("twin", 3, HIDDEN.producers, HIDDEN.norms, HIDDEN.consumers)
    mask = {"hidden": [True, True, False], "twin": [False, True, True]}

    narrow = cut(network, (HIDDEN, twin), Mask({n: torch.tensor(k) for n, k in mask.items()}))

    assert torch.equal(narrow.block.expand.weight, network.block.expand.weight[2:4])
