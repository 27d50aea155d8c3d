"""Network slimming: the penalty, the one threshold over all layers, and what is in play."""

from copy import deepcopy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from prunebench.api import ChannelGroup, Density, Preprocessing, Span, Split, removed
from prunebench.core.cost import narrow_cost
from prunebench.core.initialise import norms
from prunebench.core.random import generator
from prunebench.core.surgery import cut
from prunebench.errors import IncompatibleError, SpecError
from prunebench.testing import parametrize_with_checks
from prunebench.training.batches import Batches
from prunebench.training.loop import Assignment, train
from prunebench.training.recipe import Recipe, timetable
from prunebench_plugins.methods.slimming import ScaleSparsity, Slimming
from prunebench_plugins.models.densenet import Densenet
from prunebench_plugins.models.preresnet import Preresnet
from prunebench_plugins.models.resnet import Resnet
from prunebench_plugins.models.smallconv import SmallConv

GROUPS = (
    ChannelGroup("fc1", 4, (Span("fc1"),), (Span("bn1"),), (Span("fc2"),)),
    ChannelGroup("fc2", 4, (Span("fc2"),), (Span("bn2"),), (Span("fc3"),)),
)
ORACLE = ((0.9, 0.1, 0.5, 0.05), (0.3, 0.02, 0.7, 0.6))
FEW = st.lists(st.floats(-2, 2), min_size=4, max_size=4)


@parametrize_with_checks([Slimming])
def test_conformance(check):
    """The contract's own checks hold."""
    check()


def normed_layers(first, second):
    """Build linear layers with batch norms of given scales, for images of two pixels."""
    torch.manual_seed(0)
    network = nn.Sequential()
    layers = {
        "flatten": nn.Flatten(),
        "fc1": nn.Linear(2, 4, bias=False),
        "bn1": nn.BatchNorm1d(4),
        "relu1": nn.ReLU(),
        "fc2": nn.Linear(4, 4, bias=False),
        "bn2": nn.BatchNorm1d(4),
        "relu2": nn.ReLU(),
        "fc3": nn.Linear(4, 2),
    }
    for name, module in layers.items():
        network.add_module(name, module)
    network.bn1.weight.data = torch.tensor(first, dtype=torch.float32)
    network.bn2.weight.data = torch.tensor(second, dtype=torch.float32)
    return network


def pruned(patient, first, second, density, of="units", method=None):
    """Give the selection of slimming a network of these scales."""
    ill = patient(normed_layers(first, second), (1, 1, 2), GROUPS)
    [selection] = ill.prune(method or Slimming(), Density(density, of))
    return selection


def trained(term, steps=8, seed=0):
    """Train a small network on random images, with a penalty or without; gives its state."""
    model = SmallConv(width=4)
    network = model.build((1, 8, 8), 3)
    model.initialise(network, generator(seed, "init"))
    groups = model.groups(network)
    draws = torch.Generator().manual_seed(seed)
    split = Split(
        torch.randint(0, 256, (64, 1, 8, 8), generator=draws, dtype=torch.uint8),
        torch.randint(0, 3, (64,), generator=draws),
    )
    grey = Preprocessing(255.0, (0.5,), (0.25,))
    recipe = Recipe(unit="iterations", length=steps, batch=16, lr=0.05, weight_decay=1e-3)
    work = Assignment(
        recipe=recipe,
        table=timetable(recipe, 64),
        seed=seed,
        batches=Batches(split, grey, recipe, seed),
        validation=None,
        preprocessing=grey,
        masks={},
        penalty=None if term is None else lambda net: term.penalty(net, groups),
    )
    return train(network, work).last


def test_oracle_n_one_threshold_over_both_layers(patient):
    """The four smallest of eight scales go: exactly k, as in the paper's own Torch code."""
    selection = pruned(patient, *ORACLE, 0.5)

    assert selection.mask["fc1"].tolist() == [True, False, True, False]
    assert selection.mask["fc2"].tolist() == [False, False, True, True]
    assert selection.shortfall == 0


