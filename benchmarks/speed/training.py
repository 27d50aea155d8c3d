"""Our training loop against the tight loop, step for step.

A turn of ours is a whole training as a run does it: fresh optimiser, schedule, masks with their
check, records of losses, and copies of weights and momenta at the end. In the few steps of a turn
these weigh more than in the thousands of a real training.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from benchmarks.speed.case import Amount, Case, Contest, Goal, Surroundings, ratio
from benchmarks.speed.pairs import duel, timed
from benchmarks.speed.plain import Plain
from benchmarks.speed.workload import Workload
from prunebench.training.batches import Batches
from prunebench.training.loop import Assignment, Trained, train
from prunebench.training.recipe import Recipe, timetable

GREY, COLOUR, DIGIT = (1, 28, 28), (3, 32, 32), (1, 8, 8)
DEVICES = ("cpu", "cuda")
WARM_STEPS = 3
ENDLESS = 10**6

ADAM = Recipe(
    unit="iterations",
    length=ENDLESS,
    batch=60,
    optimiser="adam",
    lr=1.2e-3,
    weight_decay=0.0,
    milestones=(0.5,),
    evaluate_every=100,
)
# Labels are drawn by chance: at the usual rates a network that cannot learn them may diverge.
SGD = Recipe(length=ENDLESS, batch=128, lr=1e-3, channels_last=True)

LENET = Workload("lenet300100", GREY, ADAM, images=60_000)
LENET_SGD = replace(
    LENET, recipe=replace(ADAM, optimiser="sgd", batch=128, lr=0.01), images=128 * 468
)
SMALLCONV = Workload("smallconv", DIGIT, replace(SGD, batch=64), images=64 * 16)
RESNET20 = Workload("resnet20", COLOUR, SGD, images=128 * 100)
VGG16 = Workload(
    "vgg16", COLOUR, replace(SGD, batch=64), images=64 * 200, settings={"variant": "lottery"}
)


class Ours:
    """Our loop over a workload.

    Parameters
    ----------
    work, device
        What is trained, and where network and images lie.
    graphs
        Whether steps are recorded as CUDA graphs, as `--cuda-graphs` asks for.
    """

    def __init__(self, work: Workload, device: torch.device, *, graphs: bool = False) -> None:
        self.device = device
        network = work.network()
        masks = work.masks(network)
        self.network = network.to(device)
        self.assignment = Assignment(
            recipe=work.recipe,
            table=timetable(work.recipe, work.images),
            seed=0,
            batches=Batches(work.split(), work.preprocessing, work.recipe, 0, device),
            validation=work.split(work.validation) if work.validation else None,
            preprocessing=work.preprocessing,
            masks={name: mask.to(device) for name, mask in masks.items()},
            graphs=graphs,
        )

    def turn(self, steps: int) -> float:
        """Give the seconds for `steps` steps."""
        return timed(lambda: self.train(steps), self.device)

    def train(self, steps: int) -> Trained:
        """Train from the first step.

        Raises
        ------
        RuntimeError
            If the training diverged, and so ended early.
        """
        trained = train(self.network, replace(self.assignment, stop=steps))
        if trained.diverged_at is not None:
            msg = f"the training diverged at step {trained.diverged_at}, so its time says nothing."
            raise RuntimeError(msg)
        return trained


def against(work: Workload, other: Workload, where: Surroundings, steps: int) -> Contest:
    """Set our loop over one workload against the tight loop over another."""
    ours, plain = Ours(work.fitted(where), where.device), Plain(other.fitted(where), where.device)
    few = min(WARM_STEPS, steps)
    return duel(
        lambda: ours.turn(steps),
        "plain",
        lambda: plain.turn(steps),
        lambda: (ours.turn(few), plain.turn(few)),
    )


def step_for_step(work: Workload) -> Callable[[Surroundings, int], Contest]:
    """Set both loops to the same work."""
    return partial(against, work, work)


def in_half(work: Workload) -> Callable[[Surroundings, int], Contest]:
    """Set our loop in bfloat16 against the tight loop in float32."""
    return partial(against, replace(work, recipe=replace(work.recipe, precision="bf16")), work)


def loop_case(name: str, work: Workload, amount: Amount, goal: float) -> Case:
    """Make the case of a network trained by both loops."""
    recipe = work.recipe
    checked = f", validation on {work.validation}" if work.validation else ""
    about = f"{work.model}, batch {recipe.batch}, {recipe.optimiser}, masked{checked}"
    return Case(
        name=name,
        about=f"tight loop / our loop: {about}",
        amount=amount,
        value=ratio("plain", "ours"),
        prepare=step_for_step(work),
        goal=Goal(goal),
        devices=DEVICES,
        is_guarded=True,
    )


def half_case(name: str, work: Workload, amount: Amount) -> Case:
    """Make the case of a network trained in bfloat16 by our loop and in float32 by the other."""
    return Case(
        name=name,
        about=f"tight loop in fp32 / our loop in bf16: {work.model}, batch {work.recipe.batch}",
        amount=amount,
        value=ratio("plain", "ours"),
        prepare=in_half(work),
        goal=Goal(1.8),
        devices=DEVICES,
    )


LENET_STEPS = Amount("steps", full=600, short=300, tiny=3, card=2000)
RESNET_STEPS = Amount("steps", full=10, short=3, tiny=1, card=400)
VGG_STEPS = Amount("steps", full=12, short=2, tiny=1, card=300)

CASES = (
    loop_case("lenet-adam", LENET, LENET_STEPS, 0.9),
    loop_case("lenet-validation", replace(LENET, validation=5000), LENET_STEPS, 0.9),
    loop_case("lenet-sgd", LENET_SGD, LENET_STEPS, 0.9),
    loop_case("smallconv", SMALLCONV, Amount("steps", 480, 160, 3, 2000), 0.9),
    loop_case("resnet20", RESNET20, RESNET_STEPS, 0.95),
    loop_case("vgg16", VGG16, VGG_STEPS, 0.95),
    half_case("resnet20-bf16", RESNET20, RESNET_STEPS),
    half_case("vgg16-bf16", VGG16, replace(VGG_STEPS, short=0)),
)
