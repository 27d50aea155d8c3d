from math import sqrt

import pytest
import torch

from prunebench.api import Span
from prunebench.core.cost import count
from prunebench.errors import IncompatibleError
from prunebench_plugins.models.vgg19 import Vgg19

CIFAR = (3, 32, 32)


@pytest.mark.parametrize(("variant", "params"), [("slimming", 20_035_018), ("lottery", 20_040_522)])
def test_parameters_for_cifar(variant, params):
    """Both variants have the parameters of the released code of Liu et al. 2019."""
    with torch.device("meta"):
        network = Vgg19(variant=variant).build(CIFAR, 10)

    assert count(network, CIFAR)[0] == params


def test_slimming_is_the_default():
    """Without a setting the network is the one of the published slimming results."""
    assert Vgg19() == Vgg19(variant="slimming")


def test_multiply_adds_for_cifar():
    """Nine times the products of neighbouring widths, by places, and 512 times 10."""
    widths = [3, 64, 64, 128, 128, *[256] * 4, *[512] * 8]
    places = [1024] * 2 + [256] * 2 + [64] * 4 + [16] * 4 + [4] * 4
    pairs = zip(widths, widths[1:], places, strict=False)
    with torch.device("meta"):
        network = Vgg19().build(CIFAR, 10)

    assert count(network, CIFAR)[1] == sum(9 * a * b * n for a, b, n in pairs) + 5120


def test_weights_for_cifar():
    """20 024 000 weights of kernels, the published 20.0M (Frankle & Carbin 2019, figure 2)."""
    with torch.device("meta"):
        network = Vgg19(variant="lottery").build(CIFAR, 10)

    assert sum(p.numel() for p in network.parameters() if p.dim() > 1) == 20_024_000


def test_larger_images_are_flattened():
    """Each of 64x96's 2·3 last places is a feature of its own."""
    model = Vgg19()
    with torch.device("meta"):
        groups = model.groups(model.build((3, 64, 96), 10))

    assert len(groups) == 16
    assert groups[-1].name == "conv16"
    assert groups[-1].consumers == (Span("fc", repeat=6),)


def test_small_images_are_refused():
    """Five poolings need images of 32 pixels."""
    with pytest.raises(IncompatibleError, match=r"vgg19 takes .* multiples of 32, got 1x28x28"):
        Vgg19().build((1, 28, 28), 10)


@pytest.mark.parametrize(
    ("variant", "fan", "scale"), [("slimming", 9 * 512, 0.5), ("lottery", 9 * 256, 1.0)]
)
def test_initialisation(variant, fan, scale):
    """conv9 (256 to 512 channels) has variance 2 / fan, the linear layer deviates by 0.01."""
    model = Vgg19(variant=variant)
    network = model.build(CIFAR, 10)

    model.initialise(network, torch.Generator().manual_seed(0))

    assert network.conv9.weight.std().item() == pytest.approx(sqrt(2 / fan), rel=0.01)
    assert network.fc.weight.std().item() == pytest.approx(0.01, rel=0.05)
    assert network.bn9.weight.unique().tolist() == [scale]
    assert not network.fc.bias.any()
    assert variant == "slimming" or not network.conv9.bias.any()
