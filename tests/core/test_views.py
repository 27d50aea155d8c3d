"""What a method sees of a channel group."""

import pytest
import torch
from torch import nn

from prunebench.core.layout import ChannelGroup, Span
from prunebench.core.views import view_group
from prunebench_plugins.models.resnet import Resnet


def test_shapes(pair, pair_groups):
    """Filters lead with the group's channels, readers have them second."""
    first, second = (view_group(pair, group) for group in pair_groups)

    filters, scale, shift, readers = first
    assert [tuple(f.shape) for f in filters] == [(4, 1, 3, 3)]
    assert (scale, shift) == (None, None)
    assert [tuple(r.shape) for r in readers] == [(6, 4, 3, 3)]
    filters, scale, shift, readers = second
    assert torch.equal(scale, pair.norm.weight)
    assert torch.equal(shift, pair.norm.bias)
    assert [tuple(r.shape) for r in readers] == [(3, 6, 16)]  # a channel is a map of 16 places


def test_flattened_maps_are_split_by_channel(pair, pair_groups):
    """Channel c of the group reads features 16·c to 16·c + 15."""
    [reader] = view_group(pair, pair_groups[1])[3]

    assert torch.equal(reader[:, 2], pair.last.weight[:, 32:48])


def test_offsets():
    """A group that starts inside a module sees its own channels alone."""
    network = nn.Sequential(
        nn.Linear(2, 5), nn.BatchNorm1d(5), nn.Linear(15, 2), nn.Conv2d(5, 1, 1)
    )
    group = ChannelGroup(
        "part", 2, (Span("0", 3),), (Span("1", 3),), (Span("2", 3, repeat=3), Span("3", 3))
    )
    with torch.no_grad():
        network[1].weight.copy_(torch.arange(5.0))

    filters, scale, shift, (flat, conv) = view_group(network, group)

    assert torch.equal(filters[0], network[0].weight[3:5])
    assert scale.tolist() == [3.0, 4.0]
    assert shift.shape == (2,)
    assert torch.equal(flat, network[2].weight[:, 9:15].reshape(2, 2, 3))
    assert torch.equal(conv, network[3].weight[:, 3:5])


def test_shortcuts_without_kernels_are_left_out():
    """Zero-padding writes and reads a stream, but has nothing to look at."""
    model = Resnet(depth=8, width=2, shortcut="zero-pad")
    network = model.build((3, 8, 8), 10)
    stream = next(group for group in model.groups(network) if group.name == "stream1")

    filters, scale, _, readers = view_group(network, stream)

    assert torch.equal(filters[0], network.stem.conv.weight)
    assert torch.equal(scale, network.stem.bn.weight)
    assert [f.shape[0] for f in filters] == [2, 2, 2, 2]  # stem and one block per stage
    assert [r.shape[1] for r in readers] == [2, 2, 2, 2]


def test_norms_without_scale_show_none():
    """A batch norm without scale and shift has nothing to look at."""
    network = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, affine=False), nn.Linear(3, 2))
    group = ChannelGroup("hidden", 3, (Span("0"),), (Span("1"),), (Span("2"),))

    assert view_group(network, group)[1:3] == (None, None)


def test_views_are_outside_the_graph(pair, pair_groups):
    """Scores cannot train the network by accident."""
    filters, scale, shift, readers = view_group(pair, pair_groups[1])

    assert not any(tensor.requires_grad for tensor in (*filters, scale, shift, *readers))


@pytest.mark.parametrize("index", [0, 1])
def test_views_share_storage(pair, pair_groups, index):
    """Looking copies nothing."""
    group = pair_groups[index]

    filters = view_group(pair, group)[0]

    assert filters[0].data_ptr() == pair.get_submodule(group.name).weight.data_ptr()
