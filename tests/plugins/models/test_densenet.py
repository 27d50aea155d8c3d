from math import sqrt

import pytest
import torch
import torch.nn.functional as F

from prunebench.api import ChannelGroup, Span
from prunebench.core.cost import count
from prunebench.core.initialise import norms
from prunebench.errors import IncompatibleError, SpecError
from prunebench_plugins.models._densenet import Architecture, BottleneckLayer, Transition
from prunebench_plugins.models.densenet import Densenet, Densenet40, DensenetBc100

CIFAR = (3, 32, 32)


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (Densenet40(), 1_059_298),
        (DensenetBc100(), 769_162),
        (Densenet(depth=40), 1_059_298),
        (Densenet(depth=100, bottleneck=True, compression=0.5), 769_162),
    ],
)
def test_parameters_for_cifar(model, params):
    """Each network has the parameters of the one in the literature."""
    with torch.device("meta"):
        network = model.build(CIFAR, 10)

    assert count(network, CIFAR)[0] == params


def test_network_of_the_released_command_for_bc100():
    """Without bottlenecks, as the command of Liu et al. 2019 builds it, depth 100 has 4.07M."""
    with torch.device("meta"):
        network = Densenet(depth=100, compression=0.5).build(CIFAR, 10)

    assert round(count(network, CIFAR)[0], -4) == 4_070_000


def test_streams_of_densenet_bc100():
    """24 channels and 16 layers of 12; each transition keeps half."""
    architecture = Architecture(100, bottleneck=True, compression=0.5)

    assert architecture.layers == 16
    assert architecture.streams == ((24, 216), (108, 300), (150, 342))


def test_compression_is_exact():
    """0.3 of 10 channels is 3, although 0.3 is not a number in base two."""
    assert [Architecture(7, 10, compression=0.1 * k).streams[1][0] for k in (1, 3, 7)] == [3, 9, 21]


def test_groups_of_densenet40():
    """A selection per layer, transition and for the head; all channels but the scores join."""
    model = Densenet40()
    with torch.device("meta"):
        groups = model.groups(model.build(CIFAR, 10))

    joined = [group.size for group in groups if group.joined]
    selections = [group.size for group in groups if group.kind == "selection"]

    assert len(groups) == 39 + 39
    assert joined == [24, *[12] * 12, 168, *[12] * 12, 312, *[12] * 12]
    assert selections == [
        *range(24, 169, 12),
        *range(168, 313, 12),
        *range(312, 457, 12),
    ]


def test_groups_of_densenet_bc100():
    """Inside each of the 48 layers 48 channels stand that join nothing."""
    model = DensenetBc100()
    with torch.device("meta"):
        groups = model.groups(model.build(CIFAR, 10))

    inner = [g for g in groups if g.kind == "channel" and not g.joined]

    assert [group.size for group in inner] == [48] * 48
    assert inner[0] == ChannelGroup(
        "dense1.0.conv1",
        48,
        (Span("dense1.0.conv1"),),
        (Span("dense1.0.bn2"),),
        (Span("dense1.0.conv2"),),
    )
    assert not any(group.coupled for group in groups)


def test_channels_of_a_layer_are_read_until_the_transition():
    """The second of three layers is read by the third and the transition, behind 6 + 3 others."""
    model = Densenet(depth=13, growth=3)
    groups = model.groups(model.build((3, 8, 8), 10))

    second = next(group for group in groups if group.name == "dense1.1.conv1")

    assert second == ChannelGroup(
        name="dense1.1.conv1",
        size=3,
        producers=(
            Span("dense1.1.conv1"),
            Span("dense1.2.select", 9),
            Span("trans1.select", 9),
        ),
        norms=(Span("dense1.2.bn1", 9), Span("trans1.bn1", 9)),
        consumers=(
            Span("dense1.2.select", 9),
            Span("dense1.2.conv1", 9),
            Span("trans1.select", 9),
            Span("trans1.conv1", 9),
        ),
        joined=True,
    )


def test_last_channels_are_read_by_the_head_alone():
    """Nothing follows the last layer but the linear layer's own norm and selection."""
    model = Densenet(depth=7, growth=2)
    groups = model.groups(model.build((3, 8, 8), 10))

    last = next(group for group in groups if group.name == "dense3.0.conv1")

    assert last.producers == (Span("dense3.0.conv1"), Span("select", 8))
    assert last.norms == (Span("bn", 8),)
    assert last.consumers == (Span("select", 8), Span("fc", 8))


