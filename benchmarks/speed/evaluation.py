"""Evaluation against a plain pass, and augmentation of batches against one image at a time."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from benchmarks.speed.case import Amount, Case, Contest, Goal, Surroundings, ratio
from benchmarks.speed.pairs import duel, timed
from benchmarks.speed.plain import held, plain_pass
from benchmarks.speed.training import DEVICES, LENET, RESNET20
from benchmarks.speed.workload import MEAN, STD, Workload
from prunebench.core.vision import torchvision
from prunebench.training.augment import PADDING
from prunebench.training.batches import Batches
from prunebench.training.evaluate import evaluate


def passes(work: Workload, where: Surroundings, images: int) -> Contest:
    """Set our evaluation against a pass over inputs that lie ready on the device."""
    network = work.network().to(where.device).to(memory_format=work.layout)  # type: ignore[call-overload] # torch's stub
    split = work.split(images)
    inputs, labels = held(split, where.device)

    def ours() -> float:
        return timed(lambda: evaluate(network, split, work.preprocessing), where.device)

    def plain() -> float:
        return timed(lambda: plain_pass(network, inputs, labels), where.device)

    return duel(ours, "plain", plain, lambda: (ours(), plain()))


def evaluation_case(name: str, work: Workload, amount: Amount) -> Case:
    """Make the case of a network that is evaluated."""
    return Case(
        name=name,
        about=f"plain pass / our evaluation: {work.model}",
        amount=amount,
        value=ratio("plain", "ours"),
        prepare=partial(passes, work),
        goal=Goal(0.95),
        devices=DEVICES,
    )


def crops(where: Surroundings, batches: int) -> Contest:
    """Set our batches, cropped and flipped, against torchvision's transforms image by image."""
    recipe = replace(RESNET20.recipe, augmentation="crop-flip")
    work = replace(RESNET20, recipe=recipe).fitted(where)
    split = work.split()
    source = Batches(split, work.preprocessing, work.recipe, 0, where.device)
    transform = by_image()
    size = work.recipe.batch

    def ours() -> float:
        return timed(lambda: [source.batch(step) for step in range(batches)], where.device)

    def plain() -> float:
        return timed(
            lambda: [
                transform(split.images[place : place + size]).to(where.device)
                for place in range(0, batches * size, size)
            ],
            where.device,
        )

    return duel(ours, "torchvision", plain, lambda: source.batch(0))


def by_image() -> Callable[[Tensor], Tensor]:
    """Give what a data loader does: every image is cropped, flipped and normalised by itself."""
    torchvision()  # or its import fails beside a CPU-only torch
    from torchvision.transforms import v2

    transform = v2.Compose(
        [
            v2.RandomCrop(32, padding=PADDING),
            v2.RandomHorizontalFlip(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize([MEAN] * 3, [STD] * 3),
        ]
    )
    return lambda images: torch.stack([transform(image) for image in images])


CASES = (
    evaluation_case("evaluate-lenet", LENET, Amount("images", 20_000, 10_000, 10, 60_000)),
    evaluation_case("evaluate-resnet20", RESNET20, Amount("images", 1_000, 250, 4, 10_000)),
    Case(
        name="crop-flip",
        about="torchvision, image by image / our batches: crop, flip and normalise 128 images",
        amount=Amount("batches", full=30, short=6, tiny=1),
        value=ratio("torchvision", "ours"),
        prepare=crops,
        goal=Goal(10.0),
        devices=DEVICES,
    ),
)
