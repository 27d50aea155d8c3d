"""LASSO channel selection: which channels stay, and how the next layer is refitted."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from prunebench.api import ChannelGroup, Density, Mask, PerLayer, Plan, Span
from prunebench.core.cost import narrow_cost
from prunebench.core.surgery import cut, silence
from prunebench.errors import IncompatibleError, SpecError
from prunebench.testing import make_subject, parametrize_with_checks, tiny_layout, tiny_network
from prunebench.testing.tiny import Scene
from prunebench_plugins.methods.lasso import Lasso
from prunebench_plugins.models.torchvision import TorchvisionVgg16

HADAMARD = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
ORTHOGONAL = HADAMARD * [0.3, 1.0, 2.0, 0.5]  # energies 0.09, 1, 4, 0.25
SMALL = np.array([[2.0, 1, 0], [0, 1, 1], [-2, 1, 0], [0, 1, -1]])
B, C = np.array([1, 0, -1, 0, 0.5, -0.5]), np.array([0, 1, 0, -1, 0.5, -0.5])
JUMPING = np.stack([B + C, B, C], axis=1)
PLAIN = Lasso(intercept=False)


@parametrize_with_checks([Lasso])
def test_conformance(check):
    """The contract's own checks hold."""
    check()


@pytest.fixture(scope="session")
def contributing(patient):
    """Give a function that makes a network whose channels contribute given columns."""

    def build(columns, outputs=1, bias=True):
        size = columns.shape[1]
        network = nn.Sequential()
        network.add_module("flatten", nn.Flatten())
        network.add_module("fc1", nn.Linear(size, size, bias=False))
        network.add_module("fc2", nn.Linear(size, outputs, bias=bias))
        network.fc1.weight.data = torch.eye(size)
        network.fc2.weight.data = torch.ones(outputs, size)
        images = torch.tensor(columns, dtype=torch.float32).view(-1, size, 1, 1)
        group = ChannelGroup("fc1", size, (Span("fc1"),), (), (Span("fc2"),))
        return patient(network, (size, 1, 1), (group,), images)

    return build


def kept(ill, count, method=PLAIN):
    """Keep that many channels of the first layer, and give their indices."""
    [selection] = ill.prune(method, Plan("p", {"fc1": count}))
    return selection.mask["fc1"].nonzero().flatten().tolist()


def lost(ill):
    """Measure how far the response is from the original one, squared."""
    with torch.no_grad():
        return float((ill.network(ill.images) - ill.original(ill.images)).square().sum())


@pytest.mark.parametrize(("count", "stay"), [(1, [2]), (2, [1, 2]), (3, [1, 2, 3])])
def test_oracle_ra_r4_orthogonal_columns_stay_by_energy(contributing, count, stay):
    """Of orthogonal contributions those of most energy stay, with or without an intercept."""
    assert kept(contributing(ORTHOGONAL), count) == stay


@pytest.mark.parametrize(
    ("method", "count", "stay"),
    [(PLAIN, 1, [0]), (PLAIN, 2, [0, 1]), (Lasso(), 1, [0]), (Lasso(), 2, [0, 2])],
)
def test_oracle_rb_four_rows(contributing, method, count, stay):
    """The constant column has energy 1 against 0.5, but an intercept does its work."""
    assert kept(contributing(SMALL), count, method) == stay


@pytest.mark.parametrize("method", [PLAIN, Lasso()])
@pytest.mark.parametrize(("count", "stay"), [(1, [0]), (2, [0, 1])])
def test_oracle_rc_the_jump_rule(contributing, method, count, stay):
    """Only a = b + c has a coefficient; a second place goes to the first of the others.

    Least squares on {a} gives 2 and loses nothing.
    """
    ill = contributing(JUMPING)

    assert kept(ill, count, method) == stay
    assert lost(ill) < 1e-10
    if count == 1:
        torch.testing.assert_close(ill.network.fc2.weight.data, torch.tensor([[2.0, 0.0, 0.0]]))


def test_r1_everything_kept_leaves_the_network_alone():
    """At density 1 no channel goes and no weight changes, not even by rounding."""
    [only] = Lasso().schedule(tiny_layout(), Density(1.0))
    subject = make_subject(tiny_network(), scene=Scene(keep=only.keep))

    assert only.keep == PerLayer({})
    assert Lasso().reconstruct(subject, subject.alive) == {}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 4), intercept=st.booleans())
