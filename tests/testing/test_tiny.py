"""The tiny network and what a method sees of it."""

import torch

from prunebench.testing import make_subject, tiny_layout, tiny_network
from prunebench.testing.tiny import Scene


def test_layout_counts_by_hand():
    """72 + 216 + 162 weights; 36, 36 and 1 output places."""
    layout = tiny_layout()

    assert [layer.size for layer in layout.layers] == [72, 216, 162]
    assert layout.macs == 36 * 72 + 36 * 216 + 162
    assert layout.params == 72 + 216 + 162 + 3 + 2 * (4 + 6)


def test_building_draws_nothing_globally():
    """Two networks of one seed are equal, and the global generator stays where it was."""
    before = torch.get_rng_state()
    one, two = tiny_network(3).state_dict(), tiny_network(3).state_dict()

    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_views_hold_the_groups_channels():
    """A group shows its filters, scale, shift, and its readers with one place per pixel."""
    network = tiny_network()
    groups = make_subject(network).groups

    assert torch.equal(groups["conv1"].filters[0], network.conv1.weight)
    assert torch.equal(groups["conv1"].consumers[0], network.conv2.weight)
    assert torch.equal(groups["conv2"].scale, network.bn2.weight)
    assert torch.equal(groups["conv2"].shift, network.bn2.bias)
    assert groups["conv2"].consumers[0].shape == (3, 6, 9)
    # channel 2 of conv2 is features 18 to 26 of the flattened map
    assert torch.equal(groups["conv2"].consumers[0][:, 2], network.fc.weight[:, 18:27])


def test_batches_repeat_and_turn_round():
    """The same images come each time; backwards, the same batches in the reverse order."""
    network = tiny_network()
    forwards = list(make_subject(network).batches(40))
    again = list(make_subject(network).batches(40))
    backwards = list(make_subject(network, scene=Scene(backwards=True)).batches(40))

    assert [len(images) for images, _ in forwards] == [20, 20]
    assert all(torch.equal(a, b) for (a, _), (b, _) in zip(forwards, again, strict=True))
    assert torch.equal(backwards[0][0], forwards[1][0])
