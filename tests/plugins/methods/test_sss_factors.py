"""The factors of sparse structure selection: their update, and their life on a network."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from prunebench.api import (
    ChannelGroup,
    Preprocessing,
    Span,
)
from prunebench.core.random import generator
from prunebench_plugins.methods.sss import Sss, StructureSparsity
from prunebench_plugins.models.lenet300100 import LeNet300100
from prunebench_plugins.models.preresnet import Preresnet
from prunebench_plugins.models.resnet import Resnet
from prunebench_plugins.models.smallconv import SmallConv

GREY = Preprocessing(255.0, (0.5,), (0.25,))
IMAGES = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(7))


def unsettled(model, seed=0):
    """Build a model for small grey images with random scales, shifts and statistics."""
    network = model.build((1, 8, 8), 3)
    model.initialise(network, generator(seed, "init"))
    draws = torch.Generator().manual_seed(seed)
    for name, tensor in network.state_dict().items():
        is_kernel = name.endswith("weight") and tensor.dim() > 1
        if tensor.is_floating_point() and not is_kernel:
            tensor.uniform_(0.3, 1.5, generator=draws)
    return network.eval()


def in_play(model, network, method):
    """List the groups that a method prunes."""
    return tuple(group for group in model.groups(network) if method.applies_to(group))


def factors(network):
    """Give the factors of an attached network by name; they share its memory."""
    return {n: b for n, b in network.named_buffers() if n.endswith(".factor")}


@torch.no_grad()
def draw_factors(network, seed=0, zeros=0.3):
    """Change the factors to random values in [0, 2), some of them exactly 0; gives a copy."""
    draws = torch.Generator().manual_seed(seed)
    for factor in factors(network).values():
        drawn = 2 * torch.rand(factor.shape, generator=draws)
        factor.copy_(drawn * (torch.rand(factor.shape, generator=draws) >= zeros))
    return {name: factor.detach().clone() for name, factor in factors(network).items()}


def lone_factor(value=1.0, dtype=torch.float64):
    """Attach one factor to a linear layer; gives the network, its groups and the factor."""
    network = nn.Sequential(nn.Linear(1, 1, dtype=dtype))
    groups = (ChannelGroup("0", 1, (Span("0"),)),)
    StructureSparsity().attach(network, groups)
    [factor] = factors(network).values()
    factor.data.fill_(value)
    return network, groups, factor


# --- the update ---------------------------------------------------------------------------------


def test_oracle_q_three_steps():
    """Rate 0.1, gamma 0.01, momentum 0.9, from factor 1 at rest; gradients 0.5, 0.5, -0.2."""
    network, groups, factor = lone_factor()
    velocity = network.get_buffer("0.sss0.velocity")
    seen = []
    for gradient in (0.5, 0.5, -0.2):
        factor.grad = torch.full_like(factor, gradient)
        StructureSparsity(gamma=0.01).after_step(network, groups, 0.1)
        seen.append((factor.item(), float(velocity)))

    expected = [(0.9031, -0.051), (0.76489, -0.0969), (0.722501, -0.06821)]
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-12)


def test_oracle_q_never_below_zero():
    """From 0.0005 without a gradient the step ends at -0.00045, which is cut off at 0."""
    network, groups, factor = lone_factor(0.0005)

    StructureSparsity(gamma=0.01).after_step(network, groups, 0.1)

    assert factor.item() == 0.0
    assert float(network.get_buffer("0.sss0.velocity")) == pytest.approx(-0.0005, abs=1e-15)


def test_q1_without_penalty_it_is_nesterov():
    """With gamma 0 the factors follow torch's SGD with Nesterov momentum, not heavy ball."""
    network, groups, factor = lone_factor()
    twins = [torch.ones(1, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    nesterov = torch.optim.SGD(twins[:1], lr=0.03, momentum=0.9, nesterov=True)
    heavy = torch.optim.SGD(twins[1:], lr=0.03, momentum=0.9)
    draws = torch.Generator().manual_seed(0)
    for _ in range(10):
        gradient = torch.randn(1, generator=draws, dtype=torch.float64)
        factor.grad = gradient.clone()
        StructureSparsity(gamma=0.0).after_step(network, groups, 0.03)
        for twin, optimiser in zip(twins, (nesterov, heavy), strict=True):
            twin.grad = gradient.clone()
            optimiser.step()

    torch.testing.assert_close(factor, twins[0], rtol=0, atol=1e-12)
    assert abs((factor - twins[1]).item()) > 1e-3
    assert factor.item() > 0


def test_a_step_reads_the_gradient_of_the_loss_once():
    """The gradient is that of the loss by the factor, by finite differences, and then gone."""
    network, groups = of_model(SmallConv(width=4), Sss())
    StructureSparsity().attach(network.double(), groups)
    factor, step = network.get_buffer("bn2.sss0.factor"), 1e-4

    def loss():
        return network(IMAGES.double()).square().mean()

    loss().backward()
    found = factor.grad[3].item()
    with torch.no_grad():
        factor[3] += step
        above = loss().item()
        factor[3] -= 2 * step
        below = loss().item()

    assert found == pytest.approx((above - below) / (2 * step), rel=1e-5)
    StructureSparsity().after_step(network, groups, 0.1)
    assert factor.grad is None


def test_a_factor_without_gradient_only_shrinks():
    """No forward pass, no gradient: the step is that of the penalty."""
    network, groups, factor = lone_factor()

    StructureSparsity(gamma=0.1).after_step(network, groups, 0.1)

    assert factor.item() == pytest.approx(0.99 - 0.9 * 0.01, abs=1e-12)


# --- factors on a network -----------------------------------------------------------------------


def of_model(model, method):
    """Give an unsettled network and its groups in play."""
    network = unsettled(model)
    return network, in_play(model, network, method)


def biased():
    """Give convolutions with biases and no batch norm, before a linear layer."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(64, 3)
    )
    return network, (ChannelGroup("0", 3, (Span("0"),)), ChannelGroup("2", 4, (Span("2"),)))


def shared():
    """Give a batch norm of two groups: channel 1, and the pairs (2, 3) and (4, 5)."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.Flatten(), nn.Linear(216, 3))
    for tensor in network[1].state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(0.5, 1.5)
    alone, pairs = Span("1", 1), Span("1", 1, repeat=2)
    groups = (
        ChannelGroup("alone", 1, (Span("0", 1),), (alone,)),
        ChannelGroup("pairs", 2, (Span("0", 1, repeat=2),), (pairs,)),
    )
    return network.eval(), groups


CASES = {
    "conv-and-norm": lambda: of_model(SmallConv(width=4), Sss()),
    "conv-with-bias": biased,
    "linear": lambda: of_model(LeNet300100(), Sss()),
    "blocks": lambda: of_model(Resnet(depth=14, width=4), Sss(structures="blocks")),
    "selections": lambda: of_model(Preresnet(depth=11, width=4), Sss(structures="both")),
    "both": lambda: of_model(Resnet(depth=14, width=4), Sss(structures="both")),
    "shared-norm": shared,
}
each_case = pytest.mark.parametrize("case", CASES)


@each_case
def test_q4_folding_changes_no_output(case):
    """Random factors, statistics and biases: outputs agree to 1e-6, names are the plain ones."""
    network, groups = CASES[case]()
    plain = set(network.state_dict())
    hooks = [len(module._forward_hooks) for module in network.modules()]
    before = network(IMAGES)
    StructureSparsity().attach(network, groups)
    assert torch.equal(network(IMAGES), before)  # factors of 1
    draw_factors(network)
    attached = network(IMAGES)

    StructureSparsity().fold(network, groups)

    assert not torch.allclose(attached, before, atol=1e-3)
    torch.testing.assert_close(network(IMAGES), attached, rtol=1e-6, atol=1e-6)
    assert set(network.state_dict()) == plain
    assert [len(module._forward_hooks) for module in network.modules()] == hooks
    assert not any(tensor.requires_grad for tensor in network.buffers())


def test_factors_scale_the_features_of_their_units():
    """On a shared batch norm: channel 0 stays, 1 has its own factor, two pairs have one each."""
    network, groups = shared()
    StructureSparsity().attach(network, groups)
    network.get_buffer("1.sss1.factor").data.copy_(torch.tensor([0.5]))
    network.get_buffer("1.sss2.factor").data.copy_(torch.tensor([3.0, 0.0]))
    plain, _ = shared()

    expected = plain[:2](IMAGES) * torch.tensor([1, 0.5, 3, 3, 0, 0]).view(1, -1, 1, 1)

    torch.testing.assert_close(network[:2](IMAGES), expected)


@pytest.mark.parametrize(
    ("group", "place"),
    [
        (ChannelGroup("g", 4, (Span("conv"),)), "conv"),
        (ChannelGroup("g", 4, (Span("conv"),), (Span("bn"),)), "bn"),
        (ChannelGroup("g", 4, (Span("conv"), Span("deep")), (Span("bn"), Span("bn2"))), "bn2"),
        (ChannelGroup("g", 1, (Span("conv"),), kind="block", members=("conv", "bn2")), "bn2"),
        (ChannelGroup("g", 1, (Span("conv"),), kind="block", members=("bn", "deep")), "deep"),
    ],
)
def test_where_factors_stand(group, place):
    """Behind the last norm, without one behind the last kernel, behind a block's last member."""
    network = nn.Module()
    for name in ("conv", "deep"):
        network.add_module(name, nn.Conv2d(4, 4, 1))
    for name in ("bn", "bn2"):
        network.add_module(name, nn.BatchNorm2d(4))

    StructureSparsity().attach(network, [group])

    [name] = factors(network)
    assert name == f"{place}.sss0.factor"


@each_case
def test_copies_stand_alone(case):
    """A copy of an attached network has its own factors and hooks, and folds by itself."""
    network, groups = CASES[case]()
    StructureSparsity().attach(network, groups)
    draw_factors(network)
    before = network(IMAGES)
    copy = deepcopy(network)

    draw_factors(copy, seed=1)
    assert torch.equal(network(IMAGES), before)
    assert not torch.allclose(copy(IMAGES), before)
    StructureSparsity().fold(copy, groups)

    assert torch.equal(network(IMAGES), before)
    assert factors(network)
    assert not factors(copy)


def test_factors_are_no_parameters():
    """The optimiser never sees them, so weight decay does not act on them."""
    network, groups = of_model(SmallConv(width=4), Sss())
    plain = {name for name, _ in network.named_parameters()}
    StructureSparsity().attach(network, groups)

    assert {name for name, _ in network.named_parameters()} == plain
    assert set(factors(network)) <= set(network.state_dict())


@pytest.mark.parametrize("move", ["type", "no-grad", "assigned"])
def test_moved_factors_still_learn(move):
    """A buffer in another type or place is no leaf any more; training goes on all the same."""
    network, groups = of_model(SmallConv(width=4), Sss())
    StructureSparsity().attach(network, groups)
    images = IMAGES.double()
    if move == "type":
        network.double()
    elif move == "no-grad":
        with torch.no_grad():
            network.double()
    else:
        network.double()
        network.load_state_dict(deepcopy(network.state_dict()), assign=True)

    network.train()(images).square().sum().backward()
    before = {name: factor.detach().clone() for name, factor in factors(network).items()}
    StructureSparsity(gamma=0.0).after_step(network, groups, 1e-3)

    assert len(before) == 3
    assert all(not torch.equal(factors(network)[name], value) for name, value in before.items())
