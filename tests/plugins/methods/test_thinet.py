"""ThiNet: the greedy choice, the least squares after it, the published networks."""

from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from prunebench.api import ChannelGroup, Mask, PerLayer, Plan, Span
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.methods.thinet import ThiNet

GROUP = ChannelGroup("fc1", 4, (Span("fc1"),), (), (Span("fc2"),))
ORACLE = np.array([[1, -1, 0.5, 2], [1, -1, 0, -1], [1, -0.9, 0, 1]])


@parametrize_with_checks([ThiNet])
def test_conformance(check):
    """The contract's own checks hold."""
    check()


@pytest.fixture(scope="session")
def contributing(patient):
    """Give a function that makes a network whose channels contribute given columns."""

    def build(columns):
        size = columns.shape[1]
        network = nn.Sequential()
        network.add_module("flatten", nn.Flatten())
        network.add_module("fc1", nn.Linear(size, size, bias=False))
        network.add_module("fc2", nn.Linear(size, 1))
        network.fc1.weight.data = torch.eye(size)
        network.fc2.weight.data = torch.ones(1, size)
        images = torch.tensor(columns, dtype=torch.float32).view(-1, size, 1, 1)
        group = ChannelGroup("fc1", size, GROUP.producers, (), GROUP.consumers)
        return patient(network, (size, 1, 1), (group,), images)

    return build


def kept(ill, count, method=None):
    """Keep that many channels of the first layer, and give their indices."""
    [selection] = ill.prune(method or ThiNet(), Plan("p", {"fc1": count}))
    return selection.mask["fc1"].nonzero().flatten().tolist()


def lost(ill):
    """Measure how far the response is from the original one, squared."""
    with torch.no_grad():
        return float((ill.network(ill.images) - ill.original(ill.images)).square().sum())


def test_oracle_t_greedy_set_is_not_the_optimum(contributing):
    """c3 goes first (0.25), then c2 (2.06), although without c1 and c2 only 0.01 is lost."""
    ill = contributing(ORACLE)

    assert kept(ill, 2, ThiNet(reweight=False)) == [0, 3]
    assert lost(ill) == pytest.approx(2.06, rel=1e-5)
    best = min(combinations(range(4), 2), key=lambda pair: np.sum(ORACLE[:, pair].sum(1) ** 2))
    assert best == (0, 1)


@pytest.mark.parametrize(("count", "stay"), [(4, [0, 1, 2, 3]), (3, [0, 1, 3]), (1, [3])])
def test_oracle_t_other_counts(contributing, count, stay):
    """The order is c3 (0.25), c2 (2.06), c1: 2.25 against 8.2 with c4."""
    assert kept(contributing(ORACLE), count) == stay


def test_oracle_t_weights(contributing):
    """Least squares on {c1, c4} gives w = (0.1, 1.15) and an error of 0.035."""
    ill = contributing(ORACLE)

    kept(ill, 2)

    expected = torch.tensor([[0.1, 0.0, 0.0, 1.15]])
    torch.testing.assert_close(ill.network.fc2.weight.data, expected)
    assert lost(ill) == pytest.approx(0.035, rel=1e-4)
    assert torch.equal(ill.network.fc2.bias, ill.original.fc2.bias)


COLUMNS = st.integers(2, 5).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(-6, 6), min_size=size, max_size=size), min_size=3, max_size=6
    )
)


@settings(max_examples=25, deadline=None)
@given(columns=COLUMNS)
def test_t1_least_squares_loses_no_more(contributing, columns):
    """The reweighted response is at least as near as the plain one."""
    plain, weighted = (contributing(np.array(columns, float)) for _ in range(2))
    half = (len(columns[0]) + 1) // 2

    assert kept(plain, half, ThiNet(reweight=False)) == kept(weighted, half)
    assert lost(weighted) <= lost(plain) * (1 + 1e-4) + 1e-6


@settings(max_examples=25, deadline=None)
@given(columns=COLUMNS)
def test_t2_zero_contribution_goes_first(contributing, columns):
    """A channel that adds nothing is the first to go; with another like it, the first of both."""
    columns = np.insert(np.array(columns, float), 1, 0.0, axis=1)
    size = columns.shape[1]
    first = next(c for c in range(size) if not columns[:, c].any())

    assert kept(contributing(columns), size - 1) == [c for c in range(size) if c != first]


@settings(max_examples=25, deadline=None)
@given(columns=COLUMNS)
def test_t3_each_step_is_the_argmin(contributing, columns):
    """Enumerating the candidates of every step gives the same channels; ties: the lower index."""
    columns = np.array(columns, float)
    size = columns.shape[1]
    gone = []
    for count in range(size - 1, 0, -1):
        costs = {
            c: np.sum(columns[:, [*gone, c]].sum(1) ** 2) for c in range(size) if c not in gone
        }
        gone.append(min(costs, key=costs.get))
        stay = [c for c in range(size) if c not in gone]
        assert kept(contributing(columns), count) == stay


def test_t4_duplicates_are_made_up_for(contributing):
    """One of two equal channels takes over the work of both; nothing is lost."""
    columns = np.array([[0.1, 3.0, 0.1], [0.2, -1.0, 0.2], [-0.3, 2.0, -0.3], [0.1, 0.5, 0.1]])
    ill = contributing(columns)

    assert kept(ill, 2) == [1, 2]
    torch.testing.assert_close(ill.network.fc2.weight.data, torch.tensor([[0.0, 1.0, 2.0]]))
    assert lost(ill) < 1e-10


def test_dead_channels_do_not_matter(contributing):
    """A channel that is gone stays so, and the others are chosen as without it."""
    columns = np.array([[1.0, 5.0, 0.5, 2.0], [1.0, 5.0, 0.0, -1.0], [1.0, 5.0, 0.0, 1.0]])
    ill = contributing(columns)
    alive = Mask({"fc1": torch.tensor([True, False, True, True])})
    ill.network.fc1.weight.data[1] = ill.network.fc2.weight.data[:, 1] = 0.0
    subject = ill.subject(ill.layout, PerLayer({"fc1": 2}), alive)

    steps = ThiNet().score(subject)["fc1"]

    assert steps.tolist() == [2.0, 0.0, 1.0, 3.0]


def test_the_only_channel_stays(contributing):
    """A group of one channel has nothing to lose."""
    assert kept(contributing(ORACLE[:, :1]), 1) == [0]


def test_groups_that_do_not_shrink_are_not_sampled(contributing):
    """Only active groups are looked at; the scores of the others are not used."""
    ill = contributing(ORACLE)
    ill.samples = None  # asking for samples would fail

    scores = ThiNet().score(ill.subject(ill.layout, PerLayer({})))

    assert scores["fc1"].tolist() == [0.0] * 4
