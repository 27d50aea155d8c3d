import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from prunebench.api import ChannelGroup, PerLayer, Plan, Span
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.methods.l1filter import L1Filter
from prunebench_plugins.methods.l2filter import L2Filter

GROUP = ChannelGroup("conv", 3, (Span("conv"),), (), (Span("fc"),))
FILTERS = [
    [[[1.0, -1.0], [0.0, 0.5]]],  # 1.5
    [[[0.2, 0.2], [0.2, 0.2]]],  # 0.4
    [[[-3.0, 0.0], [0.0, 0.0]]],  # 3
]


@parametrize_with_checks([L2Filter])
def test_conformance(check):
    """Each check of methods holds."""
    check()


@pytest.fixture(scope="session")
def filters(patient):
    """Give a function that makes a convolution of given filters ready to be pruned."""

    def build(values):
        kernel = torch.as_tensor(values)
        conv = nn.Conv2d(*kernel.shape[1::-1], kernel.shape[2:], bias=False)
        conv.weight.data = kernel.clone()
        network = nn.Sequential()
        for name, module in (
            ("conv", conv),
            ("flatten", nn.Flatten()),
            ("fc", nn.Linear(len(kernel), 2)),
        ):
            network.add_module(name, module)
        return patient(network, (kernel.shape[1], *kernel.shape[2:]), (GROUP,))

    return build


def test_oracle_l_norms_and_order(filters):
    """Norms 1.5, 0.4 and 3: the second filter goes first, then the first, as under the l1-norm."""
    ill = filters(FILTERS)
    scores = L2Filter().score(ill.subject(ill.layout, PerLayer({})))

    torch.testing.assert_close(scores["conv"], torch.tensor([1.5, 0.4, 3.0]))
    for kept, mask in ((2, [True, False, True]), (1, [False, False, True])):
        [selection] = filters(FILTERS).prune(L2Filter(), Plan("p", {"conv": kept}))
        assert selection.mask["conv"].tolist() == mask


def test_the_two_norms_can_disagree(filters):
    """Four weights of 1 (sum 4, norm 2) against one of 3 (sum 3, norm 3)."""
    spread = [[[[1.0, 1.0], [1.0, 1.0]]], [[[3.0, 0.0], [0.0, 0.0]]], [[[9.0, 9.0], [9.0, 9.0]]]]
    one, two = (
        filters(spread).prune(owner(), Plan("p", {"conv": 2}))[0].mask["conv"].tolist()
        for owner in (L1Filter, L2Filter)
    )

    assert one == [True, False, True]
    assert two == [False, True, True]


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.01, 100))
def test_invariant_s7_norms_scale_with_the_layer(filters, seed, factor):
    """Against numpy, for filters of two input channels; a factor multiplies every score."""
    values = np.random.default_rng(seed).normal(size=(3, 2, 2, 2)).astype(np.float32)
    found = []
    for kernel in (values, values * np.float32(factor)):
        ill = filters(kernel)
        found.append(L2Filter().score(ill.subject(ill.layout, PerLayer({})))["conv"].numpy())

    np.testing.assert_allclose(
        found[0], np.sqrt((values.reshape(3, -1).astype(float) ** 2).sum(1)), rtol=1e-5
    )
    np.testing.assert_allclose(found[1], found[0] * factor, rtol=1e-5)
