"""What networks cost: against loops that multiply one number at a time."""

from itertools import product

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from prunebench.core.cost import (
    Cost,
    blank_forward,
    count,
    dense_cost,
    kept_weights,
    kernel_macs,
    narrow_cost,
    sparse_cost,
)
from prunebench.core.describe import describe
from prunebench.core.initialise import kernels
from prunebench.core.surgery import cut
from prunebench.plugin.registry import load_registry
from prunebench.testing.models import groups_for, inputs, random_mask

MODELS = load_registry().names("model")


def convolve(image, conv):
    """Convolve one image in plain loops; give the output and the number of products."""
    blank = torch.nn.functional.pad(image, (conv.padding[1],) * 2 + (conv.padding[0],) * 2)
    channels, height, width = blank.shape
    (rows, columns), (down, right) = conv.kernel_size, conv.stride
    inside = conv.out_channels // conv.groups, channels // conv.groups
    tops, lefts = range(0, height - rows + 1, down), range(0, width - columns + 1, right)
    output = torch.zeros(conv.out_channels, len(tops), len(lefts))
    products = 0
    for out, (y, top), (x, left) in product(
        range(conv.out_channels), enumerate(tops), enumerate(lefts)
    ):
        first = out // inside[0] * inside[1]
        for channel, row, column in product(range(inside[1]), range(rows), range(columns)):
            pixel = blank[first + channel, top + row, left + column]
            output[out, y, x] += conv.weight[out, channel, row, column] * pixel
            products += 1
    return output, products


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(2, 3, 3, bias=False),
        nn.Conv2d(2, 2, (3, 2), stride=(2, 1), padding=(1, 0), bias=False),
        nn.Conv2d(4, 2, 1, stride=2, groups=2, bias=False),
    ],
    ids=["plain", "stride and padding", "blocks"],
)
@torch.no_grad()
def test_convolution_against_loops(conv):
    """The multiply-adds are the products that a plain convolution carries out."""
    image = torch.randn(conv.in_channels, 5, 4)

    output, products = convolve(image, conv)

    torch.testing.assert_close(output, conv(image[None])[0])
    layout = describe(conv, tuple(image.shape))
    assert count(conv, tuple(image.shape)) == (conv.weight.numel(), products)
    assert layout.macs == products


def test_the_pair_by_hand(pair_layout):
    """36 + 216 + 288 weights, 7 biases, 12 of the norm; 576 + 3456 + 288 multiply-adds."""
    assert dense_cost(pair_layout) == Cost(params=559, prunable=540, macs=4320)


def test_multiply_adds_of_every_layer(pair):
    """As many as by hand, by name."""
    assert kernel_macs(pair, (1, 4, 4)) == {"first": 576, "second": 3456, "last": 288}


def test_narrow_by_hand(pair_layout):
    """With 3 and 2 channels: 27 + 54 + 96 weights, 3 + 3 biases, 4 of the norm."""
    cost = narrow_cost(pair_layout, {"first": 3, "second": 2})

    assert cost == Cost(params=177 + 6 + 4, prunable=177, macs=16 * 81 + 96)
    assert kept_weights(pair_layout, {"second": 2}) == {"first": 36, "second": 72, "last": 96}


def test_sparse_by_hand(pair_layout):
    """Dropped weights of convolutions save 16 multiply-adds each; biases and norms stay."""
    cost = sparse_cost(pair_layout, {"second": 116, "last": 88})

    assert cost == Cost(params=559 - 300, prunable=240, macs=4320 - 16 * 100 - 200)
    assert sparse_cost(pair_layout, {}) == dense_cost(pair_layout)


def readable(group):
    """Say whether a group is in play where branches select what they read of a stream."""
    return not (group.coupled or group.joined)


def writable(group):
    """Say whether a group is in play where streams are cut themselves."""
    return group.kind != "selection"


@pytest.mark.parametrize("in_play", [readable, writable])
@pytest.mark.parametrize("name", MODELS)
def test_narrow_cost_is_that_of_the_cut_network(name, in_play):
    """For every installed model, planning costs what is there after cutting any units."""
    model = load_registry().model(name).item()
    shape, classes = inputs(model)
    with torch.device("meta"):
        network = model.build(shape, classes)
    groups = tuple(filter(in_play, groups_for(model, network)))
    layout = describe(network, shape, groups)
    mask = random_mask(groups)

    narrow = cut(network, groups, mask)
    cost = narrow_cost(layout, mask.counts)

    assert (cost.params, cost.macs) == count(narrow, shape)
    assert cost.prunable == sum(kernel.weight.numel() for _, kernel in kernels(narrow))


def test_torch_counts_the_same(small):
    """Half of torch's own count of floating-point operations are the multiply-adds."""
    model, shape = small
    network = model.build(shape, 10).eval()
    counter = FlopCounterMode(display=False)

    with counter:
        network(torch.zeros(1, *shape))

    assert 2 * count(network, shape)[1] == counter.get_total_flops()


class Gated(nn.Module):
    """A linear layer, a scale of its own and a layer that nothing uses."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(3, 3)
        self.used = nn.Linear(4, 2)
        self.gate = nn.Parameter(torch.ones(2))
        self.frozen = nn.Parameter(torch.ones(5), requires_grad=False)

    def forward(self, images):
        """Score flattened images."""
        return self.used(images.flatten(1)) * self.gate


def test_other_parameters():
    """Parameters outside used layers and norms are counted, frozen ones are not."""
    layout = describe(Gated(), (1, 2, 2))

    assert [layer.name for layer in layout.layers] == ["used"]
    assert layout.other_params == 12 + 2
    assert dense_cost(layout) == Cost(params=8 + 2 + 14, prunable=8, macs=8)
    assert narrow_cost(layout, {}) == dense_cost(layout)


def test_restrict_takes_groups_out_of_play(pair_layout):
    """The network stays as it is; only what may be cut changes."""
    narrow = pair_layout.restricted(pair_layout.groups[:1])

    assert [group.name for group in narrow.groups] == ["first"]
    assert dense_cost(narrow) == dense_cost(pair_layout)
    assert narrow_cost(narrow, {"second": 1}) == dense_cost(pair_layout)


@pytest.mark.parametrize("training", [True, False])
def test_measuring_leaves_no_trace(pair, training):
    """Mode, statistics and hooks are as before, even where the images do not fit."""
    pair.train(training)
    before = {name: tensor.clone() for name, tensor in pair.state_dict().items()}

    count(pair, (1, 4, 4))
    describe(pair, (1, 4, 4))
    with pytest.raises(RuntimeError):
        count(pair, (2, 4, 4))
    with pytest.raises(RuntimeError):
        describe(pair, (1, 8, 8))

    assert all(module.training == training for module in pair.modules())
    assert not any(module._forward_hooks for module in pair.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in pair.state_dict().items())


def test_a_blank_image_needs_no_gradient(pair):
    """The output of one black image, outside any graph."""
    output = blank_forward(pair, (1, 4, 4))

    assert output.shape == (1, 3)
    assert not output.requires_grad