def test_oracle_n_one_step_of_the_subgradient():
    """Scale 0.3, gradient 0.2, rate 0.1, strength 0.01: 0.3 - 0.1 (0.2 + 0.01) = 0.279."""
    network = normed_layers([0.3, -0.3, 0.0, 0.3], [1.0] * 4)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1)
    loss = 0.2 * network.bn1.weight.sum()

    (loss + ScaleSparsity(0.01).penalty(network, GROUPS)).backward()
    optimiser.step()

    expected = torch.tensor([0.279, -0.319, -0.02, 0.279])  # the sign of zero is zero
    torch.testing.assert_close(network.bn1.weight.data, expected)
    torch.testing.assert_close(network.bn2.weight.data, torch.full((4,), 0.999))


def test_n1_without_strength_training_is_the_same():
    """A penalty of strength 0 changes no bit, one of 0.01 does; and 0 is not trained apart."""
    plain, idle, active = trained(None), trained(ScaleSparsity(0.0)), trained(ScaleSparsity(0.01))

    assert all(torch.equal(plain[name], idle[name]) for name in plain)
    assert not torch.equal(plain["bn1.weight"], active["bn1.weight"])
    assert Slimming(strength=0.0).regularizer() is None
    assert Slimming(strength=0.01).regularizer() == ScaleSparsity(0.01)


@given(first=FEW, second=FEW, signs=st.lists(st.sampled_from([-1, 1]), min_size=8, max_size=8))
@settings(deadline=None, max_examples=30)
def test_n2_only_absolute_scales_count(patient, first, second, signs):
    """Signs, kernels, shifts and statistics are irrelevant."""
    expected = pruned(patient, first, second, 0.5).mask
    network = normed_layers(
        [s * x for s, x in zip(signs[:4], first, strict=True)],
        [s * x for s, x in zip(signs[4:], second, strict=True)],
    )
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point() and name not in ("bn1.weight", "bn2.weight"):
            tensor.uniform_(0.1, 5.0)

    [found] = patient(network, (1, 1, 2), GROUPS).prune(Slimming(), Density(0.5, "units"))

    assert all(torch.equal(found.mask[name], expected[name]) for name in expected)


@given(first=FEW, second=FEW, density=st.floats(0.05, 1.0), smaller=st.floats(0.05, 1.0))
@settings(deadline=None, max_examples=30)
def test_n3_masks_nest(patient, first, second, density, smaller):
    """What a smaller density keeps, a larger one keeps too."""
    low, high = sorted([density, smaller])

    small, large = (pruned(patient, first, second, value).mask for value in (low, high))

    assert small.within(large)


@given(first=FEW, second=FEW, density=st.floats(0.05, 1.0))
@settings(deadline=None, max_examples=30)
def test_n4_exactly_k_channels_go(patient, first, second, density):
    """Of N channels floor(p N) go, ties and all, unless the last of a layer must stay."""
    selection = pruned(patient, first, second, density)
    counts = selection.mask.counts

    assert sum(counts.values()) == 8 - removed(8, density) + selection.shortfall
    assert min(counts.values()) >= 1
    assert selection.shortfall == max(0, removed(8, density) - 6)


def test_zero_scale_goes_first(patient):
    """A channel whose scale is zero is the first to go, whatever its kernel and shift."""
    network = normed_layers([0.5, 0.0, 0.4, 0.6], [0.3, 0.2, 0.1, 0.4])
    network.fc1.weight.data[1] = 100.0
    network.bn1.bias.data[1] = 100.0

    [selection] = patient(network, (1, 1, 2), GROUPS).prune(Slimming(), Density(7 / 8, "units"))

    assert selection.mask["fc1"].tolist() == [True, False, True, True]
    assert selection.mask["fc2"].all()


