"""What every method must do, and in what the methods differ by design."""

from collections import OrderedDict
from dataclasses import fields

import pytest
import torch
from torch import nn

from prunebench.api import ChannelGroup, Density, Granularity, PerLayer, Span
from prunebench.core.select import select
from prunebench.experiment.schema import validate
from prunebench.plugin.registry import load_registry
from prunebench.run.digests import tensors_digest
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.run import Places, Run
from prunebench.store.store import Store
from prunebench_plugins.models.smallconv import SmallConv

REGISTRY = load_registry()
METHODS = {
    offer.name: offer.item
    for offer in map(REGISTRY.method, REGISTRY.names("method"))
    if offer.origin.distribution == "prunebench"
}
CHANNEL = [name for name, owner in METHODS.items() if owner.granularity is Granularity.CHANNEL]
WEIGHT = [name for name in METHODS if name not in CHANNEL]

AUTOMATIC = {
    "slimming": "ranks all channels together, so scores decide the widths",
    "sss": "keeps whatever its training left above zero",
}
RANDOM = {
    "random-mask": "does not look at the network",
    "random-channel": "does not look at the network",
}
UNEQUAL_TWINS = {
    "thinet": "removes one after the other; the second one's sum is no longer small",
    "lasso": "needs one of the two only",
}
SEES_SCALE = {"magnitude", "magnitude-iterative", "l1filter", "l2filter", "slimming"}
"""Judge a layer by itself; all others look through it to the output, or at exact zeros."""

QUICK = {"samples": 20, "images": 60, "rounds": 2, "positions": 4}
HIDDEN, ZERO = 5, 3


def quick(name, **changes):
    """Configure a method for a small network; a method lacks some of the settings."""
    given = {**QUICK, **changes}
    known = {field.name for field in fields(METHODS[name])}
    return METHODS[name](**{key: value for key, value in given.items() if key in known})


