"""What a device could do at most, and what several processes on it reach together.

The cases run on a processor too; they were written for a GPU, where small networks are bound by
launches and large ones by the card.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from benchmarks.speed.case import Amount, Case, Contest, Surroundings, ratio, seconds, share
from benchmarks.speed.ceiling import Ceiling, step_operations
from benchmarks.speed.crowd import crowd_seconds
from benchmarks.speed.pairs import duel
from benchmarks.speed.training import (
    DEVICES,
    LENET,
    LENET_STEPS,
    RESNET20,
    RESNET_STEPS,
    VGG16,
    VGG_STEPS,
    WARM_STEPS,
    Ours,
)
from benchmarks.speed.workload import Workload
from prunebench.training.recipe import Precision

CELL_STEPS = 160 * 782
"""Table 11 of Liu et al. 2019: VGG-16 on CIFAR-10, 160 epochs of 50,000 images in batches of 64."""

PROCESSES = {"cpu": 2, "cuda": 4}

CELL = replace(VGG16, recipe=replace(VGG16.recipe, augmentation="crop-flip"), images=50_000)


def below_ceiling(work: Workload, where: Surroundings, steps: int) -> Contest:
    """Set steps against matrix products with as many operations."""
    work = work.fitted(where)
    ours, ceiling = Ours(work, where.device), Ceiling(where.device, work.recipe.precision)
    operations = steps * step_operations(work)
    return Contest(
        (lambda: {"ours": ours.turn(steps)}, lambda: {"products": operations / ceiling.rate()}),
        lambda: ours.turn(min(WARM_STEPS, steps)),
    )


def ceiling_case(name: str, work: Workload, amount: Amount) -> Case:
    """Make the case of a network's steps and the device's ceiling."""
    batch, precision = work.recipe.batch, work.recipe.precision
    return Case(
        name=name,
        about=f"share of the measured peak in {precision}: {work.model}, batch {batch}",
        amount=amount,
        value=share("products", "ours"),
        prepare=partial(below_ceiling, work),
        devices=DEVICES,
    )


def together(name: str, where: Surroundings, steps: int) -> Contest:
    """Set several processes against one, by the steps that they take in all."""
    count = PROCESSES[where.device.type]

    def turn(side: str, number: int) -> Callable[[], dict[str, float]]:
        return lambda: {side: crowd_seconds(number, name, steps, where.device) / number}

    return Contest((turn("ours", count), turn("one", 1)))


def crowd_case(name: str, work: str, amount: Amount) -> Case:
    """Make the case of several processes."""
    return Case(
        name=name,
        about=f"one process / several at a time (2, on a GPU 4), by steps: {work}",
        amount=amount,
        value=ratio("one", "ours"),
        prepare=partial(together, work),
        devices=DEVICES,
        repeats=5,
    )


def cell(precision: Precision, where: Surroundings, steps: int) -> Contest:
    """Measure steps of the published training, and say what all of them would take."""
    ours = Ours(in_precision(CELL, precision).fitted(where), where.device)
    scale = CELL_STEPS / steps
    return Contest(
        (lambda: {"ours": scale * ours.turn(steps)},), lambda: ours.turn(min(WARM_STEPS, steps))
    )


def in_precision(work: Workload, precision: Precision) -> Workload:
    """Give a workload in another precision."""
    return replace(work, recipe=replace(work.recipe, precision=precision))


def cell_case(name: str, precision: Precision, amount: Amount, *, whole: bool = False) -> Case:
    """Make the case of a training of 160 epochs."""
    how = "in full" if whole else "extrapolated"
    return Case(
        name=name,
        about=f"vgg16, CIFAR-10's size, 160 epochs, crop and flip, {precision}, {how}",
        amount=amount,
        value=seconds("ours"),
        prepare=partial(cell, precision),
        devices=DEVICES,
        repeats=1 if whole else 3,
        on_request=whole,
    )


def graph_case(name: str, work: Workload, amount: Amount) -> Case:
    """Make the case of steps that are recorded as CUDA graphs."""
    return Case(
        name=name,
        about=f"our loop as it is / with CUDA graphs: {work.model}, batch {work.recipe.batch}",
        amount=amount,
        value=ratio("launched", "ours"),
        prepare=partial(recorded, work),
        devices=("cuda",),
    )


def recorded(work: Workload, where: Surroundings, steps: int) -> Contest:
    """Set our loop with CUDA graphs against our loop without."""
    ours, launched = (
        Ours(work.fitted(where), where.device, graphs=recording) for recording in (True, False)
    )
    few = min(WARM_STEPS, steps)
    return duel(
        lambda: ours.turn(steps),
        "launched",
        lambda: launched.turn(steps),
        lambda: (ours.turn(few), launched.turn(few)),
    )


CELL_AMOUNT = Amount("", full=8, short=0, tiny=1, card=800)
WHOLE = Amount("", full=CELL_STEPS, short=0, tiny=1)

CASES = (
    ceiling_case("peak-lenet", LENET, replace(LENET_STEPS, short=0)),
    ceiling_case("peak-resnet20", RESNET20, replace(RESNET_STEPS, short=0)),
    ceiling_case("peak-vgg16", VGG16, replace(VGG_STEPS, short=0)),
    replace(
        ceiling_case("peak-vgg16-tf32", in_precision(VGG16, "tf32"), VGG_STEPS), devices=("cuda",)
    ),
    ceiling_case("peak-vgg16-bf16", in_precision(VGG16, "bf16"), replace(VGG_STEPS, short=0)),
    graph_case("graphs-lenet", LENET, LENET_STEPS),
    graph_case("graphs-resnet20", RESNET20, RESNET_STEPS),
    crowd_case("processes-lenet", "lenet", Amount("steps", 1500, 0, 3, card=4000)),
    crowd_case("processes-resnet20", "resnet20", Amount("steps", 12, 0, 1, card=600)),
    cell_case("cell-vgg16", "fp32", CELL_AMOUNT),
    cell_case("cell-vgg16-bf16", "bf16", CELL_AMOUNT),
    cell_case("cell-vgg16-whole", "fp32", WHOLE, whole=True),
)
