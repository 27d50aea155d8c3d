"""Tracing: declared groups are found again; what cannot be cut is refused by name."""

from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from prunebench.core.cost import count, narrow_cost
from prunebench.core.describe import describe
from prunebench.core.initialise import norms
from prunebench.core.layout import ChannelGroup, Span
from prunebench.core.mask import Mask
from prunebench.core.surgery import cut, silence
from prunebench.core.trace import trace
from prunebench.core.vision import torchvision
from prunebench_plugins.models._torchvision_groups import (
    mobilenet_groups,
    resnet_groups,
    vgg_groups,
)
from prunebench_plugins.models.lenet300100 import LeNet300100
from prunebench_plugins.models.resnet import Resnet
from prunebench_plugins.models.smallconv import SmallConv

SHAPE = (3, 8, 8)


class Stranger(nn.Module):
    """A network of two 3x3 convolutions and a linear layer, joined by a subclass's `middle`."""

    def __init__(self, first=4, second=6, seen=6):
        super().__init__()
        self.first = nn.Conv2d(3, first, 3, padding=1)
        self.second = nn.Conv2d(first, second, 3, padding=1)
        self.fc = nn.Linear(seen, 5)

    def middle(self, images):
        """Compute the last map."""
        return F.relu(self.second(F.relu(self.first(images))))

    def forward(self, images):
        """Score images."""
        return self.fc(self.middle(images).mean((2, 3)))


class Concatenating(Stranger):
    """Both convolutions' channels side by side; one reader."""

    def __init__(self):
        super().__init__(seen=10)
        self.norm = nn.BatchNorm2d(10)

    def middle(self, images):
        """Compute the last map."""
        first = F.relu(self.first(images))
        return self.norm(torch.cat([first, self.second(first)], 1))


class Dense(Stranger):
    """A concatenated stream that two convolutions and the linear layer read."""

    def __init__(self):
        super().__init__(seen=12)
        self.third = nn.Conv2d(10, 2, 3, padding=1)

    def middle(self, images):
        """Compute the last map."""
        first = F.relu(self.first(images))
        stream = torch.cat([first, F.relu(self.second(first))], 1)
        return torch.cat([stream, F.relu(self.third(stream))], 1)


class WithImages(Stranger):
    """The images themselves come first in the concatenation."""

    def __init__(self):
        super().__init__(seen=9)

    def middle(self, images):
        """Compute the last map."""
        return torch.cat([images, super().middle(images)], 1)


class AddedToImages(Stranger):
    """The second convolution's channels are added to the images."""

    def __init__(self):
        super().__init__(second=3, seen=3)

    def middle(self, images):
        """Compute the last map."""
        return images + super().middle(images)


class Gated(Stranger):
    """Squeeze and excitation: a linear layer gates the second convolution."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(6, 6)

    def middle(self, images):
        """Compute the last map."""
        found = super().middle(images)
        return found * torch.sigmoid(self.gate(found.mean((2, 3))))[:, :, None, None]


class Shuffling(Stranger):
    """A channel shuffle between the convolutions."""

    def middle(self, images):
        """Compute the last map."""
        first = F.relu(self.first(images))
        shuffled = first.reshape(-1, 2, 2, 8, 8).transpose(1, 2).reshape(-1, 4, 8, 8)
        return F.relu(self.second(shuffled))


class Permuting(Stranger):
    """A fixed order of channels between the convolutions."""

    def middle(self, images):
        """Compute the last map."""
        return F.relu(self.second(F.relu(self.first(images))[:, [2, 0, 3, 1]]))


class Padding(Stranger):
    """A shortcut that pads channels with zeros up to the second convolution's."""

    def middle(self, images):
        """Compute the last map."""
        first = F.relu(self.first(images))
        return F.pad(first, (0, 0, 0, 0, 0, 2)) + self.second(first)


class GroupNormed(Stranger):
    """A group normalisation, which mixes channels."""

    def __init__(self):
        super().__init__()
        self.norm = nn.GroupNorm(2, 4)

    def middle(self, images):
        """Compute the last map."""
        return F.relu(self.second(self.norm(self.first(images))))


class Scaled(Stranger):
    """A free parameter with one number per channel."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4, 1, 1))

    def middle(self, images):
        """Compute the last map."""
        return F.relu(self.second(self.first(images) * self.scale))


class Detached(Stranger):
    """The first convolution cannot be reached by gradients."""

    def middle(self, images):
        """Compute the last map."""
        return F.relu(self.second(self.first(images).detach()))


class Failing(Stranger):
    """A network that cannot take the images."""

    def middle(self, images):
        """Compute the last map."""
        msg = "no such images"
        raise ValueError(msg)


class Talkative(Stranger):
    """A network that gives more than its scores."""

    def forward(self, images):
        """Score images; give them back, too."""
        return super().forward(images), images


class Noisy(Stranger):
    """A network that draws and prints while it runs."""

    def middle(self, images):
        """Compute the last map."""
        print("hello")  # noqa: T201
        torch.rand(3)
        return super().middle(images)


class Blocks(nn.Sequential):
    """Convolutions in 3 blocks of 2 inputs and 4 outputs, in a chain."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 6, 1),
            nn.Conv2d(6, 12, 3, groups=3),
            nn.BatchNorm2d(12),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(12 * 36, 7),
            nn.BatchNorm1d(7),
            nn.PReLU(),
            nn.Linear(7, 5),
        )


