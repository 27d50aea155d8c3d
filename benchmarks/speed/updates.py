"""Our optimisers against torch.optim's, which call the same fused kernels."""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from benchmarks.speed.case import Amount, Case, Contest, Goal, Surroundings, ratio
from benchmarks.speed.pairs import duel, timed
from benchmarks.speed.plain import fused_optimiser
from benchmarks.speed.training import DEVICES, LENET, RESNET20
from benchmarks.speed.workload import Workload
from prunebench.training.optimiser import make_optimiser


def updates(work: Workload, where: Surroundings, count: int) -> Contest:
    """Update a network by the same gradients again and again."""
    ours, theirs = (updater(work, where.device, make) for make in (our_step, torch_step))
    return duel(
        lambda: timed(lambda: ours(count), where.device),
        "torch.optim",
        lambda: timed(lambda: theirs(count), where.device),
        lambda: (ours(1), theirs(1)),
    )


def our_step(network: nn.Module, work: Workload) -> Callable[[], object]:
    """Give a step of our optimiser, which drops the gradients too."""
    optimiser = make_optimiser(network, work.recipe)
    return lambda: optimiser.step(work.recipe.lr)


def torch_step(network: nn.Module, work: Workload) -> Callable[[], object]:
    """Give a step of torch.optim."""
    optimiser = fused_optimiser(network, work.recipe)

    def step() -> None:
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    return step


def updater(
    work: Workload,
    device: torch.device,
    make: Callable[[nn.Module, Workload], Callable[[], object]],
) -> Callable[[int], None]:
    """Give a function that takes so many steps, each from the same gradients."""
    network = work.network().to(device)
    step = make(network, work)
    parameters = list(network.parameters())
    gradients = [torch.full_like(parameter, 1e-3) for parameter in parameters]

    def update(count: int) -> None:
        for _ in range(count):
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = gradient
            step()

    return update


def update_case(name: str, work: Workload, amount: Amount) -> Case:
    """Make the case of a network's update."""
    recipe = work.recipe
    return Case(
        name=name,
        about=f"torch.optim, fused / our optimiser: {recipe.optimiser} on {work.model}",
        amount=amount,
        value=ratio("torch.optim", "ours"),
        prepare=partial(updates, work),
        goal=Goal(1.0),
        devices=DEVICES,
    )


CASES = (
    update_case("update-adam", LENET, Amount("updates", 3000, 1000, 2)),
    update_case("update-sgd", RESNET20, Amount("updates", 1500, 500, 2)),
)
