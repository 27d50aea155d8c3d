"""The tight loop: what a person writes who knows torch well and wants nothing but speed.

All images are float32 inputs in memory before it begins; batches are `index_select`, the optimiser
is fused, masks are multiplied in after the step. It has no seeds, no schedule, no record of losses
and no checks.
"""

from contextlib import AbstractContextManager, nullcontext

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.speed.pairs import timed
from benchmarks.speed.workload import MEAN, STD, Workload
from prunebench.training.images import Split
from prunebench.training.recipe import Recipe

EVALUATION_BATCH = 250


class Plain:
    """The tight loop over a workload.

    Parameters
    ----------
    work, device
        What is trained, and where network and images lie.
    """

    def __init__(self, work: Workload, device: torch.device) -> None:
        self.work, self.device = work, device
        network = work.network()
        masks = work.masks(network)
        self.network: nn.Module = network.to(device).to(memory_format=work.layout)  # type: ignore[call-overload] # torch's stub
        self.weights: list[Tensor] = [self.network.get_parameter(name) for name in masks]
        self.masks: list[Tensor] = [
            torch.empty_like(weight, requires_grad=False).copy_(mask)
            for weight, mask in zip(self.weights, masks.values(), strict=True)
        ]
        self.mask()
        self.optimiser = fused_optimiser(self.network, work.recipe)
        self.inputs, self.labels = held(work.split(), device)
        self.validation = held(work.split(work.validation), device)

    def turn(self, steps: int) -> float:
        """Give the seconds for `steps` steps."""
        with fastest(self.device):
            return timed(lambda: self.train(steps), self.device)

    def train(self, steps: int) -> None:
        """Go through the images in random order, epoch by epoch."""
        batch, every = self.work.recipe.batch, self.work.recipe.evaluate_every
        place = self.work.images
        self.network.train()
        for number in range(1, steps + 1):
            if place + batch > self.work.images:
                order, place = torch.randperm(self.work.images, device=self.device), 0
            self.learn(*self.batch(order[place : place + batch]))
            place += batch
            if self.work.validation and number % every == 0:
                self.validate()

    def batch(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Take inputs and labels."""
        inputs = self.inputs.index_select(0, index).contiguous(memory_format=self.work.layout)
        return inputs, self.labels.index_select(0, index)

    def learn(self, inputs: Tensor, labels: Tensor) -> None:
        """Take one optimiser step."""
        with autocast(self.work.recipe, self.device):
            outputs = self.network(inputs)
        F.cross_entropy(outputs.float(), labels).backward()
        self.optimiser.step()
        self.mask()
        self.optimiser.zero_grad(set_to_none=True)

    @torch.no_grad()
    def mask(self) -> None:
        """Set masked weights to zero."""
        torch._foreach_mul_(self.weights, self.masks)

    def validate(self) -> tuple[float, int]:
        """Give the summed loss and the hits on the held-out images."""
        found = plain_pass(self.network, *self.validation)
        self.network.train()
        return found


@torch.inference_mode()
def plain_pass(network: nn.Module, inputs: Tensor, labels: Tensor) -> tuple[float, int]:
    """Give the summed loss and the hits of a network on inputs."""
    network.eval()
    loss, hits = 0.0, 0
    parts = inputs.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH)
    for some, truth in zip(*parts, strict=True):
        outputs = network(some)
        loss += F.cross_entropy(outputs, truth, reduction="sum").item()
        hits += int((outputs.argmax(1) == truth).sum().item())
    return loss, hits


def held(split: Split, device: torch.device) -> tuple[Tensor, Tensor]:
    """Turn a split into inputs and labels on a device, before anything is timed."""
    inputs = split.images.float().div_(255).sub_(MEAN).div_(STD)
    return inputs.to(device), split.labels.to(device)


def fused_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Make the recipe's optimiser, fused."""
    rate, decay = recipe.lr, recipe.weight_decay
    if recipe.optimiser == "adam":
        return torch.optim.Adam(network.parameters(), rate, weight_decay=decay, fused=True)
    return torch.optim.SGD(
        network.parameters(), rate, recipe.momentum, weight_decay=decay, fused=True
    )


def autocast(recipe: Recipe, device: torch.device) -> AbstractContextManager[object]:
    """Give the context of a forward pass."""
    if recipe.precision == "bf16":
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


def fastest(device: torch.device) -> AbstractContextManager[object]:
    """Let cuDNN choose by trial, as a person who wants nothing but speed does."""
    if device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(
        enabled=True, benchmark=True, deterministic=False, allow_tf32=False
    )