def test_same_seed_same_mask(patient):
    """Training and pruning twice from one seed give one mask; another seed gives another."""
    masks = []
    for seed in (0, 0, 1):
        model = SmallConv(width=4)
        network = model.build((1, 8, 8), 3)
        network.load_state_dict(trained(ScaleSparsity(0.01), seed=seed))
        ill = patient(network, (1, 8, 8), model.groups(network))
        [selection] = ill.prune(Slimming(), Density(0.5, "units"))
        masks.append(torch.cat(list(selection.mask.values())))

    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])


def test_the_penalty_makes_scales_small():
    """A strong penalty leaves less than half of the scales' sum."""
    plain, pulled = trained(None, steps=24), trained(ScaleSparsity(0.2), steps=24)
    sums = [sum(float(s[f"bn{i}.weight"].abs().sum()) for i in (1, 2, 3)) for s in (plain, pulled)]

    assert sums[1] < 0.5 * sums[0]


def test_penalty_counts_every_channel_in_play_once():
    """The sum over the batch norms of the groups, computed apart; those of streams stay out."""
    network = Resnet(depth=8, width=4).build((3, 8, 8), 10)
    for name, parameter in network.named_parameters():
        if "bn" in name:
            parameter.data = torch.randn(parameter.shape, generator=generator(3, name))
    groups = [g for g in Resnet(depth=8, width=4).groups(network) if Slimming().applies_to(g)]

    penalty = ScaleSparsity(0.5).penalty(network, groups)
    penalty.backward()

    inner = [f"stage{stage}.0.bn1" for stage in (1, 2, 3)]
    scales = [network.get_parameter(f"{name}.weight").detach().numpy() for name in inner]
    assert penalty.item() == pytest.approx(0.5 * sum(np.abs(scale).sum() for scale in scales))
    touched = {name for name, p in network.named_parameters() if p.grad is not None}
    assert touched == {f"{name}.weight" for name in inner}


def test_penalty_sees_parts_of_a_norm():
    """Groups that share a batch norm count their own channels; a width counts all of a unit's."""
    network = nn.Sequential(nn.BatchNorm2d(8))
    network[0].weight.data = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0])
    plain = ChannelGroup("a", 2, (), (Span("0", 1), Span("0", 1)))
    wide = ChannelGroup("b", 1, (), (Span("0", 2, repeat=2),))

    assert ScaleSparsity(1.0).penalty(network, [plain, wide]).item() == 2 + 4 + 16 + 32


@pytest.mark.parametrize(
    ("group", "is_in_play"),
    [
        (ChannelGroup("inner", 4, ()), True),
        (ChannelGroup("selection", 4, (), kind="selection"), True),
        (ChannelGroup("stream", 4, (), coupled=True), False),
        (ChannelGroup("growth", 4, (), joined=True), False),
        (ChannelGroup("block", 1, (), kind="block"), False),
    ],
)
def test_in_play(group, is_in_play):
    """Channels inside branches and selections from streams; never the streams themselves."""
    assert Slimming().applies_to(group) is is_in_play


@pytest.mark.parametrize(
    ("plan", "pruned"),
    [
        ("vgg19-cifar10", 0.7),
        ("vgg19-cifar100", 0.5),
        ("vgg11-imagenet", 0.5),
        ("preresnet164-40", 0.4),
        ("preresnet164-60", 0.6),
        ("densenet40-40", 0.4),
        ("densenet40-60", 0.6),
    ],
)
def test_published_shares(plan, pruned):
    """Each plan removes its share of all channels (tables 1 and 2)."""
    goal = Slimming(plan=plan).goal(None)

    assert goal.of == "units"
    assert removed(5504, goal.value) == round(5504 * pruned - 0.5)
    assert set(Slimming.plans) >= {plan}


def test_unknown_plan_is_refused():
    """The message lists what there is."""
    with pytest.raises(IncompatibleError, match=r"no plan 'vgg16'.*vgg19-cifar10"):
        Slimming(plan="vgg16").goal(None)


