"""Training steps per second of prunebench's loop against a tight plain-PyTorch loop.

Both train the same network on the same synthetic images in one process with one thread, in
alternation, so that a slow moment of the machine falls on both. Only the ratio means anything.
A turn of ours is a whole training: fresh optimiser, evaluation point, copies of weights and state
at the end; in the short turns of large networks that weighs more than in real trainings::

    python benchmarks/speed/loop.py [--pairs 7] [--only lenet]
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from time import perf_counter

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.core.initialise import kaiming_normal, kernels
from prunebench.training.batches import Batches
from prunebench.training.images import Preprocessing, Split
from prunebench.training.loop import Assignment, train
from prunebench.training.recipe import Recipe, timetable

COLUMNS = ("case", "ours it/s", "plain", "min", "median", "max")
CLASSES = 10
DENSITY = 0.2


class Residual(nn.Module):
    """A basic block: two 3x3 convolutions, and a projection where the width changes."""

    def __init__(self, width_in: int, width: int) -> None:
        super().__init__()
        stride = 1 if width_in == width else 2
        self.branch = nn.Sequential(
            nn.Conv2d(width_in, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
        )
        self.shortcut = nn.Identity() if stride == 1 else nn.Conv2d(width_in, width, 1, stride)

    def forward(self, inputs: Tensor) -> Tensor:
        """Add branch and shortcut."""
        return F.relu(self.branch(inputs) + self.shortcut(inputs))


def lenet() -> nn.Module:
    """Build LeNet-300-100."""
    sizes = [(784, 300), (300, 100)]
    layers = [layer for size in sizes for layer in (nn.Linear(*size), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(100, CLASSES))


def resnet() -> nn.Module:
    """Build a network of ResNet-20's shape."""
    widths = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
    blocks = [Residual(*pair) for pair in pairwise(widths)]
    stem = (nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, CLASSES))
    return nn.Sequential(*stem, *blocks, *head)


def vgg() -> nn.Module:
    """Build a network of VGG-16's shape with batch norms."""
    layers: list[nn.Module] = []
    width_in = 3
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            layers += [nn.Conv2d(width_in, width, 3, 1, 1), nn.BatchNorm2d(width), nn.ReLU()]
            width_in = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, CLASSES))


@dataclass(frozen=True)
class Case:
    """One comparison: a network, its recipe, and how many steps a turn takes."""

    title: str
    build: Callable[[], nn.Module]
    shape: tuple[int, int, int]
    recipe: Recipe
    steps: int
    images: int = 10_000
    validation: int = 0


ADAM = Recipe(unit="iterations", length=10**6, batch=60, optimiser="adam", lr=1.2e-3)
ADAM = replace(ADAM, weight_decay=0.0, milestones=(), evaluate_every=100)
SGD = Recipe(length=160, batch=128, augmentation="none", channels_last=True)

CASES = (
    Case("lenet b60 adam", lenet, (1, 28, 28), ADAM, 400),
    Case("lenet b60 adam, validation", lenet, (1, 28, 28), ADAM, 400, validation=2000),
    Case("lenet b128 sgd", lenet, (1, 28, 28), replace(ADAM, optimiser="sgd", batch=128), 300),
    Case("resnet b128 sgd", resnet, (3, 32, 32), SGD, 8),
    Case("resnet b128 crop-flip", resnet, (3, 32, 32), replace(SGD, augmentation="crop-flip"), 8),
    Case("resnet b128 bf16", resnet, (3, 32, 32), replace(SGD, precision="bf16"), 8),
    Case("vgg b64 sgd", vgg, (3, 32, 32), replace(SGD, batch=64), 12),
)


def make_split(case: Case, images: int) -> Split:
    """Draw images and labels by chance."""
    source = torch.Generator().manual_seed(images)
    pixels = torch.randint(0, 256, (images, *case.shape), dtype=torch.uint8, generator=source)
    return Split(pixels, torch.randint(0, CLASSES, (images,), generator=source))


def make_network(case: Case) -> tuple[nn.Module, dict[str, Tensor]]:
    """Build a case's network with masks that keep `DENSITY` of every kernel."""
    network = case.build()
    source = torch.Generator().manual_seed(0)
    kaiming_normal(network, source)
    masks = {
        f"{name}.weight": torch.rand(module.weight.shape, generator=source) < DENSITY
        for name, module in kernels(network)
    }
    return network, masks


def preprocessing(case: Case) -> Preprocessing:
    """Normalise to a mean of 0.4 and a deviation of 0.25."""
    return Preprocessing(255.0, (0.4,) * case.shape[0], (0.25,) * case.shape[0])


