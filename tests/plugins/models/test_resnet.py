from math import sqrt

import pytest
import torch

from prunebench.api import ChannelGroup, Mask, Span
from prunebench.core.cost import count
from prunebench.core.describe import describe
from prunebench.core.surgery import cut
from prunebench.errors import IncompatibleError, SpecError
from prunebench.plan.problem import prunable_set
from prunebench.training.recipe import Recipe
from prunebench_plugins.models.resnet import Resnet, Resnet20, Resnet50Cifar, Resnet56, Resnet110

CIFAR = (3, 32, 32)


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (Resnet20(), 272_474),
        (Resnet50Cifar(), 758_554),
        (Resnet56(), 853_018),
        (Resnet110(), 1_727_962),
        (Resnet(depth=110, shortcut="zero-pad"), 1_727_962),
    ],
)
def test_parameters_for_cifar(model, params):
    """Each network has the parameters of the one in the literature."""
    with torch.device("meta"):
        network = model.build(CIFAR, 10)

    assert count(network, CIFAR)[0] == params


@pytest.mark.parametrize(("model", "macs"), [(Resnet56(), 125_485_696), (Resnet110(), 252_887_680)])
def test_multiply_adds_for_cifar(model, macs):
    """The published 1.25e8 and 2.53e8 (Li et al. 2016, table 1)."""
    with torch.device("meta"):
        network = model.build(CIFAR, 10)

    assert count(network, CIFAR)[1] == macs


def test_prunable_set_of_frankle_and_carbin():
    """The paper prunes neither the shortcuts (2 560 weights) nor the linear layer (640)."""
    with torch.device("meta"):
        network = Resnet20().build(CIFAR, 10)

    whole = describe(network, CIFAR)
    left_out = prunable_set(Recipe(not_prunable=("*.shortcut.conv", "fc")))
    some = describe(network, CIFAR, prunable=left_out)

    assert whole.prunable_size == 270_896
    assert some.prunable_size == 270_896 - 2_560 - 640


