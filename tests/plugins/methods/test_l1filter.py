import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from prunebench.api import ChannelGroup, Density, Plan, Span
from prunebench.core.cost import count, narrow_cost
from prunebench.core.surgery import cut
from prunebench.errors import IncompatibleError
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.methods.l1filter import L1Filter
from prunebench_plugins.models.resnet import Resnet, Resnet56, Resnet110
from prunebench_plugins.models.smallconv import SmallConv
from prunebench_plugins.models.vgg16 import Vgg16

CIFAR = (3, 32, 32)
GROUP = ChannelGroup("conv", 3, (Span("conv"),), (), (Span("fc"),))
FILTERS = torch.tensor(
    [
        [[[1.0, -1.0], [0.0, 0.5]]],  # 2.5
        [[[0.2, 0.2], [0.2, 0.2]]],  # 0.8
        [[[-3.0, 0.0], [0.0, 0.0]]],  # 3.0
    ]
)
PUBLISHED = {  # Li et al. 2016, table 1: multiply-adds as printed; parameters counted by hand
    "vgg16-a": (Vgg16(), 5_397_034, 206_279_680),
    "resnet56-a": (Resnet56(), 773_336, 112_435_840),
    "resnet56-b": (Resnet56(), 735_712, 90_907_264),
    "resnet110-a": (Resnet110(), 1_688_522, 212_779_648),
    "resnet110-b": (Resnet110(), 1_168_424, 155_124_352),
}


def convolution(filters):
    """Build a convolution of given filters before a linear layer, for 2x2 images."""
    conv = nn.Conv2d(*filters.shape[1::-1], filters.shape[2:], bias=False)
    conv.weight.data = filters.clone()
    network = nn.Sequential()
    for name, module in (
        ("conv", conv),
        ("flatten", nn.Flatten()),
        ("fc", nn.Linear(len(filters), 2)),
    ):
        network.add_module(name, module)
    return network


@pytest.mark.parametrize(
    "target", [lambda k: Plan("p", {"conv": k}), lambda k: Density(k / 3, "units")]
)
@pytest.mark.parametrize(
    ("keep", "mask"),
    [(3, [True, True, True]), (2, [True, False, True]), (1, [False, False, True])],
)
def test_oracle_l_three_filters_by_hand(patient, target, keep, mask):
    """Sums 2.5, 0.8 and 3.0: the second goes first, then the first."""
    ill = patient(convolution(FILTERS), (1, 2, 2), (GROUP,))

    [selection] = ill.prune(L1Filter(), target(keep))

    assert selection.mask["conv"].tolist() == mask


def test_oracle_l_scores_are_sums(patient):
    """One number per filter: the sum of absolute weights, biases and norms left out."""
    ill = patient(convolution(FILTERS), (1, 2, 2), (GROUP,))

    scores = L1Filter().score(ill.subject(ill.layout, None))

    torch.testing.assert_close(scores["conv"], torch.tensor([2.5, 0.8, 3.0]))


@settings(deadline=None)
@given(order=st.permutations(range(3)), keep=st.integers(1, 3), factor=st.floats(0.01, 100))
def test_invariants_l2_and_s7_permuted_and_scaled_filters(patient, order, keep, factor):
    """Filters in another order, scaled all alike, give the mask in that order."""
    masks = [
        patient(convolution(filters), (1, 2, 2), (GROUP,))
        .prune(L1Filter(), Plan("p", {"conv": keep}))[0]
        .mask["conv"]
        for filters in (FILTERS, factor * FILTERS[list(order)])
    ]

    assert torch.equal(masks[0][list(order)], masks[1])


@pytest.mark.parametrize("name", PUBLISHED)
def test_invariant_l1_published_networks_as_planned(patient, name):
    """The counts of each published plan cost what the paper prints."""
    model, params, macs = PUBLISHED[name]
    with torch.device("meta"):
        network = model.build(CIFAR, 10)
    ill = patient(network, CIFAR, model.groups(network))
    layout = ill.layout_for(L1Filter())

    [only] = L1Filter().schedule(layout, Plan(name, L1Filter.plans[name]))
    cost = narrow_cost(layout, only.keep.counts)

    assert (cost.params, cost.macs) == (params, macs)


