"""A channel selection passes channels of a stream on, by their place in what is left of it."""

import torch

from prunebench.core.channel_selection import ChannelSelection


def test_whole_it_is_the_identity():
    """No copy, no state."""
    layer, stream = ChannelSelection(4), torch.randn(2, 4, 3, 3)

    assert layer(stream) is stream
    assert not layer.state_dict()


def test_narrowed_it_reads_a_part_of_the_stream():
    """The stream keeps all its channels; the branch reads two of them."""
    layer, stream = ChannelSelection(4), torch.randn(2, 4, 3, 3)

    layer.narrow(torch.arange(4), torch.tensor([1, 3]))

    assert torch.equal(layer(stream), stream[:, [1, 3]])
    assert (layer.in_channels, layer.out_channels) == (4, 2)


def test_a_narrow_stream_counts_its_channels_anew():
    """Dense channels 1 and 3 are the first and the last of the stream that lost 0 and 2."""
    layer, stream = ChannelSelection(5), torch.randn(2, 3, 3, 3)

    layer.narrow(torch.tensor([1, 3, 4]), torch.tensor([1, 4]))

    assert torch.equal(layer(stream), stream[:, [0, 2]])


def test_the_whole_of_a_narrow_stream_is_the_identity():
    """Nothing is selected where the branch reads all that is left."""
    layer, stream = ChannelSelection(4), torch.randn(2, 2, 3, 3)

    layer.narrow(torch.tensor([0, 2]), torch.tensor([0, 2]))

    assert layer(stream) is stream
