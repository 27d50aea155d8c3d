"""The training loop, written against a tight plain-PyTorch loop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from time import perf_counter

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.core.random import counter_seed
from prunebench.training.batches import Batches, Picked
from prunebench.training.curve import (
    Curve,
    Point,
    Record,
    Selected,
    interval_ends,
    pack,
    unpack,
)
from prunebench.training.evaluate import evaluate
from prunebench.training.heartbeat import Heartbeat, Progress
from prunebench.training.images import Preprocessing, Split
from prunebench.training.masking import Masking
from prunebench.training.optimiser import make_optimiser
from prunebench.training.precision import autocast, products
from prunebench.training.recipe import Recipe, Timetable
from prunebench.training.replay import Replay
from prunebench.training.state import (
    all_finite,
    load_optimiser_state,
    optimiser_state,
    snapshot,
)


@dataclass(frozen=True)
class Assignment:
    """What one training is.

    Parameters
    ----------
    recipe, table
        How to train, and its schedule in steps.
    seed
        Decides dropout; order and augmentation come from `batches`.
    batches
        Training images on the network's device.
    validation
        Held-out images, or None.
    preprocessing
        For the validation images.
    masks
        Boolean by parameter name (``"conv1.weight"``), of the parameter's shape; True = kept.
    penalty
        A scalar to add to the loss of every step, or None for nothing.
    after_step
        Changes the network after every step, given the step's learning rate; must leave masked
        entries at zero.
    start, stop
        First step, and the step before which training ends (None: the table's length).
    graphs
        Whether steps are recorded as CUDA graphs where they can be: on a card, without `penalty`
        and `after_step`.
    """

    recipe: Recipe
    table: Timetable
    seed: int
    batches: Batches
    validation: Split | None
    preprocessing: Preprocessing
    masks: Mapping[str, Tensor]
    penalty: Callable[[nn.Module], Tensor | None] | None = None
    after_step: Callable[[nn.Module, float], None] | None = None
    start: int = 0
    stop: int | None = None
    graphs: bool = False

    @property
    def end(self) -> int:
        """Step before which training ends."""
        return self.table.steps if self.stop is None else self.stop


@dataclass(frozen=True)
class Trained:
    """What a training gives.

    Parameters
    ----------
    last, selected
        State dicts on the CPU after the last step, and after the step that validation chose
        (the same without validation).
    selected_step
        Optimiser steps before `selected`.
    optimiser
        Flat tensors for `resume`: momenta, the curve and the selection so far.
    curve
        From the beginning of the trajectory, also after `resume`. Its last entry is the end of
        this training even between two regular evaluations.
    diverged_at
        Evaluation step at which a loss or a weight was not finite; training ended there.
    images_seen, seconds
        Training images and wall time of this training alone, evaluation included.
    """

    last: dict[str, Tensor]
    selected: dict[str, Tensor]
    selected_step: int
    optimiser: dict[str, Tensor]
    curve: Curve
    diverged_at: int | None
    images_seen: int
    seconds: float


def train(
    network: nn.Module,
    assignment: Assignment,
    *,
    resume: Mapping[str, Tensor] | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Change a network by training it from `assignment.start` to `assignment.stop`.

    Steps [0, k) followed by [k, T) with `resume` give the bits of [0, T). The caller's global
    random state is left alone.

    Parameters
    ----------
    resume
        The `Trained.optimiser` of the training that ended at `start`, whose `last` the network
        holds; None for a fresh optimiser.

    Raises
    ------
    ContractError
        If `after_step` revives a masked entry.
    """
    began = perf_counter()
    if assignment.recipe.channels_last:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stub
    network.train()
    network.zero_grad()
    loop = Loop(network, assignment, progress)
    record = loop.restore(resume) if resume else Record()
    cards = [loop.device] if loop.device.type == "cuda" else []
    with torch.random.fork_rng(cards), products(assignment.recipe.precision):
        ending = loop.run(record)
    last = snapshot(network)
    selected = ending.record.selected
    return Trained(
        last=last,
        selected=dict(selected.state) if selected else last,
        selected_step=selected.step if selected else ending.step,
        optimiser=optimiser_state(loop.optimiser) | pack(ending.resumable),
        curve=ending.record.curve,
        diverged_at=ending.diverged_at,
        images_seen=loop.images_seen,
        seconds=perf_counter() - began,
    )


@dataclass(frozen=True)
class Ending:
    """How a training ended.

    Parameters
    ----------
    step
        Step before which it ended.
    record
        With the evaluation at the end.
    resumable
        With that evaluation only if a longer training would make it too.
    diverged_at
        As in `Trained`.
    """

    step: int
    record: Record
    resumable: Record
    diverged_at: int | None = None


class Loop:
    """One training under way: the network with what surrounds it.

    Parameters
    ----------
    network, assignment, progress
        As in `train`.
    """

    def __init__(
        self, network: nn.Module, assignment: Assignment, progress: Progress | None
    ) -> None:
        self.network = network
        self.assignment = assignment
        self.device = next(network.parameters()).device
        self.masking = Masking(network, assignment.masks)
        self.masking.apply()
        self.optimiser = make_optimiser(network, assignment.recipe)
        self.chance = global_generator(self.device)
        self.heartbeat = Heartbeat(progress, assignment.start, assignment.end)
        self.images_seen = 0
        plain = assignment.penalty is None and assignment.after_step is None
        recordable = assignment.graphs and plain and self.device.type == "cuda"
        self.replay = Replay(self.move, self.device) if recordable else None

    def restore(self, resume: Mapping[str, Tensor]) -> Record:
        """Take over the momenta and the record of the training before."""
        load_optimiser_state(self.optimiser, resume)
        return unpack(resume)

    def run(self, record: Record) -> Ending:
        """Train interval by interval; evaluate, judge and check the masks after each."""
        start, every = self.assignment.start, self.assignment.table.evaluate_every
        ending = Ending(start, record, record)
        for end in interval_ends(start, self.assignment.end, every):
            running = self.advance(ending.step, end, ending.record)
            point = self.observe(end, running)
            if point is None:
                return Ending(end, running, running, diverged_at=end)
            self.masking.check(end)
            judged = self.judge(running, point)
            ending = Ending(end, judged, running if end % every else judged)
        return ending

    def advance(self, begin: int, end: int, record: Record) -> Record:
        """Take the steps from `begin` to `end` (exclusive); the losses are summed on the device."""
        total = torch.tensor(record.loss, dtype=torch.float64, device=self.device)
        for number in range(begin, end):
            total += self.step(number)
            self.heartbeat.beat(number)
        return replace(record, loss=float(total), steps=record.steps + end - begin)

    def step(self, number: int) -> Tensor:
        """Take one optimiser step and give the batch's mean cross entropy."""
        work = self.assignment
        picked, lr = work.batches.pick(number), work.table.rate(number)
        self.images_seen += len(picked.index)
        # Seeded for every network: dropout may be a function call that no module shows.
        self.chance.manual_seed(counter_seed(work.seed, "dropout", number))
        if self.replay is not None and self.replay.fits(picked):
            return self.replay(picked, lr)
        loss = self.move(picked, lr)
        if work.after_step:
            with torch.no_grad():
                work.after_step(self.network, lr)
        return loss

    def move(self, picked: Picked, lr: float | Tensor) -> Tensor:
        """Change the network by one step on some images; nothing here waits for the device."""
        work = self.assignment
        inputs, labels = work.batches.gather(picked)
        with autocast(self.device, work.recipe.precision):
            outputs = self.network(inputs)
        loss = F.cross_entropy(outputs.float(), labels)
        penalty = work.penalty(self.network) if work.penalty else None
        (loss if penalty is None else loss + penalty).backward()
        self.optimiser.step(lr)
        self.masking.apply()
        return loss.detach()

    def observe(self, step: int, record: Record) -> Point | None:
        """Evaluate after `step` steps; None if a loss or a weight is not finite."""
        train_loss = record.loss / record.steps
        if not (isfinite(train_loss) and all_finite(self.network)):
            return None
        work = self.assignment
        if work.validation is None:
            return Point(step, train_loss)
        result = evaluate(
            self.network, work.validation, work.preprocessing, precision=work.recipe.precision
        )
        if not isfinite(result.loss):
            return None
        return Point(step, train_loss, result.loss, result.accuracy)

    def judge(self, record: Record, point: Point) -> Record:
        """Add a point to the record, and the network's state where it is the best so far."""
        score = point.score(self.assignment.recipe.selection)
        if score is None or not record.is_beaten_by(score):
            return record.after(point, record.selected)
        return record.after(point, Selected(point.step, score, snapshot(self.network)))


def global_generator(device: torch.device) -> torch.Generator:
    """Give the generator that dropout draws from on a device."""
    if device.type == "cuda":
        generators: tuple[torch.Generator, ...] = torch.cuda.default_generators
        return generators[device.index]
    return torch.default_generator