def make_ours(case: Case) -> Callable[[], float]:
    """Give a turn of prunebench's loop: seconds for `case.steps` steps."""
    network, masks = make_network(case)
    split = make_split(case, case.images)
    assignment = Assignment(
        recipe=case.recipe,
        table=timetable(case.recipe, case.images),
        seed=0,
        batches=Batches(split, preprocessing(case), case.recipe, 0),
        validation=make_split(case, case.validation) if case.validation else None,
        preprocessing=preprocessing(case),
        masks=masks,
        stop=case.steps,
    )

    def turn() -> float:
        begin = perf_counter()
        train(network, assignment)
        return perf_counter() - begin

    return turn


class Plain:
    """The plain loop: no seeds, no schedule, no augmentation, no bookkeeping."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.network, masks = make_network(case)
        self.layout = torch.channels_last if case.recipe.channels_last else torch.contiguous_format
        self.network.to(memory_format=self.layout)  # type: ignore[call-overload] # torch's stub
        self.weights: list[Tensor] = [self.network.get_parameter(name) for name in masks]
        self.masks: list[Tensor] = [
            torch.empty_like(weight, requires_grad=False).copy_(mask)
            for weight, mask in zip(self.weights, masks.values(), strict=True)
        ]
        self.optimiser = plain_optimiser(self.network, case.recipe)
        self.split = make_split(case, case.images)
        self.held = make_split(case, case.validation)
        half = case.recipe.precision == "bf16"
        self.half = torch.autocast("cpu", torch.bfloat16, enabled=half)

    def inputs(self, images: Tensor) -> Tensor:
        """Normalise a batch."""
        scaled = images.float().mul_(1 / (255 * 0.25)).sub_(0.4 / 0.25)
        return scaled.contiguous(memory_format=self.layout)

    def turn(self) -> float:
        """Give the seconds for `case.steps` steps."""
        begin, batch, every = (
            perf_counter(),
            self.case.recipe.batch,
            self.case.recipe.evaluate_every,
        )
        order, place = torch.randperm(self.case.images), 0
        for number in range(1, self.case.steps + 1):
            if place + batch > self.case.images:
                order, place = torch.randperm(self.case.images), 0
            self.step(order[place : place + batch])
            place += batch
            if self.case.validation and number % every == 0:
                self.validate()
        return perf_counter() - begin

    def step(self, index: Tensor) -> None:
        """Take one optimiser step."""
        with self.half:
            outputs = self.network(self.inputs(self.split.images.index_select(0, index)))
        F.cross_entropy(outputs.float(), self.split.labels.index_select(0, index)).backward()
        self.optimiser.step()
        with torch.no_grad():
            torch._foreach_mul_(self.weights, self.masks)
        self.optimiser.zero_grad()

    @torch.no_grad()
    def validate(self) -> None:
        """Evaluate loss and accuracy on the held-out images."""
        self.network.eval()
        parts = self.held.images.split(1000), self.held.labels.split(1000)
        for images, labels in zip(*parts, strict=True):
            outputs = self.network(self.inputs(images))
            F.cross_entropy(outputs, labels).item()
            (outputs.argmax(1) == labels).sum().item()
        self.network.train()


def plain_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Make the recipe's optimiser, fused."""
    if recipe.optimiser == "adam":
        return torch.optim.Adam(network.parameters(), recipe.lr, fused=True)
    decay = recipe.weight_decay
    return torch.optim.SGD(
        network.parameters(), recipe.lr, recipe.momentum, weight_decay=decay, fused=True
    )


def compare(case: Case, pairs: int) -> str:
    """Run both loops in alternation and write one line of the table."""
    ours, plain = make_ours(case), Plain(case).turn
    ours()
    plain()
    seconds = [(ours(), plain()) for _ in range(pairs)]
    ratios = [theirs / mine for mine, theirs in seconds]
    speeds = [case.steps / median(column) for column in zip(*seconds, strict=True)]
    return (
        f"{case.title:28}{speeds[0]:10.2f}{speeds[1]:10.2f}"
        f"{min(ratios):8.3f}{median(ratios):8.3f}{max(ratios):8.3f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line per case: steps per second of both loops, and the ratio ours / plain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7, help="turns of each loop")
    parser.add_argument("--only", default="", help="cases whose title contains this")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    print("{:28}{:>10}{:>10}{:>8}{:>8}{:>8}".format(*COLUMNS))
    for case in CASES:
        if options.only in case.title:
            print(compare(case, options.pairs), flush=True)


if __name__ == "__main__":
    main()
