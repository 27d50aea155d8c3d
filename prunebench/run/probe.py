"""Measure how fast this machine trains and evaluates the networks of a plan, for seconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from prunebench.core.mask import Mask
from prunebench.core.surgery import cut
from prunebench.plan.stage import Stage
from prunebench.run.costs import Rates, measured, usual_image, usual_step
from prunebench.run.network import build
from prunebench.run.numerics import settled
from prunebench.run.regularised import regularise
from prunebench.run.sizes import Sizes
from prunebench.run.stages.train import recipe_of
from prunebench.run.task import task_of
from prunebench.run.workload import Work
from prunebench.training.batches import Batches
from prunebench.training.evaluate import evaluate, usual_batch
from prunebench.training.images import Split
from prunebench.training.loop import Assignment, train
from prunebench.training.recipe import Timetable

STEP_LIMIT = 0.3
"""A step that is thought to take longer is measured with a smaller batch, and scaled."""

LEAST_BATCH = 8
"""Smaller batches say too little of whole ones."""

ROUNDS = 3
"""Trainings whose median counts."""

MOST_STEPS = 300
"""Steps of each at most."""

PORTIONS = 4
"""Of many trainings the dearest may take this part of the time that is left."""


@dataclass(frozen=True)
class Subject:
    """What is to be measured: a stage that trains, and what it asks.

    Parameters
    ----------
    stage, work
        With the whole network.
    cut
        A training of the same kind with a network that is cut, and what it asks; or None.
    """

    stage: Stage
    work: Work
    cut: tuple[Stage, Work] | None = None

    @property
    def networks(self) -> list[tuple[Stage, Work]]:
        """The whole network, then the cut one if there is one."""
        return [(self.stage, self.work), *([self.cut] if self.cut else [])]


def probe(sizes: Sizes, subjects: Sequence[Subject], budget: float) -> Rates:
    """Measure training steps and evaluation until the time is up.

    Parameters
    ----------
    sizes
        Of the plan's networks.
    subjects
        Those that matter most first; what the time does not suffice for is scaled from the rest.
    budget
        Seconds, roughly.
    """
    began = perf_counter()
    step: dict[str, float] = {}
    image: dict[str, float] = {}
    exponent: dict[str, float] = {}
    with settled():
        for number, subject in enumerate(subjects):
            left = budget - (perf_counter() - began)
            if number and left <= 0:
                break
            work = subject.work
            stands = [Stand(sizes, stage) for stage, _ in subject.networks]
            share = left / min(len(subjects) - number, PORTIONS) / 2
            seconds = step_seconds(stands, [asked for _, asked in subject.networks], share)
            step[work.training] = seconds[0]
            if work.network not in image:
                image[work.network] = stands[0].image_seconds(work, share)
            if subject.cut is not None:
                exponent[work.training] = power(subject.cut[1].share, seconds[1] / seconds[0])
    return measured([subject.work for subject in subjects], step, image, exponent)


def power(share: float, time: float) -> float:
    """Give the exponent that turns a share of the multiply-adds into a share of the time.

    Between 0, where the time does not care, and 1.2.

    >>> power(0.25, 0.5), power(0.5, 1.1)
    (0.5, 0.0)
    """
    return min(max(log(time) / log(share), 0.0), 1.2) if share < 1.0 else 1.0


def step_seconds(stands: "Sequence[Stand]", works: Sequence[Work], budget: float) -> list[float]:
    """Time training steps of the project's own loop; what a training takes once is left out.

    Networks take turns, so that whatever else the machine does meets all alike.
    """
    began = perf_counter()
    batch = stands[0].spec["batch"]
    thought = usual_step(works[0])
    if thought > STEP_LIMIT:
        batch = min(batch, max(LEAST_BATCH, int(batch * STEP_LIMIT / thought)))
    for stand in stands:
        stand.train(batch, 1)
    once = [stand.train(batch, 1) for stand in stands]
    left = budget - (perf_counter() - began)
    steps = min(max(int(left / ROUNDS / sum(once)), 1), MOST_STEPS)
    turns = [[stand.train(batch, 1 + steps) for stand in stands]]
    while len(turns) < ROUNDS and perf_counter() - began < budget:
        turns.append([stand.train(batch, 1 + steps) for stand in stands])
    took = [median(column) for column in zip(*turns, strict=True)]
    # Where a step is short beside what comes once, noise must not make it vanish.
    each = [max((t - o) / steps, t / (2 * steps + 2)) for t, o in zip(took, once, strict=True)]
    return [seconds * stands[0].spec["batch"] / batch for seconds in each]


class Stand:
    """A test stand: the network of a training, and blank labels for noise of its shape.

    Parameters
    ----------
    sizes
        Of the plan's networks.
    stage
        A training or a search.
    """

    def __init__(self, sizes: Sizes, stage: Stage) -> None:
        self.spec: dict[str, Any] = {**stage.spec}
        self.sizes, self.stage = sizes, stage
        self.preprocessing = sizes.info(stage).preprocessing
        self.device = torch.device(self.spec["numerics"]["device"])
        self.masks: dict[str, Tensor] = {}
        self.network = self.build().to(self.device)
        pull = self.spec["regularizer"]
        strength = 0.0 if pull and pull["tuned"] else None  # what is still to be searched
        self.term = regularise(sizes.bench, task_of(stage), self.network, strength)

    def build(self) -> nn.Module:
        """Build the network as it will be trained: cut, masked (by masks that keep all), dense."""
        model = self.spec["model"]
        network, groups = build(self.sizes.bench.model(model), model)
        key = self.spec["network"]["mask"]
        prune = None if key is None else self.sizes.stages[key]
        if prune is None:
            return network
        if self.sizes.is_cut(prune):
            counts = self.sizes.counts(prune)
            sizes = {group.name: group.size for group in groups if group.name in counts}
            kept = {name: torch.arange(size) < counts[name] for name, size in sizes.items()}
            return cut(network, groups, Mask(kept))
        prunable: Any = prune.spec["prunable"]
        for name in prunable:
            weight = network.get_parameter(f"{name}.weight")
            self.masks[f"{name}.weight"] = torch.ones_like(weight, dtype=torch.bool)
        return network

    def noise(self, count: int) -> Split:
        """Draw images and labels of the right shape."""
        shape, classes = self.spec["model"]["shape"], self.spec["model"]["classes"]
        images = torch.randint(0, 256, (count, *shape), dtype=torch.uint8)
        return Split(images.to(self.device), (torch.arange(count) % classes).to(self.device))

    def train(self, batch: int, steps: int) -> float:
        """Time a training of a few steps whose rate is zero."""
        recipe = recipe_of({**self.spec, "batch": batch, "schedule": {"lr": 0.0}})
        split = self.noise(4 * batch)
        batches = Batches(split, self.preprocessing, recipe, 0, self.device)
        table = Timetable(steps, batches.epoch_steps, 0.0, (), 1.0, 0, steps)
        assignment = Assignment(recipe, table, 0, batches, None, self.preprocessing, self.masks)
        if self.term is not None:
            assignment = replace(
                assignment, penalty=self.term.penalty, after_step=self.term.after_step
            )
        return train(self.network, assignment, progress=lambda _done, _total: None).seconds

    def image_seconds(self, work: Work, budget: float) -> float:
        """Time evaluations, by the image."""
        usual = usual_batch(self.noise(1), self.device)
        affordable = int(budget / ROUNDS / max(usual_image(work), 1e-9))
        count = min(usual, affordable, self.sizes.info(self.stage).test)
        split = self.noise(max(LEAST_BATCH, count))
        precision = self.spec["numerics"]["precision"]
        took = []
        for _ in range(ROUNDS + 1):
            began = perf_counter()
            evaluate(self.network, split, self.preprocessing, precision=precision)
            took.append(perf_counter() - began)
        return median(took[1:]) / len(split.labels)
