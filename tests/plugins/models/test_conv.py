from math import sqrt

import pytest
import torch
from torch import nn

from prunebench.api import Span
from prunebench.core.describe import describe
from prunebench.errors import IncompatibleError, SpecError
from prunebench_plugins.models.conv import Conv2, Conv4, Conv6


@pytest.mark.parametrize(
    ("model", "weights", "conv_weights", "biases"),
    [
        # Frankle & Carbin 2019, figure 2; biases: those of the convolutions, then 256 + 256 + 10.
        (Conv2(), 4_300_992, 38_592, 2 * 64 + 522),
        (Conv4(), 2_425_024, 259_776, 2 * 64 + 2 * 128 + 522),
        (Conv6(), 2_261_184, 1_144_512, 2 * 64 + 2 * 128 + 2 * 256 + 522),
    ],
)
def test_sizes_for_cifar(model, weights, conv_weights, biases):
    """Weights of all layers, of the convolutions, and biases are those of the architecture."""
    with torch.device("meta"):
        network = model.build((3, 32, 32), 10)

    everything = describe(network, (3, 32, 32))
    convs = describe(network, (3, 32, 32), prunable=lambda _name, kind: kind == "conv")

    assert everything.prunable_size == weights
    assert convs.prunable_size == conv_weights
    assert everything.params == weights + biases


def test_first_linear_layer_reads_a_flattened_map():
    """Each of 128 channels is 8·8 features of the first linear layer."""
    model = Conv4()
    with torch.device("meta"):
        groups = model.groups(model.build((3, 32, 32), 10))

    assert [group.name for group in groups] == ["conv1", "conv2", "conv3", "conv4", "fc1", "fc2"]
    assert groups[3].consumers == (Span("fc1", repeat=64),)


@pytest.mark.parametrize(("model", "multiple"), [(Conv2(), 2), (Conv4(), 4), (Conv6(), 8)])
def test_images_must_survive_pooling(model, multiple):
    """Each pair of convolutions halves the image, which must be possible."""
    with pytest.raises(IncompatibleError, match=f"{model.name} takes .* multiples of {multiple},"):
        model.build((3, multiple, multiple + 1), 10)


def test_glorot_initialisation():
    """Kernels have variance 2 / (fan in + fan out), biases are zero."""
    model = Conv4()
    network = model.build((3, 4, 4), 10)

    model.initialise(network, torch.Generator().manual_seed(0))

    assert network.conv3.weight.std().item() == pytest.approx(sqrt(2 / (9 * 192)), rel=0.02)
    assert not any(layer.bias.any() for layer in network if isinstance(layer, nn.Conv2d))


def test_dropout_follows_the_hidden_linear_layers():
    """It adds no parameter, renames none, and acts in training mode alone."""
    plain, dropping = Conv2().build((3, 4, 4), 10), Conv2(dropout=0.5).build((3, 4, 4), 10)
    dropping.load_state_dict(plain.state_dict())
    images = torch.randn(8, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    names = [name for name, _ in dropping.named_children()]
    drops = [names.index(name) for name in names if name.startswith("dropout")]

    assert [names[place - 2] for place in drops] == ["fc1", "fc2"]
    assert torch.equal(dropping.eval()(images), plain(images))
    assert not torch.equal(dropping.train()(images), plain(images))
    assert [group.name for group in Conv2(dropout=0.5).groups(dropping)] == (
        ["conv1", "conv2", "fc1", "fc2"]
    )


def test_a_quarter_of_the_width():
    """Every layer narrows alike: 16 and 16 channels, 64 and 64 units."""
    network = Conv2(width=16).build((3, 32, 32), 10)

    assert [tuple(layer.weight.shape) for layer in network if hasattr(layer, "weight")] == [
        (16, 3, 3, 3),
        (16, 16, 3, 3),
        (64, 16 * 16 * 16),
        (64, 64),
        (10, 64),
    ]


@pytest.mark.parametrize("wrong", [{"width": 0}, {"dropout": 1.0}, {"dropout": -0.1}])
def test_settings_that_give_no_network(wrong):
    """No width, or a share outside [0, 1), is refused with its name."""
    with pytest.raises(SpecError, match=f"conv4: {next(iter(wrong))} must"):
        Conv4(**wrong).build((3, 32, 32), 10)