def test_layer_appends_to_the_stream():
    """What came in comes out first, unchanged; behind it what the layer makes of it."""
    layer = BottleneckLayer(5, 2).eval()
    stream = torch.randn(2, 5, 4, 4)
    rate = 1 / sqrt(1 + 1e-5)  # fresh statistics: mean 0, variance 1, epsilon 1e-5

    hidden = F.conv2d((stream * rate).relu(), layer.conv1.weight)
    made = F.conv2d((hidden * rate).relu(), layer.conv2.weight, padding=1)
    written = layer(stream)

    assert torch.equal(written[:, :5], stream)
    torch.testing.assert_close(written[:, 5:], made)


def test_transition_averages():
    """A transition's convolution is followed by the mean of each 2x2 square."""
    transition = Transition(3, 2).eval()
    stream = torch.randn(2, 3, 4, 4)
    rate = 1 / sqrt(1 + 1e-5)

    made = F.conv2d((stream * rate).relu(), transition.conv1.weight)
    squares = made.unflatten(3, (2, 2)).unflatten(2, (2, 2))

    torch.testing.assert_close(transition(stream), squares.mean(dim=(3, 5)))


@pytest.mark.parametrize(
    ("model", "scale"),
    [
        (Densenet40(), 0.5),
        (DensenetBc100(), 1.0),
        (Densenet(), 0.5),
        (Densenet(gamma=0.25), 0.25),
    ],
)
def test_initial_scale(model, scale):
    """Scales start at 0.5 for slimming, at 1 for weight pruning, at what is asked otherwise."""
    network = Densenet(depth=7, growth=4).build((3, 4, 4), 10)

    model.initialise(network, torch.Generator().manual_seed(0))

    assert {x for _, norm in norms(network) for x in norm.weight.tolist()} == {scale}
    assert not any(norm.bias.any() for _, norm in norms(network))


def test_initialisation():
    """Convolutions have variance 2 / fan out, the linear layer is uniform within 1 / sqrt(160)."""
    model = Densenet(depth=7, growth=32)
    network = model.build((3, 4, 4), 100)

    model.initialise(network, torch.Generator().manual_seed(0))

    assert network.dense3[0].conv1.weight.std().item() == pytest.approx(1 / 12, rel=0.02)
    assert network.trans2.conv1.weight.std().item() == pytest.approx(1 / sqrt(64), rel=0.02)
    assert network.fc.weight.abs().max().item() == pytest.approx(1 / sqrt(160), rel=0.01)


@pytest.mark.parametrize(
    ("depth", "bottleneck", "law"),
    [(4, False, "3n"), (12, False, "3n"), (7, True, "6n"), (4, True, "6n"), (1, False, "3n")],
)
def test_impossible_depths_are_refused(depth, bottleneck, law):
    """A depth without layers, or that three equal stages cannot have, is refused in a sentence."""
    with pytest.raises(SpecError, match=rf"densenet: depth must be {law} \+ 4, got {depth}"):
        Densenet(depth=depth, bottleneck=bottleneck).build(CIFAR, 10)


@pytest.mark.parametrize("compression", [0.0, -0.5, 1.5, float("nan")])
def test_impossible_compressions_are_refused(compression):
    """A transition keeps some of its channels and adds none."""
    with pytest.raises(SpecError, match=rf"compression must be in \(0, 1\], got {compression}"):
        Densenet(compression=compression).build(CIFAR, 10)


def test_compression_to_nothing_is_refused():
    """A transition that would keep less than one channel is refused in a sentence."""
    with pytest.raises(SpecError, match="leaves no channel"):
        Densenet(depth=7, growth=1, compression=0.1).build(CIFAR, 10)


def test_no_growth_is_refused():
    """Layers that add nothing are refused in a sentence."""
    with pytest.raises(SpecError, match="growth must be at least 1, got 0"):
        Densenet(growth=0).build(CIFAR, 10)


@pytest.mark.parametrize("gamma", [0.0, -1.0])
def test_impossible_scales_are_refused(gamma):
    """Norms that pass nothing are refused in a sentence."""
    with pytest.raises(SpecError, match=f"densenet: gamma must be above 0, got {gamma}"):
        Densenet(gamma=gamma).build(CIFAR, 10)


def test_odd_images_are_refused():
    """Height and width are halved twice, which must be possible."""
    with pytest.raises(IncompatibleError, match=r"densenet40 takes .* of 4, got 3x30x30"):
        Densenet40().build((3, 30, 30), 10)