def test_r3_the_refit_is_ordinary_least_squares(contributing, seed, count, intercept):
    """Weights and bias are numpy's own solution, and lose no more than the old weights."""
    columns = np.random.default_rng(seed).normal(0.5, 1.0, (12, 5))
    ill = contributing(columns)

    stay = kept(ill, count, Lasso(intercept=intercept))

    regressors = np.column_stack([columns[:, stay], *[np.ones(12)] * intercept])
    solution = np.linalg.lstsq(regressors, columns.sum(1), rcond=None)[0]
    weights = ill.network.fc2.weight.data[0].numpy()
    np.testing.assert_allclose(weights[stay], solution[:count], atol=1e-4)
    shift = ill.network.fc2.bias.item() - ill.original.fc2.bias.item()
    assert shift == pytest.approx(solution[count] if intercept else 0.0, abs=1e-4)
    plain = np.sum((columns[:, stay].sum(1) - columns.sum(1)) ** 2)
    assert lost(ill) <= plain * (1 + 1e-4) + 1e-6


def test_r5_a_combination_of_kept_channels_costs_nothing(contributing):
    """A column that others make up is dropped without loss, also by several outputs at once."""
    columns = np.random.default_rng(0).normal(0.0, 1.0, (20, 4))
    columns[:, 3] = 0.02 * columns[:, 0] - 0.01 * columns[:, 1]
    ill = contributing(columns, outputs=3)
    ill.network.fc2.weight.data = ill.original.fc2.weight.data = torch.randn(3, 4)

    assert kept(ill, 3) == [0, 1, 2]
    assert lost(ill) < 1e-10


@pytest.mark.parametrize("method", [PLAIN, Lasso()])
def test_a_channel_of_zeros_goes_first(contributing, method):
    """What contributes nothing has no coefficient at any penalty."""
    columns = np.random.default_rng(1).normal(0.0, 1.0, (20, 4))
    columns[:, 2] = 0.0

    assert kept(contributing(columns), 3, method) == [0, 1, 3]


@pytest.mark.parametrize("method", [PLAIN, Lasso()])
def test_one_of_two_duplicates_is_enough(contributing, method):
    """The first takes over the work of both, and nothing is lost."""
    columns = np.random.default_rng(2).normal(0.0, 1.0, (20, 4))
    columns[:, 3] = columns[:, 1]
    ill = contributing(columns)

    assert kept(ill, 3, method) == [0, 1, 2]
    torch.testing.assert_close(ill.network.fc2.weight.data, torch.tensor([[1.0, 2.0, 1.0, 0.0]]))


