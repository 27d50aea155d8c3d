"""LASSO channel selection: which channels stay, and how the next layer is refitted."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from prunebench.api import ChannelGroup, Mask, PerLayer, Plan, Span
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.methods.lasso import Lasso

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


def test_without_bias_or_batch_norm_there_is_no_intercept(contributing):
    """Nothing could take it up, so the weights are fitted without one."""
    columns = np.random.default_rng(3).normal(1.0, 1.0, (20, 4))
    ill = contributing(columns, bias=False)

    stay = kept(ill, 2, Lasso())

    solution = np.linalg.lstsq(columns[:, stay], columns.sum(1), rcond=None)[0]
    np.testing.assert_allclose(ill.network.fc2.weight.data[0, stay].numpy(), solution, atol=1e-4)


def test_the_only_channel_stays(contributing):
    """A group of one channel has nothing to lose."""
    assert kept(contributing(ORTHOGONAL[:, :1]), 1) == [0]


def test_dead_channels_do_not_matter(contributing):
    """A channel that is gone stays so, and the others are chosen as without it."""
    ill = contributing(ORTHOGONAL)
    alive = Mask({"fc1": torch.tensor([True, True, False, True])})
    ill.network.fc1.weight.data[2] = ill.network.fc2.weight.data[:, 2] = 0.0
    ill.original = ill.network
    subject = ill.subject(ill.layout, PerLayer({"fc1": 2}), alive)

    scores = PLAIN.score(subject)["fc1"]

    assert (scores > 0).tolist() == [False, True, False, True]
