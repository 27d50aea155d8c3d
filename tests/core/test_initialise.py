"""Fresh weights have the published spread."""

from math import sqrt

import pytest
import torch
from torch import nn

from prunebench.core.initialise import (
    fans,
    glorot_normal,
    kaiming_normal,
    kernels,
    norms,
    reset_norms,
)


def wide():
    """Build a network wide enough to measure spreads."""
    return nn.Sequential(
        nn.Conv2d(16, 96, 3),
        nn.BatchNorm2d(96),
        nn.BatchNorm2d(96, affine=False),
        nn.Flatten(),
        nn.Linear(96, 400),
        nn.Linear(400, 50, bias=False),
    )


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (nn.Conv2d(3, 8, (5, 2)), (30, 80)),
        (nn.Conv1d(4, 2, 3), (12, 6)),
        (nn.Linear(7, 5), (7, 5)),
        (nn.Conv2d(8, 8, 3, groups=8), (9, 72)),
    ],
)
def test_fans(module, expected):
    """Connections into and out of one unit."""
    assert fans(module) == expected


@pytest.mark.parametrize(
    ("initialise", "spread"),
    [
        (kaiming_normal, lambda fan_in, fan_out: sqrt(2 / fan_in)),
        (glorot_normal, lambda fan_in, fan_out: sqrt(2 / (fan_in + fan_out))),
    ],
)
def test_spreads(initialise, spread):
    """Every kernel is centred with the published deviation; the rest is zero and one."""
    network = wide()
    network.train()(torch.randn(8, 16, 3, 3))

    initialise(network, torch.Generator().manual_seed(0))

    for _, module in kernels(network):
        deviation = spread(*fans(module))
        assert module.weight.std().item() == pytest.approx(deviation, rel=0.03)
        assert module.weight.mean().item() == pytest.approx(0, abs=0.03 * deviation)
        assert module.bias is None or not module.bias.any()
    [(_, norm)] = norms(network)
    assert (norm.weight == 1).all()
    assert not norm.bias.any()
    assert (norm.running_var == 1).all()
    assert int(norm.num_batches_tracked) == 0


@pytest.mark.parametrize("initialise", [kaiming_normal, glorot_normal])
def test_draws_come_from_the_generator_alone(initialise):
    """Equal generators give equal networks and leave torch's global one alone."""
    first, second = wide(), wide()
    before = torch.get_rng_state()

    for network in (first, second):
        initialise(network, torch.Generator().manual_seed(3))

    assert torch.equal(torch.get_rng_state(), before)
    assert all(
        torch.equal(one, other)
        for one, other in zip(first.parameters(), second.parameters(), strict=True)
    )


def test_norms_start_at_a_scale():
    """Slimming starts scales at a half."""
    network = wide()

    reset_norms(network, 0.5)

    assert (network[1].weight == 0.5).all()
