"""Samples: what a kernel reads at a position, times the kernel, is what it gives there."""

import pytest
import torch
from torch import nn

from prunebench.core.layout import Span
from prunebench.core.sample import samples
from prunebench.errors import ContractError


def drawn(seed=0):
    """Give a generator."""
    return torch.Generator().manual_seed(seed)


def batches(shape, sizes=(3, 2)):
    """Yield random images in batches of these sizes."""
    for number, size in enumerate(sizes):
        yield torch.randn(size, *shape, generator=drawn(number)), torch.zeros(size)


CONVS = [
    nn.Conv2d(3, 4, 3, padding=1),
    nn.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(1, 0), bias=False),
    nn.Conv2d(3, 4, 3, dilation=2, padding="same"),
    nn.Conv2d(3, 4, 2, dilation=2, padding="same"),
    nn.Conv2d(3, 4, 1, stride=2, padding="valid"),
]


@pytest.mark.parametrize("conv", CONVS, ids=str)
def test_a_convolution_is_its_kernel_times_its_patches(conv):
    """Stride, padding and dilation are those of the layer; a row is one position."""
    network = nn.Sequential(nn.Identity(), conv).eval()

    found = list(samples(network, "1", batches((3, 7, 6)), 5, drawn()))

    assert [tuple(sample.inputs.shape) for sample in found] == [
        (rows * 5, 3, conv.weight[0, 0].numel()) for rows in (3, 2)
    ]
    for sample in found:
        given = torch.einsum("nca,oca->no", sample.inputs, conv.weight.flatten(2))
        given = given if conv.bias is None else given + conv.bias
        torch.testing.assert_close(sample.outputs, given)


def test_a_linear_layer_has_one_position():
    """Features of a flattened map belong to the map's channels."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(12, 5)).eval()

    (sample,) = samples(network, "1", batches((3, 2, 2), (4,)), 10, drawn())
    by_channel = sample.of(Span("1", repeat=4), 3)

    assert tuple(by_channel.shape) == (4, 3, 4)
    images = next(batches((3, 2, 2), (4,)))[0]
    torch.testing.assert_close(by_channel, images.flatten(2))
    torch.testing.assert_close(sample.outputs, network(images).detach())


def test_a_span_may_begin_in_the_middle():
    """Channels behind others in a concatenation are told from them."""
    network = nn.Sequential(nn.Conv2d(5, 2, 1)).eval()

    (sample,) = samples(network, "0", batches((5, 3, 3), (2,)), 4, drawn())

    assert torch.equal(sample.of(Span("0", offset=3), 2), sample.inputs[:, 3:])


def test_two_networks_are_asked_at_the_same_positions():
    """The same generator draws the same rows and columns, and the network stays as it is."""
    one, other = (nn.Sequential(nn.Conv2d(2, 2, 3)).eval() for _ in range(2))
    before = {name: tensor.clone() for name, tensor in one.state_dict().items()}

    (first,) = samples(one, "0", batches((2, 6, 6), (2,)), 7, drawn(1))
    (second,) = samples(other, "0", batches((2, 6, 6), (2,)), 7, drawn(1))

    assert torch.equal(first.inputs, second.inputs)
    assert not torch.equal(first.outputs, second.outputs)
    assert all(torch.equal(tensor, before[name]) for name, tensor in one.state_dict().items())
    assert not one[0]._forward_hooks


def test_other_layers_are_refused():
    """The layer and its kind are named."""
    network = nn.Sequential(nn.ReLU())

    with pytest.raises(ContractError, match="'0', a ReLU, cannot be sampled"):
        list(samples(network, "0", batches((1, 2, 2)), 1, drawn()))
