"""Cut and silenced networks are compared; wrong groups are told apart."""

import pytest
import torch
from torch import nn

from prunebench.core.equivalence import brief, difference, half, stand_in
from prunebench.core.layout import ChannelGroup, Span


@pytest.fixture
def draws():
    """Give a generator."""
    return torch.Generator().manual_seed(0)


def compared(network, groups, draws):
    """Compare a stand-in for the hand-made network on two images."""
    images = torch.randn(2, 1, 4, 4, generator=draws)
    return difference(stand_in(network, draws), groups, images, draws)


def test_right_groups_make_no_difference(pair, pair_groups, draws):
    """What is declared by hand can be cut, one by one and all at once."""
    for groups in (pair_groups[:1], pair_groups[1:], pair_groups):
        assert compared(pair, groups, draws) == ""


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (ChannelGroup("x", 4, (Span("first"),)), "broke the network: RuntimeError"),
        (
            ChannelGroup("x", 6, (Span("second"),), (), (Span("last", repeat=16),)),
            "broke the network: RuntimeError",
        ),
        (ChannelGroup("x", 3, (Span("last"),)), "changed the shape of the output"),
    ],
    ids=["no reader", "no norm", "scores"],
)
def test_wrong_groups_make_a_difference(pair, wrong, problem, draws):
    """A reader or a norm that is missing, or scores that are cut."""
    assert compared(pair, [wrong], draws).startswith(problem)


def test_other_channels_make_a_difference(draws):
    """Where the reader loses the columns of other channels, shapes fit but the scores do not."""

    class Swapped(nn.Sequential):
        def forward(self, images):
            """Let the second layer read the first one's channels in the reverse order."""
            return self[1](self[0](images.flatten(1)).flip(1))

    network = Swapped(nn.Linear(16, 5), nn.Linear(5, 3))
    group = ChannelGroup("x", 5, (Span("0"),), (), (Span("1"),))

    assert compared(network, [group], draws) == "changed the output"


def test_half_is_kept(pair_groups, draws):
    """Rounded up: 2 of 4, 3 of 6."""
    assert half(pair_groups, draws).counts == {"first": 2, "second": 3}


def test_stand_in_has_no_initial_value(pair, draws):
    """Every number is drawn, and the network itself keeps its own."""
    before = {name: tensor.clone() for name, tensor in pair.state_dict().items()}

    copy = stand_in(pair.train(), draws)

    for name, tensor in copy.state_dict().items():
        assert torch.equal(pair.state_dict()[name], before[name])
        if tensor.dim():
            assert not bool((tensor == before[name]).any()), name
    assert pair.training
    assert not copy.training


def test_stand_in_of_a_network_without_storage(draws):
    """A network on the meta device is given numbers."""
    with torch.device("meta"):
        network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))

    copy = stand_in(network, draws)

    assert copy(torch.ones(2, 3)).isfinite().all()
    assert copy[1].num_batches_tracked == 0


def test_brief():
    """An error's kind and first line."""
    assert brief(ValueError("no.\nmore")) == "ValueError (no)"
    assert brief(KeyError()) == "KeyError"
