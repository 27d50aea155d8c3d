"""First weights of torchvision's networks are distributed as torchvision draws them."""

from math import sqrt

import pytest
import torch
from torch import nn

from prunebench.api import torchvision
from prunebench.core.initialise import fans, kernels, norms
from prunebench_plugins.models.torchvision import MobilenetV2, Resnet34, Resnext50, Vgg11Bn

CLASSES = 5
SMALL = (3, 32, 32)


def on_meta(model, classes):
    """Build a network without storage."""
    with torch.device("meta"):
        return model.build(SMALL, classes)


def small_vgg(*, batch_norm):
    """Build torchvision's own VGG with few channels and hidden units, for 5 classes."""
    vgg = torchvision().models.vgg
    with torch.device("meta"):
        layers = vgg.make_layers([6, "M", 7, 8, "M"], batch_norm=batch_norm)
        network = vgg.VGG(layers, num_classes=CLASSES, init_weights=False)
        network.classifier[0] = nn.Linear(8 * 49, 12)
        network.classifier[3] = nn.Linear(12, 10)
        network.classifier[6] = nn.Linear(10, CLASSES)
    return network.to_empty(device="cpu")


@pytest.mark.parametrize("model", [MobilenetV2(), Resnext50()], ids=lambda model: model.name)
def test_first_weights_are_distributed_as_torchvisions(model):
    """Every kernel has the deviation that torchvision's own draw has; norms start at (1, 0)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        theirs = dict(kernels(getattr(torchvision().models, model.function)(num_classes=50)))
    ours = on_meta(model, 50).to_empty(device="cpu")

    model.initialise(ours, torch.Generator().manual_seed(0))

    for name, kernel in kernels(ours):
        size = kernel.weight.numel()
        spread, expected = kernel.weight.std().item(), theirs[name].weight.std().item()
        assert spread == pytest.approx(expected, rel=6 / sqrt(size)), name
        assert abs(kernel.weight.mean().item()) < 6 * expected / sqrt(size)
    assert all(bool((norm.weight == 1).all()) for _, norm in norms(ours))
    assert all(bool((norm.bias == 0).all()) for _, norm in norms(ours))


def test_first_weights_of_a_resnets_linear_layer():
    """Weights and biases are uniform within 1 / sqrt(512)."""
    network = on_meta(Resnet34(), 400).to_empty(device="cpu")

    Resnet34().initialise(network, torch.Generator().manual_seed(0))

    for tensor in (network.fc.weight, network.fc.bias):
        assert tensor.abs().max().item() == pytest.approx(1 / sqrt(512), rel=0.02)
        assert tensor.std().item() == pytest.approx(1 / sqrt(3 * 512), rel=0.1)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_first_weights_of_vgg(batch_norm):
    """Convolutions N(0, 2 / fan out), linear layers N(0, 0.01²), biases 0; cut networks as well."""
    network = small_vgg(batch_norm=batch_norm)
    with torch.no_grad():
        for tensor in network.parameters():
            tensor.fill_(torch.nan)

    Vgg11Bn().initialise(network, torch.Generator().manual_seed(0))

    for _, kernel in kernels(network):
        is_linear = isinstance(kernel, nn.Linear)
        deviation = 0.01 if is_linear else sqrt(2 / fans(kernel)[1])
        tolerance = 6 / sqrt(kernel.weight.numel())
        assert kernel.weight.std().item() == pytest.approx(deviation, rel=tolerance)
        assert bool((kernel.bias == 0).all())
