"""The ceiling of a device: what its largest matrix products reach, and what steps need of it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.speed.pairs import timed
from benchmarks.speed.workload import CLASSES, Workload
from prunebench.core.describe import describe
from prunebench.training.precision import products
from prunebench.training.recipe import Precision

SIDES = {"cpu": (512, 1024), "cuda": (4096, 8192)}
"""Squares whose products are tried; the fastest is the ceiling."""

OPERATIONS = {"cpu": 4e9, "cuda": 5e12}
"""How many a product is repeated to, so that a moment of timing does not count."""


@dataclass(frozen=True)
class Ceiling:
    """Matrix products of a device in one precision.

    Parameters
    ----------
    device, precision
        Where and in what.
    """

    device: torch.device
    precision: Precision

    def rate(self) -> float:
        """Give the operations per second of the fastest product: two for a multiply-add."""
        return max(self.of(side) for side in SIDES[self.device.type])

    def of(self, side: int) -> float:
        """Give the operations per second of products of squares."""
        dtype = torch.bfloat16 if self.precision == "bf16" else torch.float32
        left, right, product = (
            torch.randn(side, side, device=self.device).to(dtype) for _ in range(3)
        )
        operations = 2 * side**3
        times = max(1, round(OPERATIONS[self.device.type] / operations))
        with products(self.precision):
            torch.mm(left, right, out=product)
            taken = timed(lambda: repeat(times, left, right, product), self.device)
        return times * operations / taken


def repeat(times: int, left: Tensor, right: Tensor, product: Tensor) -> None:
    """Multiply again and again."""
    for _ in range(times):
        torch.mm(left, right, out=product)


def step_operations(work: Workload) -> int:
    """Count the operations of an optimiser step in convolutions and linear layers.

    Each layer has three products of one size: forward, and backward for its weights and its inputs.
    The first one's inputs are images, which need no gradient.

    >>> from benchmarks.speed.training import LENET
    >>> step_operations(LENET) == 60 * 2 * (3 * 266_200 - 784 * 300)
    True
    """
    with torch.device("meta"):
        network = work.family().build(work.shape, CLASSES)
    layers = describe(network, work.shape).layers
    macs = [layer.size * layer.places for layer in layers]
    return 2 * work.recipe.batch * (3 * sum(macs) - macs[0])
