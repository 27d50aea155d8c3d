from math import sqrt

import pytest
import torch

from prunebench.api import Mask, Span
from prunebench.core.cost import count
from prunebench.core.surgery import cut
from prunebench.errors import IncompatibleError
from prunebench_plugins.models.vgg16 import Vgg16

CIFAR = (3, 32, 32)


@pytest.mark.parametrize(("variant", "params"), [("l1", 14_987_722), ("lottery", 14_728_266)])
def test_parameters_for_cifar(variant, params):
    """Both variants have the parameters of the released code of Liu et al. 2019."""
    with torch.device("meta"):
        network = Vgg16(variant=variant).build(CIFAR, 10)

    assert count(network, CIFAR)[0] == params


def test_multiply_adds_for_cifar():
    """The dense network costs the published 3.13e8 (Li et al. 2016, table 1)."""
    with torch.device("meta"):
        network = Vgg16().build(CIFAR, 10)

    assert count(network, CIFAR)[1] == 313_463_808


def test_published_pruned_network():
    """VGG-16-A: conv1 at 32, conv8 to conv13 at 256 channels; 5.4e6 parameters, 2.06e8 MACs."""
    model = Vgg16()
    with torch.device("meta"):
        network = model.build(CIFAR, 10)
    kept = {"conv1": torch.arange(64) < 32}
    kept |= {f"conv{i}": torch.arange(512) < 256 for i in range(8, 14)}

    pruned = cut(network, model.groups(network), Mask(kept))

    assert count(pruned, CIFAR) == (5_397_034, 206_279_680)


def test_larger_images_are_flattened():
    """Each of 64x96's 2·3 last places is a feature of its own."""
    model = Vgg16(variant="lottery")
    with torch.device("meta"):
        groups = model.groups(model.build((3, 64, 96), 10))

    assert groups[-1].name == "conv13"
    assert groups[-1].consumers == (Span("fc", repeat=6),)


def test_small_images_are_refused():
    """Five poolings need images of 32 pixels."""
    with pytest.raises(IncompatibleError, match=r"vgg16 takes .* multiples of 32, got 1x28x28"):
        Vgg16().build((1, 28, 28), 10)


@pytest.mark.parametrize(
    ("variant", "fan", "scale"), [("l1", 9 * 512, 0.5), ("lottery", 9 * 256, 1.0)]
)
def test_initialisation(variant, fan, scale):
    """conv8 (256 to 512 channels) has variance 2 / fan, linear layers deviate by 0.01."""
    model = Vgg16(variant=variant)
    network = model.build(CIFAR, 10)

    model.initialise(network, torch.Generator().manual_seed(0))
    head = network.fc1 if variant == "l1" else network.fc

    assert network.conv8.weight.std().item() == pytest.approx(sqrt(2 / fan), rel=0.01)
    assert head.weight.std().item() == pytest.approx(0.01, rel=0.03)
    assert network.bn8.weight.unique().tolist() == [scale]
    assert not head.bias.any()


def test_norm_of_the_head_starts_at_one():
    """Only the norms behind convolutions start at 0.5."""
    model = Vgg16()
    network = model.build(CIFAR, 10)

    model.initialise(network, torch.Generator().manual_seed(0))

    assert network.bn_fc1.weight.unique().tolist() == [1.0]