@pytest.mark.parametrize(
    ("model", "kept", "skipped", "macs"),
    [
        # Li et al. 2016, section 4.2: kept channels per stage, and layers left alone, where the
        # first convolution of block b is layer 2b + 2.
        (Resnet56(), (14, 28, 57), {16, 20, 38, 54}, 112_435_840),
        (Resnet56(), (6, 22, 57), {16, 18, 20, 34, 38, 54}, 90_907_264),
        (Resnet110(), (8, 32, 64), {36}, 212_779_648),
        (Resnet110(), (8, 19, 44), {36, 38, 74}, 155_124_352),
    ],
    ids=["resnet56-a", "resnet56-b", "resnet110-a", "resnet110-b"],
)
def test_published_pruned_networks(model, kept, skipped, macs):
    """Networks A and B cost the published multiply-adds."""
    with torch.device("meta"):
        network = model.build(CIFAR, 10)
    groups = model.groups(network)
    hidden = [group for group in groups if group.kind == "channel" and not group.coupled]
    mask = {
        group.name: torch.arange(group.size) < kept[3 * block // len(hidden)]
        for block, group in enumerate(hidden)
        if 2 * block + 2 not in skipped
    }

    pruned = cut(network, groups, Mask(mask))

    assert count(pruned, CIFAR)[1] == macs


def test_stream_between_projections():
    """Each stage has its own stream, scored by the convolution that opens it."""
    model = Resnet(depth=14, width=3)
    groups = model.groups(model.build((3, 8, 8), 10))

    last = next(group for group in groups if group.name == "stream3")

    assert [group.size for group in groups if group.coupled] == [3, 6, 12]
    assert last.producers == (
        Span("stage3.0.shortcut.conv"),
        Span("stage3.0.conv2"),
        Span("stage3.1.conv2"),
    )
    assert last.norms == (Span("stage3.0.shortcut.bn"), Span("stage3.0.bn2"), Span("stage3.1.bn2"))
    assert last.consumers == (Span("stage3.1.conv1"), Span("fc"))


def test_stream_behind_zero_padding():
    """The channels that stage 2 adds lie behind those of stage 1, and go on through stage 3."""
    model = Resnet(depth=14, width=3, shortcut="zero-pad")
    groups = model.groups(model.build((3, 8, 8), 10))

    middle = next(group for group in groups if group.name == "stream2")

    assert [group.size for group in groups if group.coupled] == [3, 3, 6]
    assert middle.producers == (
        Span("stage2.0.conv2", 3),
        Span("stage2.1.conv2", 3),
        Span("stage2.0.shortcut", 3),
        Span("stage3.0.conv2", 3),
        Span("stage3.1.conv2", 3),
        Span("stage3.0.shortcut", 3),
    )
    assert middle.consumers == (
        Span("stage2.1.conv1", 3),
        Span("stage3.0.conv1", 3),
        Span("stage3.0.shortcut", 3),
        Span("stage3.1.conv1", 3),
        Span("fc", 3),
    )


def test_blocks():
    """Every block is one unit, declared behind all channels, without its shortcut."""
    model = Resnet(depth=14, width=3)
    groups = model.groups(model.build((3, 8, 8), 10))

    blocks = groups[-6:]

    assert [group.kind for group in groups].index("block") == len(groups) - 6
    assert [group.name for group in blocks] == [f"stage{s}.{i}" for s in (1, 2, 3) for i in (0, 1)]
    assert blocks[2] == ChannelGroup(
        name="stage2.0",
        size=1,
        producers=(Span("stage2.0"),),
        kind="block",
        members=("stage2.0.conv1", "stage2.0.bn1", "stage2.0.conv2", "stage2.0.bn2"),
    )


def test_names_of_tensors():
    """Checkpoints of earlier versions still fit."""
    names = list(Resnet(depth=8, width=2, shortcut="zero-pad").build((3, 8, 8), 10).state_dict())

    statistics = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    block = ["conv1.weight", *(f"bn1.{x}" for x in statistics)]
    block += ["conv2.weight", *(f"bn2.{x}" for x in statistics)]
    assert names == [
        "stem.conv.weight",
        *(f"stem.bn.{x}" for x in statistics),
        *(f"stage{stage}.0.{x}" for stage in (1, 2, 3) for x in block),
        "fc.weight",
        "fc.bias",
    ]


def test_initialisation():
    """Convolutions have variance 2 / fan out, the linear layer is uniform within 1 / sqrt(256)."""
    model = Resnet(depth=8, width=64)
    network = model.build((3, 4, 4), 100)

    model.initialise(network, torch.Generator().manual_seed(0))

    opening = network.stage2[0].conv1.weight  # 64 to 128 channels
    assert opening.std().item() == pytest.approx(sqrt(2 / (9 * 128)), rel=0.01)
    assert network.stage2[0].shortcut.conv.weight.std().item() == pytest.approx(1 / 8, rel=0.03)
    assert network.fc.weight.abs().max().item() == pytest.approx(1 / 16, rel=0.01)
    assert network.fc.weight.std().item() == pytest.approx(1 / 16 / sqrt(3), rel=0.02)


@pytest.mark.parametrize("depth", [2, 7, 18, 21])
def test_impossible_depths_are_refused(depth):
    """A depth that is not 6n + 2 with n at least 1 is refused in a sentence."""
    with pytest.raises(SpecError, match=rf"resnet: depth must be 6n \+ 2, got {depth}"):
        Resnet(depth=depth).build(CIFAR, 10)


def test_no_width_is_refused():
    """A network without channels is refused in a sentence."""
    with pytest.raises(SpecError, match="width must be at least 1, got 0"):
        Resnet(width=0).build(CIFAR, 10)


def test_odd_images_are_refused():
    """Height and width are halved twice, which must be possible."""
    with pytest.raises(IncompatibleError, match=r"resnet20 takes .* multiples of 4, got 3x30x30"):
        Resnet20().build((3, 30, 30), 10)
