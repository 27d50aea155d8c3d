"""torchvision's networks by their own names: sizes, first weights, channel groups."""

from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from prunebench.api import Mask, Span, torchvision
from prunebench.core.cost import count, narrow_cost
from prunebench.core.describe import describe
from prunebench.core.initialise import kaiming_normal, kernels, norms
from prunebench.core.surgery import cut, silence
from prunebench.errors import IncompatibleError
from prunebench_plugins.models._torchvision_groups import vgg_groups
from prunebench_plugins.models.torchvision import (
    MobilenetV2,
    Resnet34,
    Resnet50,
    Resnext50,
    TorchvisionVgg16,
    Vgg11Bn,
    Vgg16Bn,
)

CLASSES = 5
IMAGENET = (3, 224, 224)
SMALL = (3, 32, 32)
QUICK = [Resnet34(), Resnet50(), Resnext50(), MobilenetV2()]
ALL = [*QUICK, TorchvisionVgg16(), Vgg11Bn(), Vgg16Bn()]


def on_meta(model, shape=IMAGENET, classes=1000):
    """Build a network without storage."""
    with torch.device("meta"):
        return model.build(shape, classes)


@torch.no_grad()
def scramble(network, draws):
    """Change what is 0 or 1 at first; in double precision."""
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            parameter.uniform_(0.5, 1.5, generator=draws)  # no unit is dead
    for _, norm in norms(network):
        norm.weight.uniform_(0.5, 1.5, generator=draws)
        norm.running_mean.normal_(generator=draws)
        norm.running_var.uniform_(0.5, 2.0, generator=draws)
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0  # two networks cannot be compared while chance plays in
    return network.double()


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


def make(title):
    """Build one network with nothing at its initial value, and its groups."""
    draws = torch.Generator().manual_seed(3)
    if title.startswith("small-vgg"):
        network = small_vgg(batch_norm=title.endswith("bn"))
        kaiming_normal(network, draws)
        return scramble(network, draws), vgg_groups(network)
    model = next(model for model in ALL if model.name == title)
    network = on_meta(model, SMALL, CLASSES).to_empty(device="cpu")
    model.initialise(network, draws)
    return scramble(network, draws), model.groups(network)


@pytest.fixture(
    scope="module",
    params=["mobilenet_v2", "small-vgg", "small-vgg-bn"]
    + [pytest.param(name, marks=pytest.mark.slow) for name in ("resnet34", "resnet50")]
    + [pytest.param("resnext50_32x4d", marks=pytest.mark.slow)],
)
def scene(request):
    """Give a network, its groups and a mask that keeps about half of all channels' groups."""
    network, groups = make(request.param)
    draws = torch.Generator().manual_seed(4)
    masks = {
        group.name: torch.rand(group.size, generator=draws) < 0.5
        for group in groups
        if group.kind != "block"
    }
    for kept in masks.values():
        kept[0], kept[-1] = True, False
    mask = Mask(masks)
    return network, groups, mask, cut(network, groups, mask)


def images(number=4):
    """Draw small images."""
    return torch.randn(
        number, *SMALL, generator=torch.Generator().manual_seed(5), dtype=torch.float64
    )


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (Resnet34(), 21_797_672),
        (Resnet50(), 25_557_032),
        (Resnext50(), 25_028_904),
        (TorchvisionVgg16(), 138_357_544),
        (Vgg11Bn(), 132_868_840),
        (Vgg16Bn(), 138_365_992),
        (MobilenetV2(), 3_504_872),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_parameters_for_imagenet(model, params):
    """Each network has exactly the parameters that torchvision publishes."""
    network = on_meta(model)

    assert count(network, IMAGENET)[0] == params
    assert describe(network, IMAGENET, model.groups(network)).params == params


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_groups_hold_every_hidden_feature_once(model):
    """What any layer but the last writes, and any norm changes, is in exactly one group."""
    network = on_meta(model, SMALL)
    *hidden, _ = kernels(network)
    expected = sorted(
        [(name, i) for name, kernel in hidden for i in range(kernel.weight.shape[0])]
        + [(name, i) for name, norm in norms(network) for i in range(norm.num_features)]
    )

    found = sorted(
        (span.module, feature)
        for group in model.groups(network)
        if group.kind == "channel"
        for span in (*group.producers, *group.norms)
        for feature in range(span.offset * span.repeat, (span.offset + group.size) * span.repeat)
    )

    assert found == expected


