"""Optimisers against steps worked by hand."""

from copy import deepcopy
from math import sqrt

import pytest
import torch
from torch import nn

from prunebench.training.optimiser import make_optimiser
from prunebench.training.recipe import Recipe


class One(nn.Module):
    """A network of one weight, 2.0."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([2.0]))


def descend(recipe, gradients):
    """Give the weight after one step per gradient."""
    network = One()
    optimiser = make_optimiser(network, recipe)
    for gradient in gradients:
        network.weight.grad = torch.tensor([gradient])
        optimiser.step(recipe.lr)
    return network.weight.item()


def test_sgd_with_momentum_and_decay():
    """Two steps: g = grad + 0.1 w; v = 0.9 v + g; w = w - 0.5 v."""
    recipe = Recipe(lr=0.5, momentum=0.9, weight_decay=0.1)
    velocity = 1.0 + 0.1 * 2.0  # 1.2
    weight = 2.0 - 0.5 * velocity  # 1.4
    velocity = 0.9 * velocity + (3.0 + 0.1 * weight)  # 1.08 + 3.14 = 4.22
    weight -= 0.5 * velocity  # 1.4 - 2.11

    assert weight == pytest.approx(-0.71)
    assert descend(recipe, [1.0, 3.0]) == pytest.approx(-0.71, abs=1e-6)


def test_nesterov_looks_ahead():
    """First step: v = g = 1.2 and w = 2 - 0.5 (1.2 + 0.9 · 1.2) = 2 - 1.14."""
    recipe = Recipe(lr=0.5, momentum=0.9, weight_decay=0.1, nesterov=True)

    assert descend(recipe, [1.0]) == pytest.approx(0.86, abs=1e-6)


def test_adams_first_step_is_the_rate():
    """Bias correction makes the first step lr · g / (|g| + 1e-8), whatever g is."""
    recipe = Recipe(optimiser="adam", lr=0.25, weight_decay=0.0)

    assert descend(recipe, [40.0]) == pytest.approx(1.75, abs=1e-6)
    assert descend(recipe, [-0.001]) == pytest.approx(2.25, abs=1e-4)


def test_adams_second_step():
    """After gradients 1 and 3, m = (0.09 + 0.3) / 0.19 and v = (0.000999 + 0.009) / 0.001999."""
    recipe = Recipe(optimiser="adam", lr=0.25, weight_decay=0.0)
    step = 0.25 * (0.39 / 0.19) / (sqrt(0.009999 / 0.001999) + 1e-8)

    assert descend(recipe, [1.0, 3.0]) == pytest.approx(1.75 - step, abs=1e-6)


def test_adams_decay_joins_the_gradient():
    """L2, not AdamW: gradient -0.25 and decay 0.125 · 2 cancel, and nothing moves."""
    recipe = Recipe(optimiser="adam", lr=0.25, weight_decay=0.125)

    assert descend(recipe, [-0.25]) == 2.0


def test_decay_reaches_norms_and_biases():
    """Without gradient every parameter shrinks by lr · decay, batch norm and bias included."""
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    for parameter in network.parameters():
        nn.init.ones_(parameter)
        parameter.grad = torch.zeros_like(parameter)
    make_optimiser(network, Recipe(lr=0.5, momentum=0.0, weight_decay=0.1)).step(0.5)

    assert all(torch.allclose(p, torch.full_like(p, 0.95)) for p in network.parameters())


def test_the_rate_decides_the_step():
    """A rate of 0 moves nothing, the next one does."""
    network = One()
    optimiser = make_optimiser(network, Recipe(lr=1.0, momentum=0.0, weight_decay=0.0))
    weights = []
    for lr in (0.0, 0.5):
        network.weight.grad = torch.ones(1)
        optimiser.step(lr)
        weights.append(network.weight.item())

    assert weights == [2.0, 1.5]


def test_a_step_drops_the_gradients():
    """What backward adds next time is a gradient of its own."""
    network = One()
    network.weight.grad = torch.ones(1)
    make_optimiser(network, Recipe()).step(0.1)

    assert network.weight.grad is None


def plain(network, recipe):
    """Give torch.optim's optimiser of a recipe."""
    decay = recipe.weight_decay
    if recipe.optimiser == "adam":
        return torch.optim.Adam(network.parameters(), recipe.lr, weight_decay=decay, fused=True)
    return torch.optim.SGD(
        network.parameters(),
        recipe.lr,
        recipe.momentum,
        weight_decay=decay,
        nesterov=recipe.nesterov,
        fused=True,
    )


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(),
        Recipe(nesterov=True, weight_decay=0.01),
        Recipe(momentum=0.0),
        Recipe(optimiser="adam", lr=0.01),
    ],
    ids=["momentum", "nesterov", "plain", "adam"],
)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_steps_have_the_bits_of_torch_optim(recipe, layout):
    """Seven steps move every weight as torch.optim moves it; one parameter never has a gradient."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.Linear(7, 3))
    network.to(memory_format=layout)
    twin = deepcopy(network)
    ours, theirs = make_optimiser(network, recipe), plain(twin, recipe)
    for _ in range(7):
        for mine, other in zip(network.parameters(), twin.parameters(), strict=True):
            if mine is not network[2].bias:
                mine.grad = torch.randn_like(mine)
                other.grad = mine.grad.clone()
        ours.step(0.03)
        theirs.param_groups[0]["lr"] = 0.03
        theirs.step()

    for mine, other in zip(network.parameters(), twin.parameters(), strict=True):
        assert torch.equal(mine, other)


def test_frozen_parameters_stay():
    """What needs no gradient is no business of the optimiser."""
    network = nn.Linear(2, 2)
    network.bias.requires_grad_(False)

    assert make_optimiser(network, Recipe()).names == ("weight",)
