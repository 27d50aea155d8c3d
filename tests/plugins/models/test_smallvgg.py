"""The small VGG: its size, its images, its groups."""

import pytest
import torch

from prunebench.errors import SpecError
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.models.smallvgg import SmallVgg


def size(network):
    """Count the trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters())


@parametrize_with_checks([SmallVgg])
def test_conformance(check):
    """Every check for models."""
    check()


def test_parameters_by_hand():
    """Kernels of 9·(3·2 + 2·2 + 2·4 + 4·4 + 4·8 + 8·8), norms of 2·28, a head of 8·5 + 5."""
    network = SmallVgg(width=2).build((3, 28, 28), 5)

    assert size(network) == 9 * 130 + 2 * 28 + 45


@pytest.mark.parametrize("side", [7, 28, 32])
@pytest.mark.parametrize("stride", [1, 2])
def test_any_image_gives_scores(side, stride):
    """Odd sizes too; the size of the image changes no parameter."""
    network = SmallVgg(width=2, stride=stride).build((1, side, side), 10)

    assert tuple(network(torch.zeros(2, 1, side, side)).shape) == (2, 10)
    assert size(network) == size(SmallVgg(width=2).build((1, 28, 28), 10))


def test_every_convolution_is_a_group_with_a_norm():
    """Six groups; the last is read by the linear layer, one feature per channel."""
    network = SmallVgg(width=2).build((1, 28, 28), 10)
    groups = SmallVgg(width=2).groups(network)

    assert [(group.name, group.size) for group in groups] == [
        (f"conv{n}", channels) for n, channels in enumerate((2, 2, 4, 4, 8, 8), start=1)
    ]
    assert all(len(group.norms) == 1 for group in groups)
    assert groups[-1].consumers[0].repeat == 1


@pytest.mark.parametrize("wrong", [{"width": 0}, {"stride": -1}])
def test_widths_and_strides_are_positive(wrong):
    """The message names the setting and its default."""
    with pytest.raises(SpecError, match="must be at least 1"):
        SmallVgg(**wrong).build((1, 28, 28), 10)