@pytest.mark.parametrize(
    ("model", "hidden", "streams"),
    [
        (Resnet34(), 16, [64, 128, 256, 512]),
        (Resnet50(), 1 + 32, [256, 512, 1024, 2048]),
        (Resnext50(), 1 + 16, [256, 512, 1024, 2048]),
        (TorchvisionVgg16(), 15, []),
        (Vgg11Bn(), 10, []),
        (Vgg16Bn(), 15, []),
        (MobilenetV2(), 17 + 2 + 1, [24, 32, 64, 96, 160]),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_streams_are_coupled(model, hidden, streams):
    """What an addition ties is a coupled stream; the rest is named for its first layer."""
    groups = [g for g in model.groups(on_meta(model, SMALL)) if g.kind == "channel"]

    coupled = [group for group in groups if group.coupled]

    assert [group.size for group in coupled] == streams
    assert [group.name for group in coupled] == [f"stream{i + 1}" for i in range(len(streams))]
    free = [group for group in groups if not group.coupled]
    assert [group.name for group in free] == [group.producers[0].module for group in free]
    assert len(free) == hidden


def test_stream_of_a_resnet_opens_with_the_shortcut():
    """The first producer, whose filters are scored, is the shortcut convolution."""
    network = on_meta(Resnet50(), SMALL)

    stream = next(group for group in Resnet50().groups(network) if group.name == "stream4")

    assert stream.producers == (
        Span("layer4.0.downsample.0"),
        Span("layer4.0.conv3"),
        Span("layer4.1.conv3"),
        Span("layer4.2.conv3"),
    )
    assert stream.consumers == (Span("layer4.1.conv1"), Span("layer4.2.conv1"), Span("fc"))


def test_path_of_a_resnext_is_one_unit():
    """32 paths; one takes 4, 8, 16 or 32 channels of both hidden convolutions by stage."""
    groups = Resnext50().groups(on_meta(Resnext50(), SMALL))

    paths = {group.name: group for group in groups if group.size == 32}

    assert len(paths) == 16
    last = paths["layer4.2.conv1"]
    assert last.producers == (
        Span("layer4.2.conv1", repeat=32),
        Span("layer4.2.conv2", repeat=32),
    )
    assert last.norms == (Span("layer4.2.bn1", repeat=32), Span("layer4.2.bn2", repeat=32))
    assert last.consumers == (Span("layer4.2.conv3", repeat=32),)
    assert paths["layer1.0.conv1"].consumers == (Span("layer1.0.conv3", repeat=4),)


def test_depthwise_convolutions_are_producers():
    """In MobileNetV2 the stem and the first depthwise convolution make one group."""
    stem = MobilenetV2().groups(on_meta(MobilenetV2(), SMALL))[0]

    assert stem.producers == (Span("features.0.0"), Span("features.1.conv.0.0"))
    assert stem.norms == (Span("features.0.1"), Span("features.1.conv.0.1"))
    assert stem.consumers == (Span("features.1.conv.1"),)


def test_first_linear_layer_of_vgg_reads_49_places():
    """The adaptive pooling gives 7x7 maps, for small images as well."""
    groups = {group.name: group for group in Vgg11Bn().groups(on_meta(Vgg11Bn(), SMALL))}

    assert groups["features.25"].norms == (Span("features.26"),)
    assert groups["features.25"].consumers == (Span("classifier.0", repeat=49),)
    assert groups["classifier.3"].consumers == (Span("classifier.6"),)


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_cut_equals_silenced(scene, training):
    """Without half of every group, streams too, the network computes what it does with zeros."""
    network, groups, mask, narrow = scene
    masked = deepcopy(network).train(training)
    silence(masked, groups, mask)

    with torch.no_grad():
        found, expected = deepcopy(narrow).train(training)(images()), masked(images())

    torch.testing.assert_close(found, expected)
    assert not torch.allclose(expected, network.train(training)(images()))


def test_narrow_cost_is_that_of_the_cut_network(scene):
    """Planning's parameters and multiply-adds are counted in the network that is there."""
    network, groups, mask, narrow = scene

    cost = narrow_cost(describe(network.float(), SMALL, groups), mask.counts)

    assert (cost.params, cost.macs) == count(deepcopy(narrow).float(), SMALL)
    network.double()


def test_cut_network_can_be_trained(scene):
    """One step moves every remaining parameter, all finite."""
    narrow = deepcopy(scene[3]).train()
    before = {name: parameter.detach().clone() for name, parameter in narrow.named_parameters()}
    optimizer = torch.optim.SGD(narrow.parameters(), lr=0.1)

    F.cross_entropy(narrow(images()), torch.tensor([0, 1, 2, 3])).backward()
    optimizer.step()

    assert all(parameter.isfinite().all() for parameter in narrow.parameters())
    kernel = dict(kernels(narrow))
    assert not any(torch.equal(kernel[name].weight, before[f"{name}.weight"]) for name in kernel)


def test_dropout_stays():
    """VGG keeps torchvision's two dropouts of one half, MobileNetV2 its one of a fifth."""
    rates = {
        model.name: [m.p for m in on_meta(model, SMALL).modules() if isinstance(m, nn.Dropout)]
        for model in (Vgg11Bn(), MobilenetV2())
    }

    assert rates == {"vgg11_bn": [0.5, 0.5], "mobilenet_v2": [0.2]}


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_images_without_colours_are_refused(model):
    """The networks read three channels; a sentence says so."""
    with pytest.raises(IncompatibleError, match=rf"{model.name} takes .* 3 channels.* 1x32x32"):
        model.build((1, 32, 32), CLASSES)


def test_images_too_small_for_vgg_are_refused():
    """Five poolings need 32x32; any height and width above will do."""
    with pytest.raises(IncompatibleError, match="at least 32x32, got 3x31x40"):
        Vgg11Bn().build((3, 31, 40), CLASSES)

    assert on_meta(Vgg11Bn(), (3, 33, 40), CLASSES)


@pytest.mark.parametrize("model", QUICK, ids=lambda model: model.name)
def test_tiny_images_are_taken(model):
    """Networks that average their last map take images of any size."""
    network = on_meta(model, (3, 9, 7), CLASSES).eval()

    assert network(torch.zeros(2, 3, 9, 7, device="meta")).shape == (2, CLASSES)


def test_too_few_classes_are_refused():
    """A network that tells nothing apart is refused in a sentence."""
    with pytest.raises(IncompatibleError, match="at least 2 classes apart, got 1"):
        MobilenetV2().build(SMALL, 1)