@pytest.mark.parametrize("of", ["params", "macs"])
@pytest.mark.parametrize("density", [0.2, 0.5, 0.9])
def test_density_by_cost(patient, of, density):
    """With costs the cut network is maximal: one channel more would be too much."""
    model = SmallConv(width=8)
    network = model.build((1, 8, 8), 10)
    draws = torch.Generator().manual_seed(1)
    for norm in (network.bn1, network.bn2, network.bn3):
        norm.weight.data.uniform_(0.01, 1.0, generator=draws)
    scales = {f"conv{i}": network.get_submodule(f"bn{i}").weight.data.clone() for i in (1, 2, 3)}
    ill = patient(network, (1, 8, 8), model.groups(network))
    [selection] = ill.prune(Slimming(), Density(density, of))
    dropped = [(float(scales[n][i]), n) for n, m in selection.mask.items() for i in np.where(~m)[0]]
    counts = dict(selection.mask.counts)

    def cost(kept):
        spent = narrow_cost(ill.layout, kept)
        whole = ill.layout.prunable_size if of == "params" else ill.layout.macs
        return (spent.prunable if of == "params" else spent.macs) / whole

    _, last = max(dropped)
    assert cost(counts) <= density < cost(counts | {last: counts[last] + 1})


@pytest.mark.parametrize(
    "model",
    [SmallConv(width=8), Preresnet(depth=11, width=4), Densenet(depth=10, growth=4)],
    ids=lambda model: model.name,
)
def test_n5_cut_is_silenced(patient, model):
    """Cut or with scale, shift and kernels at zero, selections included: the same outputs."""
    network = model.build((1, 8, 8), 10)
    model.initialise(network, generator(0, "init"))
    draws = torch.Generator().manual_seed(0)
    for _, norm in norms(network):
        for tensor in (norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var):
            tensor.uniform_(0.1, 1.5, generator=draws)
    whole = deepcopy(network)
    ill = patient(network, (1, 8, 8), model.groups(network))
    images = torch.randn(4, 1, 8, 8, generator=draws)

    [selection] = ill.prune(Slimming(), Density(0.6, "units"))  # silences `network`
    narrow = cut(whole, ill.groups, selection.mask).eval()

    kinds = {ill.layout.group(name).kind for name, kept in selection.mask.items() if not kept.all()}
    assert ("channel" in kinds, "selection" in kinds) == {
        "smallconv": (True, False),
        "preresnet": (True, True),
        "densenet": (False, True),
    }[model.name]
    torch.testing.assert_close(narrow(images), network(images), rtol=1e-5, atol=1e-5)


def test_min_keep_protects_each_layer(patient):
    """The next lowest of other layers take the place of protected ones."""
    selection = pruned(
        patient, (0.9, 0.8, 0.7, 0.6), (0.4, 0.3, 0.2, 0.1), 0.5, method=Slimming(min_keep=3)
    )

    assert selection.mask.counts == {"fc1": 3, "fc2": 3}
    assert selection.shortfall == 2


def test_min_keep_is_not_the_dense_networks():
    """Methods that differ in selection alone share one dense training."""
    assert Slimming(min_keep=4, plan="vgg19-cifar10").regularizer() == Slimming().regularizer()


def test_negative_strength_is_refused():
    """It would make scales grow."""
    with pytest.raises(SpecError, match="at least 0"):
        Slimming(strength=-1e-4).regularizer()


def test_weight_decay_still_acts():
    """The optimiser sees decay and subgradient together: 0.3 - 0.1 (0.01 + 0.5 · 0.3)."""
    network = normed_layers([0.3] * 4, [0.3] * 4)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, weight_decay=0.5)
    outputs = network.eval()(torch.zeros(2, 1, 1, 2))  # zero images, zero shifts: no gradient

    loss = F.cross_entropy(outputs, torch.tensor([0, 1]))
    (loss + ScaleSparsity(0.01).penalty(network, GROUPS)).backward()
    optimiser.step()

    torch.testing.assert_close(network.bn1.weight.data, torch.full((4,), 0.3 - 0.1 * 0.16))
