"""States are copies, and optimisers take theirs back."""

import pytest
import torch
from torch import nn

from prunebench.training.optimiser import make_optimiser
from prunebench.training.recipe import Recipe
from prunebench.training.state import (
    all_finite,
    load_optimiser_state,
    optimiser_state,
    snapshot,
    to_cpu,
)


def stepped(recipe, steps=2):
    """Give a convolution in channels-last layout and its optimiser after some steps."""
    network = nn.Conv2d(3, 5, 3).to(memory_format=torch.channels_last)
    optimiser = make_optimiser(network, recipe)
    for _ in range(steps):
        for parameter in network.parameters():
            parameter.grad = torch.randn_like(parameter)
        optimiser.step(recipe.lr)
    return network, optimiser


def test_a_snapshot_does_not_change_with_the_network():
    """A snapshot holds every parameter and buffer as it was."""
    network = nn.BatchNorm1d(2)
    state = snapshot(network)
    nn.init.constant_(network.weight, 5.0)

    assert state["weight"].tolist() == [1.0, 1.0]
    assert state.keys() == network.state_dict().keys()


def test_copies_are_contiguous_and_free_of_graphs():
    """A copy can be written to disk whatever the layout of its source."""
    tensor = torch.randn(2, 3, 4, 4, requires_grad=True)
    copy = to_cpu(tensor.to(memory_format=torch.channels_last))

    assert copy.is_contiguous()
    assert not copy.requires_grad
    assert torch.equal(copy, tensor)


def test_names_of_a_flat_state():
    """SGD has momenta by parameter name, Adam two moments and a step count."""
    _, sgd = stepped(Recipe())
    _, adam = stepped(Recipe(optimiser="adam"))

    assert set(optimiser_state(sgd)) == {
        "optimiser.momentum_buffer.weight",
        "optimiser.momentum_buffer.bias",
    }
    assert "optimiser.exp_avg_sq.weight" in optimiser_state(adam)
    assert optimiser_state(adam)["optimiser.step.bias"] == 2


def test_a_fresh_optimiser_is_at_rest():
    """Before the first step every moment is zero; without momentum there is none."""
    _, adam = stepped(Recipe(optimiser="adam"), steps=0)
    _, plain = stepped(Recipe(momentum=0.0), steps=2)

    assert not any(tensor.any() for tensor in optimiser_state(adam).values())
    assert optimiser_state(plain) == {}


@pytest.mark.parametrize("kind", ["sgd", "adam"])
def test_a_loaded_optimiser_goes_on_alike(kind):
    """After loading, the next step is the one the first optimiser takes, in any memory layout."""
    torch.manual_seed(0)
    recipe = Recipe(optimiser=kind)
    network, optimiser = stepped(recipe)
    twin = nn.Conv2d(3, 5, 3)
    twin.load_state_dict(snapshot(network))
    twin.to(memory_format=torch.channels_last)
    other = make_optimiser(twin, recipe)
    load_optimiser_state(other, optimiser_state(optimiser))
    for mine, theirs in zip(network.parameters(), twin.parameters(), strict=True):
        mine.grad = torch.randn_like(mine)
        theirs.grad = mine.grad.clone()
    optimiser.step(recipe.lr)
    other.step(recipe.lr)

    assert torch.equal(network.weight, twin.weight)
    assert torch.equal(network.bias, twin.bias)


def test_loading_copies():
    """Steps after loading leave the loaded tensors alone."""
    network, optimiser = stepped(Recipe())
    state = optimiser_state(optimiser)
    before = state["optimiser.momentum_buffer.weight"].clone()
    load_optimiser_state(optimiser, state)
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimiser.step(0.1)

    assert torch.equal(state["optimiser.momentum_buffer.weight"], before)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_all_finite_finds_one_bad_weight(value):
    """A single NaN or infinity among the parameters is found."""
    network = nn.Linear(3, 3)
    before = all_finite(network)
    with torch.no_grad():
        network.bias[1] = value

    assert before
    assert not all_finite(network)