@pytest.mark.parametrize("name", PUBLISHED)
def test_invariant_l1_published_networks_as_cut(patient, name):
    """Networks that are scored, cut and run have the published size, counted by torch itself."""
    model, params, macs = PUBLISHED[name]
    network = model.build(CIFAR, 10)
    ill = patient(network, CIFAR, model.groups(network))
    [selection] = ill.prune(L1Filter(), Plan(name, L1Filter.plans[name]))
    narrow = cut(network, ill.groups, selection.mask).to("meta").eval()
    counter = FlopCounterMode(display=False)

    with counter:
        narrow(torch.zeros(1, *CIFAR, device="meta"))

    assert sum(parameter.numel() for parameter in narrow.parameters()) == params
    assert counter.get_total_flops() == 2 * macs


def test_a_plan_of_another_network_is_refused(patient):
    """ResNet-56's plan does not fit ResNet-20."""
    model = Resnet(depth=20)
    with torch.device("meta"):
        network = model.build(CIFAR, 10)
    layout = patient(network, CIFAR, model.groups(network)).layout_for(L1Filter())

    with pytest.raises(IncompatibleError, match=r"'stage1\.3\.conv1', which the model does not"):
        L1Filter().schedule(layout, Plan("resnet56-a", L1Filter.plans["resnet56-a"]))


@pytest.mark.parametrize(("shortcut", "filters"), [("projection", 3), ("zero-pad", 2)])
def test_invariant_s4_streams_on_request(patient, shortcut, filters):
    """Residual streams are in play only with `coupled`, scored by what opens the stage."""
    model = Resnet(depth=8, width=4, shortcut=shortcut)
    network = model.build((3, 8, 8), 10)
    ill = patient(network, (3, 8, 8), model.groups(network))

    alone = ill.layout_for(L1Filter())
    both = ill.layout_for(L1Filter(coupled=True))
    scores = L1Filter(coupled=True).score(ill.subject(both, None))

    assert [group.name for group in alone.groups] == [f"stage{s}.0.conv1" for s in (1, 2, 3)]
    assert [group.name for group in both.groups][3:] == ["stream1", "stream2", "stream3"]
    opening = (
        network.stage2[0].shortcut.conv if shortcut == "projection" else network.stage2[0].conv2
    )
    expected = opening.weight.detach().abs().sum((1, 2, 3))
    torch.testing.assert_close(scores["stream2"], expected[-both.group("stream2").size :])


@settings(max_examples=20, deadline=None)
@given(density=st.floats(0.1, 1.0), of=st.sampled_from(["params", "macs", "units"]))
def test_invariant_s1_achieved_size(patient, density, of):
    """The cut network is not above the density asked for, in the measure asked for."""
    model = SmallConv(width=4)
    network = model.build((1, 8, 8), 10)
    ill = patient(network, (1, 8, 8), model.groups(network))

    [selection] = ill.prune(L1Filter(), Density(density, of))
    kept = selection.mask.counts
    cost = narrow_cost(ill.layout, kept)

    if of == "units":
        assert kept == {g.name: -int(-density * g.size // 1) for g in ill.groups}
    elif of == "params":
        assert cost.prunable <= density * ill.layout.prunable_size + 1e-6
    else:
        assert cost.macs <= density * ill.layout.macs + 1e-6


def test_more_channels_can_be_protected(patient):
    """With `min_keep` of 3 the smallest network has three channels everywhere."""
    model = SmallConv(width=4)
    network = model.build((1, 8, 8), 10)
    ill = patient(network, (1, 8, 8), model.groups(network))

    [selection] = ill.prune(L1Filter(min_keep=3), Density(0.01, "units"))

    assert selection.mask.counts == {"conv1": 3, "conv2": 3, "conv3": 3}


@pytest.mark.parametrize(
    ("model", "shape"), [(SmallConv(width=4), (1, 8, 8)), (Resnet(depth=8, width=4), (3, 8, 8))]
)
@pytest.mark.parametrize("coupled", [False, True])
def test_invariant_s2_masked_equals_cut(patient, model, shape, coupled):
    """What the method selects gives one function, silenced in the wide network or cut from it."""
    draws = torch.Generator().manual_seed(0)
    network = model.build(shape, 10)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(generator=draws)
    ill = patient(network, shape, model.groups(network))
    images = torch.randn(4, *shape, generator=draws)

    # The network itself is silenced by the fixture; cutting starts from the original.
    [selection] = ill.prune(L1Filter(coupled=coupled), Density(0.4))
    narrow = cut(ill.original, ill.groups, selection.mask)

    assert count(narrow, shape) < count(network, shape)  # parameters first
    torch.testing.assert_close(network(images), narrow.eval()(images), rtol=1e-4, atol=1e-5)


@parametrize_with_checks([L1Filter])
def test_invariant_s3_and_conformance(check):
    """Each check of methods holds: scores repeat, and the network is left alone."""
    check()
