"""One channel group after another: rounds from the input to the output, cumulative counts."""

import pytest
import torch

from prunebench.api import ChannelGroup, Density, Mask, PerLayer, Plan, Span
from prunebench.errors import IncompatibleError
from prunebench.testing import make_subject, tiny_layout, tiny_network
from prunebench.testing.tiny import Scene
from prunebench_plugins.methods._sequence import group_by_group, quota, shrinking


def test_groups_follow_the_layers():
    """Whatever the order of the groups, the first layer is pruned first; counts accumulate."""
    layout = tiny_layout()
    backwards = layout.restricted(layout.groups[::-1])

    rounds = group_by_group(backwards, Density(0.5, "units"), 1, finetune=False)

    assert [list(each.keep.counts.items()) for each in rounds] == [
        [("conv1", 2)],
        [("conv1", 2), ("conv2", 3)],
    ]


def test_whole_groups_have_no_round():
    """A plan that leaves a group whole gives it no round; one that leaves all, an empty one."""
    one = group_by_group(tiny_layout(), Plan("p", {"conv1": 4, "conv2": 5}), 1, finetune=True)
    none = group_by_group(tiny_layout(), Density(1.0), 1, finetune=True)

    assert [each.keep for each in one] == [PerLayer({"conv2": 5})]
    assert [each.keep for each in none] == [PerLayer({})]


def test_the_floor_holds():
    """No group falls below the floor."""
    *_, last = group_by_group(tiny_layout(), Density(0.01, "units"), 3, finetune=False)

    assert last.keep.counts == {"conv1": 3, "conv2": 3}


def test_an_unreachable_density_is_refused():
    """One channel everywhere is more than this."""
    with pytest.raises(IncompatibleError, match="smallest network keeps"):
        group_by_group(tiny_layout(), Density(0.001), 1, finetune=False)


def test_what_a_round_keeps_and_drops():
    """Quotas and dropped channels are counted among the living ones."""
    alive = Mask({"conv1": torch.tensor([1, 0, 1, 1]).bool(), "conv2": torch.ones(6).bool()})
    subject = make_subject(
        tiny_network(), scene=Scene(keep=PerLayer({"conv1": 4, "conv2": 2}), alive=alive)
    )
    mask = Mask({**alive, "conv2": torch.tensor([1, 1, 0, 0, 0, 0]).bool()})

    assert (quota(subject, "conv1"), quota(subject, "conv2")) == (3, 2)
    assert [group.name for group in shrinking(subject, mask)] == ["conv2"]


def test_a_group_without_a_layer_to_start_it():
    """A group that no kernel produces stands with the first layer."""
    layout = tiny_layout()
    odd = ChannelGroup("odd", 2, (Span("relu1"),), (), (Span("conv2"),))

    rounds = group_by_group(
        layout.restricted((*layout.groups, odd)),
        Plan("p", {"conv1": 1, "conv2": 6, "odd": 1}),
        1,
        finetune=False,
    )

    assert [list(each.keep.counts) for each in rounds] == [["conv1"], ["conv1", "odd"]]