@pytest.mark.parametrize("channel", range(4))
def test_rescaled_filters_make_no_difference(channel):
    """A filter times 16 and its readers by 16: the same choice, the same network afterwards."""
    plain, scaled = tiny_network(), tiny_network()
    with torch.no_grad():
        scaled.bn1.weight[channel] *= 16
        scaled.bn1.bias[channel] *= 16
        scaled.conv2.weight[:, channel] /= 16
    keep = PerLayer({"conv1": 2})
    subjects = [make_subject(network, scene=Scene(keep=keep)) for network in (plain, scaled)]

    first, second = (Lasso().score(subject)["conv1"] for subject in subjects)
    mask = Mask({"conv1": first > 0, "conv2": torch.ones(6).bool()})
    ours, theirs = (Lasso().reconstruct(subject, mask) for subject in subjects)

    torch.testing.assert_close(first, second)
    back = theirs["conv2.weight"].clone()
    back[:, channel] *= 16
    torch.testing.assert_close(back, ours["conv2.weight"], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(theirs["bn2.running_mean"], ours["bn2.running_mean"])


def test_the_intercept_goes_into_the_next_batch_norm():
    """A reader without bias: its batch norm takes off the intercept, as least squares has it."""
    network = tiny_network()
    subject = make_subject(network, scene=Scene(keep=PerLayer({"conv1": 2})))
    mask = Mask({"conv1": torch.tensor([1, 0, 0, 1]).bool(), "conv2": torch.ones(6).bool()})

    repaired = Lasso(images=100).reconstruct(subject, mask)

    drawn = list(subject.samples("conv2", 100, 10))
    inputs = torch.cat([sample.inputs for sample in drawn])[:, [0, 3]].flatten(1).double().numpy()
    outputs = torch.cat([sample.outputs for sample in drawn]).double().numpy()
    solution = np.linalg.lstsq(np.column_stack([inputs, np.ones(len(inputs))]), outputs)[0]
    assert set(repaired) == {"conv2.weight", "bn2.running_mean"}
    weights = repaired["conv2.weight"][:, [0, 3]].flatten(1).numpy()
    np.testing.assert_allclose(weights, solution[:-1].T, atol=1e-4)
    means = (network.bn2.running_mean - repaired["bn2.running_mean"]).numpy()
    np.testing.assert_allclose(means, solution[-1], atol=1e-4)
    plain = Lasso(intercept=False).reconstruct(subject, mask)
    assert set(plain) == {"conv2.weight"}


def test_without_bias_or_batch_norm_there_is_no_intercept(contributing):
    """Nothing could take it up, so the weights are fitted without one."""
    columns = np.random.default_rng(3).normal(1.0, 1.0, (20, 4))
    ill = contributing(columns, bias=False)

    stay = kept(ill, 2, Lasso())

    solution = np.linalg.lstsq(columns[:, stay], columns.sum(1), rcond=None)[0]
    np.testing.assert_allclose(ill.network.fc2.weight.data[0, stay].numpy(), solution, atol=1e-4)


def test_later_layers_make_up_for_earlier_ones(patient):
    """The last layer is fitted to the original response, not to that of the pruned network."""
    images = torch.randn(300, 2, 6, 6, generator=torch.Generator().manual_seed(1))
    ill = patient(tiny_network(), (2, 6, 6), tiny_layout().groups, images)
    method = Lasso(images=300)

    *_, last = ill.prune(method, Plan("p", {"conv1": 2, "conv2": 5}))

    narrow = cut(ill.network, ill.groups, last.mask)
    features = narrow[:-1](images).detach().double().numpy()
    wanted = ill.original(images).detach().double().numpy()
    regressors = np.column_stack([features, np.ones(300)])
    best = np.sum((regressors @ np.linalg.lstsq(regressors, wanted)[0] - wanted) ** 2)
    assert lost(ill) == pytest.approx(best, rel=1e-3)


def test_repaired_network_is_nearer(patient):
    """Half the channels of the tiny network: the refit loses less than just dropping them."""
    images = torch.randn(200, 2, 6, 6, generator=torch.Generator().manual_seed(1))
    ill = patient(tiny_network(), (2, 6, 6), tiny_layout().groups, images)

    *_, last = ill.prune(Lasso(), Density(0.5, "units"))
    assert last.mask.counts == {"conv1": 2, "conv2": 3}
    repaired = lost(ill)
    ill.network.load_state_dict(ill.original.state_dict())
    silence(ill.network, ill.groups, last.mask)

    assert repaired < 0.5 * lost(ill)


def test_dead_channels_do_not_matter(contributing):
    """A channel that is gone stays so, and the others are chosen as without it."""
    ill = contributing(ORTHOGONAL)
    alive = Mask({"fc1": torch.tensor([True, True, False, True])})
    ill.network.fc1.weight.data[2] = ill.network.fc2.weight.data[:, 2] = 0.0
    ill.original = ill.network
    subject = ill.subject(ill.layout, PerLayer({"fc1": 2}), alive)

    scores = PLAIN.score(subject)["fc1"]

    assert (scores > 0).tolist() == [False, True, False, True]


def test_fine_tuning_between_layers():
    """One group per round, cumulative; trained in between only on request."""
    rounds = Lasso(finetune_between=True).schedule(tiny_layout(), Density(0.5, "units"))

    assert [each.keep.counts for each in rounds] == [{"conv1": 2}, {"conv1": 2, "conv2": 3}]
    assert {each.after for each in rounds} == {"finetune"}
    assert Lasso().schedule(tiny_layout(), Density(0.5))[0].after == "nothing"


def test_published_network(patient):
    """The 5x plan fits torchvision's network; counted by hand it has 130 879 294 parameters.

    Of the convolutions' 15.35 G multiply-adds 3.39 G stay.
    """
    model, method = TorchvisionVgg16(), Lasso(plan="vgg16-5x")
    with torch.device("meta"):
        network = model.build((3, 224, 224), 1000)
    layout = patient(network, (3, 224, 224), model.groups(network)).layout_for(method)

    rounds = method.schedule(layout, method.goal(None))
    cost = narrow_cost(layout, rounds[-1].keep.counts)

    linear = 25_088 * 4096 + 4096 * 4096 + 4096 * 1000
    assert len(rounds) == 10
    assert cost.params == 130_879_294
    assert round((cost.macs - linear) / 1e9, 2) == 3.39


def test_a_plan_of_another_network_is_refused():
    """The plan for VGG-16 does not fit the tiny network."""
    method = Lasso(plan="vgg16-5x")

    with pytest.raises(IncompatibleError, match="which the model does not have"):
        method.schedule(tiny_layout(), method.goal(None))


@pytest.mark.parametrize("wrong", [{"images": 0}, {"positions": -1}])
def test_settings_that_make_no_sense(wrong):
    """Looking at nothing is refused when the method is written down."""
    with pytest.raises(SpecError, match="at least 1"):
        Lasso(**wrong)
