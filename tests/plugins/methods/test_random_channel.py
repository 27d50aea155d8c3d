import pytest
import torch

from prunebench.api import ChannelGroup, Density, Plan, Span
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.methods._filter_plans import PLANS
from prunebench_plugins.methods.l1filter import L1Filter
from prunebench_plugins.methods.random_channel import RandomChannel
from prunebench_plugins.models.resnet import Resnet56
from prunebench_plugins.models.smallconv import SmallConv


@parametrize_with_checks([RandomChannel])
def test_conformance(check):
    """Each check of methods holds."""
    check()


def masked(patient, method, target, seed=0):
    """Prune the small network of 16, 32 and 32 channels."""
    model = SmallConv()
    network = model.build((1, 8, 8), 10)
    [selection] = patient(network, (1, 8, 8), model.groups(network), seed=seed).prune(
        method, target
    )
    return selection.mask


def test_only_the_seed_decides(patient):
    """Two networks lose the same channels; another seed loses others."""
    masks = [masked(patient, RandomChannel(), Density(0.4), seed) for seed in (0, 0, 1)]

    assert all(torch.equal(masks[0][name], masks[1][name]) for name in masks[0])
    assert any(not torch.equal(masks[0][name], masks[2][name]) for name in masks[0])


@pytest.mark.parametrize("of", ["params", "macs", "units"])
def test_the_control_has_the_widths_of_what_it_controls(patient, of):
    """As many channels of every group as the norm leaves."""
    target = Density(0.4, of)

    assert (
        masked(patient, RandomChannel(), target).counts
        == masked(patient, L1Filter(), target).counts
    )


def test_the_control_follows_published_plans(patient):
    """ResNet-56-B at random: the plan's counts, and not the first channels."""
    model, target = Resnet56(), Plan("resnet56-b", PLANS["resnet56-b"])
    network = model.build((3, 32, 32), 10)

    [selection] = patient(network, (3, 32, 32), model.groups(network)).prune(
        RandomChannel(), target
    )

    assert selection.mask.counts == target.kept
    assert not selection.mask["stage1.0.conv1"][:6].all()


@pytest.mark.parametrize("owner", [RandomChannel, L1Filter])
def test_groups_in_play(owner):
    """Channels, also joined ones; residual streams on request; no selections and no blocks."""
    group = ChannelGroup("g", 4, (Span("a"),))
    joined = ChannelGroup("g", 4, (Span("a"),), joined=True)
    stream = ChannelGroup("g", 4, (Span("a"),), coupled=True)
    others = [ChannelGroup("g", 4, (Span("a"),), kind=kind) for kind in ("selection", "block")]

    assert [owner().applies_to(g) for g in (group, joined, stream)] == [True, True, False]
    assert owner(coupled=True).applies_to(stream)
    assert not any(owner(coupled=True).applies_to(g) for g in others)
