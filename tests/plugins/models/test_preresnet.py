from math import sqrt

import pytest
import torch
import torch.nn.functional as F

from prunebench.api import ChannelGroup, Span
from prunebench.core.cost import count
from prunebench.core.initialise import norms
from prunebench.errors import IncompatibleError, SpecError
from prunebench_plugins.models._preresnet import Bottleneck
from prunebench_plugins.models.preresnet import Preresnet, Preresnet110, Preresnet164

CIFAR = (3, 32, 32)


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (Preresnet110(), 1_146_842),
        (Preresnet164(), 1_703_258),
        (Preresnet(depth=110), 1_146_842),
        (Preresnet(depth=164), 1_703_258),
    ],
)
def test_parameters_for_cifar(model, params):
    """Each network has the parameters of the released code of Liu et al. 2019."""
    with torch.device("meta"):
        network = model.build(CIFAR, 10)

    assert count(network, CIFAR)[0] == params


def test_groups_of_preresnet164():
    """Two inner groups and a selection per block, of which there are 54; one for the head."""
    model = Preresnet164()
    with torch.device("meta"):
        groups = model.groups(model.build(CIFAR, 10))

    def sizes(kind, *, coupled=False):
        return [g.size for g in groups if g.kind == kind and g.coupled is coupled]

    assert sizes("channel") == [16] * 36 + [32] * 36 + [64] * 36
    assert sizes("channel", coupled=True) == [16, 64, 128, 256]
    assert sizes("selection") == [16, *[64] * 18, *[128] * 18, *[256] * 18]
    assert sizes("block") == [1] * 54


def test_bottleneck_is_a_pre_activation():
    """Norm, ReLU, convolution three times; the shortcut reads the stream as it is."""
    block = Bottleneck(3, 2, stride=2).eval()
    stream = torch.randn(2, 3, 4, 4)
    rate = 1 / sqrt(1 + 1e-5)  # fresh statistics: mean 0, variance 1, epsilon 1e-5

    hidden = F.conv2d((stream * rate).relu(), block.conv1.weight)
    hidden = F.conv2d((hidden * rate).relu(), block.conv2.weight, stride=2, padding=1)
    branch = F.conv2d((hidden * rate).relu(), block.conv3.weight)
    shortcut = F.conv2d(stream, block.shortcut.weight, stride=2)

    torch.testing.assert_close(block(stream), branch + shortcut)


def test_stream_of_the_stem():
    """Only the first block reads the stem, on both of its paths."""
    model = Preresnet(depth=11, width=3)
    groups = model.groups(model.build((3, 8, 8), 10))

    stem = next(group for group in groups if group.name == "stream0")

    assert stem == ChannelGroup(
        name="stream0",
        size=3,
        producers=(Span("stem"), Span("stage1.0.select")),
        norms=(Span("stage1.0.bn1"),),
        consumers=(Span("stage1.0.select"), Span("stage1.0.conv1"), Span("stage1.0.shortcut")),
        coupled=True,
    )


def test_stream_of_the_last_stage():
    """Scored by the shortcut that opens it; read by the second block and by the head."""
    model = Preresnet(depth=20, width=2)
    groups = model.groups(model.build((3, 8, 8), 10))

    last = next(group for group in groups if group.name == "stream3")

    assert last == ChannelGroup(
        name="stream3",
        size=32,
        producers=(
            Span("stage3.0.shortcut"),
            Span("stage3.0.conv3"),
            Span("stage3.1.conv3"),
            Span("stage3.1.select"),
            Span("select"),
        ),
        norms=(Span("stage3.1.bn1"), Span("bn")),
        consumers=(
            Span("stage3.1.select"),
            Span("stage3.1.conv1"),
            Span("select"),
            Span("fc"),
        ),
        coupled=True,
    )


@pytest.mark.parametrize(
    ("model", "scale"),
    [
        (Preresnet110(), 1.0),
        (Preresnet164(), 0.5),
        (Preresnet(depth=11), 0.5),
        (Preresnet(depth=11, gamma=0.25), 0.25),
    ],
)
def test_initial_scale(model, scale):
    """Scales start at 0.5 for slimming, at 1 for weight pruning, at what is asked otherwise."""
    network = Preresnet(depth=11).build((3, 4, 4), 10)

    model.initialise(network, torch.Generator().manual_seed(0))

    assert {x for _, norm in norms(network) for x in norm.weight.tolist()} == {scale}
    assert not any(norm.bias.any() for _, norm in norms(network))


def test_initialisation():
    """Convolutions have variance 2 / fan out, the linear layer is uniform within 1 / sqrt(256)."""
    model = Preresnet(depth=11)
    network = model.build((3, 4, 4), 100)

    model.initialise(network, torch.Generator().manual_seed(0))

    block = network.stage3[0]  # 128 to 256 channels, 64 inside
    assert block.conv1.weight.std().item() == pytest.approx(sqrt(2 / 64), rel=0.02)
    assert block.conv2.weight.std().item() == pytest.approx(sqrt(2 / (9 * 64)), rel=0.02)
    assert block.conv3.weight.std().item() == pytest.approx(sqrt(2 / 256), rel=0.02)
    assert block.shortcut.weight.std().item() == pytest.approx(sqrt(2 / 256), rel=0.02)
    assert network.fc.weight.abs().max().item() == pytest.approx(1 / 16, rel=0.01)


@pytest.mark.parametrize("depth", [2, 10, 18, 50])
def test_impossible_depths_are_refused(depth):
    """A depth that is not 9n + 2 with n at least 1 is refused in a sentence."""
    with pytest.raises(SpecError, match=rf"preresnet: depth must be 9n \+ 2, got {depth}"):
        Preresnet(depth=depth).build(CIFAR, 10)


def test_no_width_is_refused():
    """A network without channels is refused in a sentence."""
    with pytest.raises(SpecError, match="width must be at least 1, got 0"):
        Preresnet(width=0).build(CIFAR, 10)


@pytest.mark.parametrize("gamma", [0.0, -1.0, float("inf"), float("nan")])
def test_impossible_scales_are_refused(gamma):
    """Norms that pass nothing are refused in a sentence."""
    with pytest.raises(SpecError, match=f"preresnet: gamma must be above 0, got {gamma}"):
        Preresnet(gamma=gamma).build(CIFAR, 10)


def test_odd_images_are_refused():
    """Height and width are halved twice, which must be possible."""
    with pytest.raises(IncompatibleError, match=r"preresnet110 takes .* of 4, got 3x30x30"):
        Preresnet110().build((3, 30, 30), 10)