def toy(*, norm):
    """Build two linear layers, without a ReLU between them, with or without a batch norm."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        layers = OrderedDict(flatten=nn.Flatten(), first=nn.Linear(6, HIDDEN, bias=False))
        if norm:
            layers["norm"] = nn.BatchNorm1d(HIDDEN)
            nn.init.uniform_(layers["norm"].weight, 0.5, 1.5)
            nn.init.normal_(layers["norm"].bias)
        layers["second"] = nn.Linear(HIDDEN, 3)
    return nn.Sequential(layers)


def with_zero(network):
    """Silence one channel of a toy, with its scale and shift."""
    with torch.no_grad():
        network.first.weight[ZERO] = 0.0
        if hasattr(network, "norm"):
            network.norm.weight[ZERO] = network.norm.bias[ZERO] = 0.0
    return network


@pytest.fixture(scope="session")
def treat(patient):
    """Give a function that makes a toy ready to be pruned, with 60 labelled images."""

    def build(network, seed=0):
        draws = torch.Generator().manual_seed(1)
        images = torch.randn(60, 1, 1, 6, generator=draws)
        labels = torch.randint(0, 3, (60,), generator=draws)
        norms = (Span("norm"),) if hasattr(network, "norm") else ()
        group = ChannelGroup("first", HIDDEN, (Span("first"),), norms, (Span("second"),))
        return patient(network, (1, 1, 6), (group,), images, labels, seed)

    return build


@pytest.fixture(scope="session")
def small(patient):
    """Give a function that makes a small network ready, two channels of it switched off."""

    def build(seed=0):
        model = SmallConv(width=4)
        network = model.build((1, 4, 4), 5)
        draws = torch.Generator().manual_seed(2)
        model.initialise(network, draws)
        with torch.no_grad():
            for norm in (network.bn1, network.bn2, network.bn3):
                norm.weight.uniform_(0.5, 1.5, generator=draws)
                norm.weight[1], norm.bias[1] = 0.0, 0.0
        images = torch.randn(60, 1, 4, 4, generator=draws)
        labels = torch.randint(0, 5, (60,), generator=draws)
        return patient(network, (1, 4, 4), model.groups(network), images, labels, seed)

    return build


def equal(one, other):
    """Say whether two masks are equal."""
    return set(one) == set(other) and all(torch.equal(one[name], other[name]) for name in one)


def test_every_method_is_here():
    """The tables name no method that does not exist any more."""
    assert len(METHODS) >= len(CHANNEL) > 0
    assert set(WEIGHT)
    named = {*AUTOMATIC, *RANDOM, *UNEQUAL_TWINS, *SEES_SCALE}
    assert named <= set(METHODS)


@pytest.mark.parametrize("name", [n for n in CHANNEL if n not in AUTOMATIC])
@pytest.mark.parametrize("density", [0.75, 0.5, 0.3])
def test_1_same_ratio_same_kept_counts(small, name, density):
    """With random scores every method that is told its widths has the same ones."""
    ill, method = small(), quick(name)
    layout = ill.layout_for(method)
    mask = ill.full(layout, Granularity.CHANNEL)
    draws = torch.Generator().manual_seed(4)
    for each in method.schedule(layout, Density(density, "units")):
        scores = {group: torch.rand(len(kept), generator=draws) for group, kept in mask.items()}
        mask = select(scores, mask, each.keep, method.floor).mask

    # ceil(d · N) of 4, 8 and 8 channels.
    assert mask.counts == {g.name: -int(-density * g.size // 1) for g in ill.groups}


@pytest.mark.parametrize(
    ("name", "norm"),
    [
        (name, norm)
        for name in CHANNEL
        for norm in (True, False)
        if name not in RANDOM and (norm or "batchnorm" not in METHODS[name].needs)
    ],
)
def test_2_a_zero_channel_goes_first(treat, name, norm):
    """A filter of zeros, with its scale and shift: four of five stay, and it is not among them."""
    mask = treat(with_zero(toy(norm=norm))).prune(quick(name), Density(0.8, "units"))[-1].mask

    assert mask["first"].tolist() == [channel != ZERO for channel in range(HIDDEN)]


@pytest.mark.parametrize("name", [n for n in WEIGHT if n not in RANDOM])
def test_2_weights_of_a_zero_channel_go_first(treat, name):
    """As many weights as a filter has: none goes that the function could miss."""
    network = with_zero(toy(norm=False))
    idle = {"first": torch.zeros(HIDDEN, 6), "second": torch.zeros(3, HIDDEN)}
    idle["first"][ZERO], idle["second"][:, ZERO] = 1, 1

    mask = treat(network).prune(quick(name, scope="global"), Density(39 / 45))[-1].mask

    assert sum(mask.counts.values()) == 39
    assert all(bool(idle[layer][~kept].all()) for layer, kept in mask.items())


def twins(*, norm, hushed=1.0):
    """Build a toy whose channels 0 and 1 are one and the same."""
    network = toy(norm=norm)
    with torch.no_grad():
        network.second.weight[:, 0] *= hushed
        network.first.weight[1] = network.first.weight[0]
        network.second.weight[:, 1] = network.second.weight[:, 0]
        if norm:
            network.norm.weight[1] = network.norm.weight[0]
            network.norm.bias[1] = network.norm.bias[0]
    return network


@pytest.mark.parametrize("name", [n for n in CHANNEL if n not in RANDOM and n not in UNEQUAL_TWINS])
def test_3_duplicates_have_one_score(treat, name):
    """A criterion of the channel alone cannot tell one copy from the other."""
    ill, method = treat(twins(norm=True)), quick(name)

    scores = method.score(ill.subject(ill.layout_for(method), PerLayer({})))["first"]

    assert scores[0] == scores[1]
    assert len(set(scores.tolist())) == HIDDEN - 1


@pytest.mark.parametrize("name", [n for n in CHANNEL if n in UNEQUAL_TWINS])
def test_3_one_duplicate_stands_in_for_both(treat, name):
    """One of two small copies goes; with the weights repaired, the function is as before."""
    ill = treat(twins(norm=False, hushed=0.1))

    mask = ill.prune(quick(name), Density(0.8, "units"))[-1].mask["first"]

    assert int(mask[:2].sum()) == 1
    assert bool(mask[2:].all())
    torch.testing.assert_close(
        ill.network(ill.images), ill.original(ill.images), rtol=1e-4, atol=1e-5
    )


def rescaled(network, channel, factor):
    """Multiply what a channel gives and divide what reads it: the function stays."""
    with torch.no_grad():
        network.second.weight[:, channel] /= factor
        if hasattr(network, "norm"):
            network.norm.weight[channel] *= factor
            network.norm.bias[channel] *= factor
        else:
            network.first.weight[channel] *= factor
    return network


@pytest.mark.parametrize("name", METHODS)
def test_4_a_channel_ten_times_as_large_and_read_by_a_tenth(treat, name):
    """Only criteria that look at one layer alone change their choice."""
    norm = "batchnorm" in METHODS[name].needs
    target = Density(0.6, "units") if name in CHANNEL else Density(0.5)
    plain = treat(with_zero(toy(norm=norm)))
    # A norm would remove the zero channel and the smallest of the others, which is made large.
    size = plain.network.norm.weight if norm else plain.network.first.weight.abs().sum(1)
    smallest = int(size.argsort()[1])
    scaled = treat(rescaled(with_zero(toy(norm=norm)), smallest, 10.0))
    torch.testing.assert_close(scaled.network(scaled.images), plain.network(plain.images))

    masks = [ill.prune(quick(name), target)[-1].mask for ill in (plain, scaled)]

    assert equal(*masks) == (name not in SEES_SCALE)
    assert name in RANDOM or name in WEIGHT or not masks[0]["first"][ZERO]


@pytest.mark.parametrize("name", METHODS)
def test_5_same_seed_same_mask(small, name):
    """Nothing but the seed and the network decides; another seed matters to random ones alone."""
    digests = [
        tensors_digest(dict(small(seed).prune(quick(name), Density(0.5))[-1].mask))
        for seed in (0, 0, 1)
    ]

    assert digests[0] == digests[1]
    if name in RANDOM:
        assert digests[0] != digests[2]


@pytest.mark.parametrize("name", [n for n in METHODS if n != "sss"])
def test_invariant_s6_keeping_everything_changes_nothing(small, name):
    """Not one bit of the network; ``sss`` is asked for no density, and removes exact zeros."""
    ill = small()
    before = {key: tensor.clone() for key, tensor in ill.network.state_dict().items()}

    mask = ill.prune(quick(name), Density(1.0))[-1].mask

    assert all(bool(kept.all()) for kept in mask.values())
    assert all(torch.equal(before[key], found) for key, found in ill.network.state_dict().items())


@pytest.mark.parametrize("name", METHODS)
def test_invariant_s6_pruning_again_changes_nothing(small, name):
    """A pruned and repaired network that is asked for as many units stays as it is, to the bit."""
    ill = small()
    target = Density(0.5, "units")
    once = ill.prune(quick(name), target)[-1].mask
    before = {key: tensor.clone() for key, tensor in ill.network.state_dict().items()}

    again = ill.prune(quick(name), target, once)[-1].mask

    assert equal(once, again)
    assert not all(bool(kept.all()) for kept in once.values())
    assert all(torch.equal(before[key], found) for key, found in ill.network.state_dict().items())


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Run every method once on digits: rows by method, as a report reads them."""
    few = {
        "obd": "[samples=50]",
        "gradient": "[samples=50]",
        "thinet": "[images=50]",
        "lasso": "[images=50]",
        "synflow": "[rounds=5]",
        "magnitude-iterative": "[rounds=2]",
        "sss": "[runs=1]",
    }
    folder = tmp_path_factory.mktemp("methods")
    asked = {
        "model": "smallconv[width=4]",
        "methods": [name + few.get(name, "") for name in METHODS],
        "protocols": ["ticket"],
        "densities": [0.5],
        "seeds": 1,
        "recipe": {"preset": "digits", "length": 1, "finetune": {"length": 1}},
    }
    experiment = validate(asked, "test")
    plan = make_plan(REGISTRY, experiment, folder, fetch=False)
    assert plan.skipped == ()
    run = Run(REGISTRY, experiment, plan, Places(folder / "store", folder), "prunebench run")
    finished = run.execute(InlineExecutor(REGISTRY, Store(folder / "store")))
    return {row.method_id: row for row in finished.rows}


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_6_what_a_row_tells(rows, name):
    """Kept fraction, multiply-adds, parameters, non-zero ones, and the thinnest layer."""
    row, dense = rows[name], rows["dense"]
    model = SmallConv(width=4)
    sizes = {
        layer: model.build((1, 8, 8), 10).get_parameter(f"{layer}.weight").numel()
        for layer in row.layer_densities
    }

    assert row.status == "ok"
    mean = sum(row.layer_densities[layer] * n for layer, n in sizes.items()) / sum(sizes.values())
    assert row.density == pytest.approx(mean)
    assert row.density_evaluated == pytest.approx(row.density)  # non-zero, in the tested network
    assert 0 < min(row.layer_densities.values()) <= row.density <= 1
    assert row.params_kept <= row.params_dense == dense.params_kept
    assert row.theoretical_speedup == row.macs_dense / row.macs_sparse >= 1
    assert row.compression_ratio == row.params_dense / row.params_kept
    assert row.realised is (name in CHANNEL)
    if name != "sss":  # what one short training leaves is not known beforehand
        assert row.density <= 0.5 + 1e-9