class Reused(Stranger):
    """The second convolution is used twice."""

    def __init__(self):
        super().__init__(second=4, seen=4)

    def middle(self, images):
        """Compute the last map."""
        return F.relu(self.second(super().middle(images)))


class Halves(Stranger):
    """One half of the channels gates the other half (a gated linear unit)."""

    def __init__(self):
        super().__init__(seen=3)

    def middle(self, images):
        """Compute the last map."""
        values, gates = super().middle(images).chunk(2, 1)
        return values * torch.sigmoid(gates)


class Signs(Stranger):
    """Positive and negative parts side by side: two readings of one channel."""

    def __init__(self):
        super().__init__(seen=12)

    def middle(self, images):
        """Compute the last map."""
        found = self.second(F.relu(self.first(images)))
        return torch.cat([F.relu(found), F.relu(-found)], 1)


SOUND = [Signs, Reused, Halves, Concatenating, Dense, WithImages, Gated, Padding, Blocks, Noisy]


def content(groups):
    """Write groups as sets of spans, with the first producer and flags, without names."""
    return {
        (
            group.size,
            group.producers[0],
            frozenset(group.producers),
            frozenset(group.norms),
            frozenset(group.consumers),
            group.coupled,
            group.joined,
        )
        for group in groups
        if group.kind == "channel"
    }


def spans(groups):
    """Give sizes, producers and consumers by group name."""
    return {group.name: (group.size, group.producers, group.consumers) for group in groups}


def masks(groups, draws):
    """Keep about half of every group, never all or none."""
    kept = {group.name: torch.rand(group.size, generator=draws) < 0.5 for group in groups}
    for tensor in kept.values():
        tensor[0], tensor[-1] = True, False
    return Mask(kept)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (SmallConv(width=4), (1, 8, 8)),
        (LeNet300100(), (1, 8, 8)),
        (Resnet(depth=8, width=4), (3, 8, 8)),
        (Resnet(depth=14, width=3), (3, 8, 8)),
    ],
    ids=str,
)
def test_declared_groups_are_found(model, shape):
    """Our own networks' channel groups, without being told."""
    network = model.build(shape, 10)

    traced = trace(network, shape)

    assert content(traced.groups) == content(model.groups(network))
    assert not traced.refused


@pytest.mark.parametrize(
    ("name", "declare"), [("resnet18", resnet_groups), ("mobilenet_v2", mobilenet_groups)]
)
def test_torchvision_groups_are_found(name, declare):
    """Streams with shortcut convolutions first, depthwise convolutions; on the meta device."""
    with torch.device("meta"):
        network = getattr(torchvision().models, name)(num_classes=10)

    traced = trace(network, (3, 32, 32))

    assert content(traced.groups) == content(declare(network))
    assert not traced.refused


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "declare"), [("vgg11_bn", vgg_groups), ("resnext50_32x4d", resnet_groups)]
)
def test_large_torchvision_groups_are_found(name, declare):
    """A flattened map behind adaptive pooling; convolutions in blocks; on the meta device."""
    with torch.device("meta"):
        network = getattr(torchvision().models, name)(num_classes=10)

    traced = trace(network, (3, 32, 32))

    assert content(traced.groups) == content(declare(network))
    assert not traced.refused


def test_concatenation():
    """The second convolution's channels lie behind the first's in the norm and in the reader."""
    traced = trace(Concatenating(), SHAPE)

    assert traced.groups == (
        ChannelGroup(
            "first",
            4,
            (Span("first"),),
            (Span("norm"),),
            (Span("second"), Span("fc")),
        ),
        ChannelGroup("second", 6, (Span("second"),), (Span("norm", 4),), (Span("fc", 4),)),
    )


def test_concatenated_stream_is_joined():
    """Where several layers read a concatenated stream, all that enters it is joined."""
    groups = trace(Dense(), SHAPE).groups

    assert {group.name: (group.size, group.joined) for group in groups} == {
        "first": (4, True),
        "second": (6, True),
        "third": (2, True),
    }
    assert not any(group.coupled for group in groups)


def test_images_are_no_group():
    """The images' channels shift what comes behind them in a concatenation."""
    traced = trace(WithImages(), SHAPE)

    assert spans(traced.groups)["second"] == (6, (Span("second"),), (Span("fc", 3),))
    assert set(spans(traced.groups)) == {"first", "second"}


def test_channels_added_to_images_stay():
    """What is added to the images has as many channels as they have."""
    assert set(spans(trace(AddedToImages(), SHAPE).groups)) == {"first"}


def test_gate_is_not_a_stream():
    """A gate goes with the channels that it multiplies, and they remain free to be pruned."""
    groups = {group.name: group for group in trace(Gated(), SHAPE).groups}

    assert groups["second"].producers == (Span("second"), Span("gate"))
    assert groups["second"].consumers == (Span("fc"), Span("gate"))
    assert not groups["second"].coupled


def test_halves_of_one_layer_go_together():
    """Where one half gates the other, a unit is one channel of each half."""
    groups = spans(trace(Halves(), SHAPE).groups)

    assert groups["second"] == (3, (Span("second"), Span("second", 3)), (Span("fc"),))


def test_channel_read_twice_by_one_layer():
    """Positive and negative parts are two spans of the linear layer."""
    groups = spans(trace(Signs(), SHAPE).groups)

    assert groups["second"] == (6, (Span("second"),), (Span("fc"), Span("fc", 6)))


def test_blocks_and_flattened_maps():
    """One unit is a block of 2 and 4 channels, and 4x36 features behind the flattening."""
    groups = trace(Blocks(), SHAPE).groups

    assert groups == (
        ChannelGroup(
            "0",
            3,
            (Span("0", repeat=2), Span("1", repeat=4)),
            (Span("2", repeat=4),),
            (Span("5", repeat=4 * 36),),
        ),
        ChannelGroup("5", 7, (Span("5"),), (Span("6"),), (Span("8"),)),
    )


@pytest.mark.parametrize(
    ("stranger", "refused", "found"),
    [
        (Shuffling, {"first": "cutting half of them"}, {"second"}),
        (Permuting, {"first": "cutting half of them broke the network: IndexError"}, {"second"}),
        (Padding, {"second": "changes their number"}, {"first"}),
        (GroupNormed, {"first": r"pass norm \(GroupNorm\)"}, {"second"}),
        (Scaled, {"first": r"pass scale \(Parameter\)"}, {"second"}),
        (Detached, {"first": "was not met"}, {"second"}),
        (Talkative, dict.fromkeys(("first", "second", "fc"), "gives a tuple"), set()),
        (Failing, dict.fromkeys(("first", "second", "fc"), "no such images"), set()),
    ],
)
def test_what_cannot_be_cut_is_refused(stranger, refused, found):
    """Layers are named with a sentence why; the rest of the network is traced all the same."""
    traced = trace(stranger(), SHAPE)

    assert set(spans(traced.groups)) == found
    assert set(traced.refused) == set(refused)
    for layer, reason in refused.items():
        with pytest.raises(RuntimeError, match=f"(?s){reason}.*[.]$"):
            raise RuntimeError(traced.refused[layer])


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("stranger", SOUND)
def test_cut_equals_silenced(stranger, training):
    """What was found can be cut, also in train mode, in which nothing was verified."""
    network = stranger().double()
    draws = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(generator=draws)
        for _, norm in norms(network):
            norm.running_mean.normal_(generator=draws)
            norm.running_var.uniform_(0.5, 2.0, generator=draws)
    groups = trace(deepcopy(network).float(), SHAPE).groups
    mask = masks(groups, draws)
    images = torch.randn(4, *SHAPE, generator=draws, dtype=torch.float64)
    silent = deepcopy(network).train(training)
    silence(silent, groups, mask)

    found = cut(network, groups, mask).train(training)(images)

    torch.testing.assert_close(found, silent(images))
    assert groups
    assert not torch.allclose(found, network.train(training)(images))


@pytest.mark.parametrize("stranger", SOUND)
def test_narrow_cost_is_that_of_the_cut_network(stranger):
    """Planning's parameters and multiply-adds are counted in the network that is there."""
    network = stranger()
    groups = trace(network, SHAPE).groups
    mask = masks(groups, torch.Generator().manual_seed(1))

    cost = narrow_cost(describe(network, SHAPE, groups), mask.counts)

    assert (cost.params, cost.macs) == count(cut(network, groups, mask), SHAPE)


def test_network_is_left_as_it_is(capsys):
    """Weights, modes, gradients, hooks and the global generator: nothing moves, nothing is said."""
    network = Noisy().train()
    network.first.weight.requires_grad_(False)
    before, state = deepcopy(network.state_dict()), torch.get_rng_state()

    trace(network, SHAPE)

    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert network.training
    assert network.first.training
    assert not network.first.weight.requires_grad
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())
    assert torch.equal(state, torch.get_rng_state())
    assert capsys.readouterr().out == ""


def test_planning_may_trace_in_its_own_surroundings():
    """Under the meta device as default the same is found."""
    with torch.device("meta"):
        groups = trace(Dense(), SHAPE).groups

    assert groups == trace(Dense(), SHAPE).groups


def test_tracing_repeats():
    """The same network gives the same groups in the same order."""
    network = Dense()

    assert trace(network, SHAPE) == trace(network, SHAPE)
