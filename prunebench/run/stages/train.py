"""Train a network along the part of a trajectory that the stage names."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from math import floor
from typing import Any

import torch
from torch import Tensor

from prunebench.core.digest import Json
from prunebench.run.bench import Bench
from prunebench.run.memory import MemoryWatch
from prunebench.run.network import Survivor, make_survivor, prunable_density
from prunebench.run.regularised import Regularised, regularise
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact, grouped
from prunebench.training.batches import Batches
from prunebench.training.loop import Assignment, Trained, train
from prunebench.training.recipe import Recipe, Timetable, stretched_timetable


@dataclass(frozen=True)
class Schedule:
    """When a stage's training begins and ends, resolved.

    Parameters
    ----------
    table
        In steps.
    start, stop
        First step, and the step after the last.
    ratio
        R of Scratch-B before the cap; None elsewhere.
    """

    table: Timetable
    start: int
    stop: int
    ratio: float | None = None


def train_stage(bench: Bench, task: Task) -> Artifact:
    """Train and keep the last state, the selected state, and for dense nets the optimiser's."""
    spec: Mapping[str, Any] = task.spec
    survivor = make_survivor(bench, spec)
    recipe = recipe_of(spec)
    schedule = schedule_of(spec, recipe, survivor, images_of(bench, task))
    survivor.network.to(spec["numerics"]["device"])
    term = regularise(bench, task, survivor.network)
    assignment = assign(bench, task, survivor, (recipe, schedule))
    if term is not None:
        assignment = replace(assignment, penalty=term.penalty, after_step=term.after_step)
    resume = resume_state(bench, task, survivor) if task.resume else None
    if resume is not None:
        assignment = resumed(assignment, resume)
    with MemoryWatch() as memory:
        trained = train(
            survivor.network,
            assignment,
            resume=None if resume is None else resume.part("optimiser"),
            progress=bench.progress,
        )
    record = record_of(trained, schedule, survivor) | {"peak_memory": memory.peak}
    attached: Mapping[str, Tensor] = {}
    if term is not None:
        attached, trained = trained.last, folded(trained, term)
    if resume is not None:
        record |= added_up(record, resume.record)
    tensors = states(trained, dense=survivor.pruning is None) | grouped(attached=attached)
    return Artifact(record, tensors)


def folded(trained: Trained, term: Regularised) -> Trained:
    """Give the outcome for the plain network."""
    last = term.plain(trained.last)
    is_last = trained.selected is trained.last
    return replace(trained, last=last, selected=last if is_last else term.plain(trained.selected))


def images_of(bench: Bench, task: Task) -> int:
    """Count the training images."""
    _, split, _ = bench.training_data(task)
    return len(split.labels)


def recipe_of(spec: Mapping[str, Any]) -> Recipe:
    """Read the part of a recipe that the loop needs from a spec."""
    optimiser, numerics = spec["optimiser"], spec["numerics"]
    return Recipe(
        name="stage",
        batch=spec["batch"],
        optimiser=optimiser["name"],
        momentum=optimiser.get("momentum", 0.0),
        nesterov=optimiser.get("nesterov", False),
        weight_decay=optimiser["weight_decay"],
        augmentation=spec["augmentation"],
        selection=spec["selection"],
        precision=numerics["precision"],
        channels_last=numerics["channels_last"],
        lr=spec["schedule"]["lr"],
    )


def schedule_of(
    spec: Mapping[str, Any], recipe: Recipe, survivor: Survivor, images: int
) -> Schedule:
    """Resolve a spec's schedule; Scratch-B's length is known only now."""
    said = spec["schedule"]
    if said.get("rule") == "same-compute":
        return stretch(said, recipe, survivor, images)
    table = Timetable(
        steps=said["stop"],
        epoch_steps=said["epoch_steps"],
        lr=said["lr"],
        milestones=tuple(said["milestones"]),
        decay=1.0 if said["decay"] is None else said["decay"],
        warmup=said["warmup"],
        evaluate_every=said["evaluate_every"],
    )
    return Schedule(table, said["start"], said["stop"])


def stretch(said: Mapping[str, Any], recipe: Recipe, survivor: Survivor, images: int) -> Schedule:
    """Lengthen a training until it costs as much as the dense one (Liu et al. 2019, section 3)."""
    assert survivor.pruning is not None
    sizes: Mapping[str, Any] = survivor.pruning.record
    dense, kept = sizes["macs_dense"], max(sizes["macs_sparse"], 1)
    length = same_compute(said["length"], dense, kept, said["cap"]) + said["extra"]
    whole = Recipe(
        **{
            **asdict(recipe),
            "finetune": recipe.finetune,
            "unit": said["unit"],
            "length": said["length"],
            "lr": said["lr"],
            "milestones": tuple(said["milestones"]),
            "decay": said["decay"],
            "warmup": said["warmup"],
            "evaluate_every": said["evaluate_every"],
        }
    )
    table = stretched_timetable(whole, images, length)
    return Schedule(table, said["start"], table.steps, dense / kept)


def same_compute(length: int, dense: int, kept: int, cap: float | None) -> int:
    """Give floor(length · min(dense / kept, cap)) in exact integers.

    >>> same_compute(160, 313463808, 206279680, None)
    243
    """
    free = length * dense // kept
    return free if cap is None else min(free, floor(length * Fraction(repr(float(cap)))))


def assign(
    bench: Bench, task: Task, survivor: Survivor, course: tuple[Recipe, Schedule]
) -> Assignment:
    """Put together what the loop needs."""
    recipe, schedule = course
    info, split, validation = bench.training_data(task)
    seed = int(str(task.spec["seed"]))
    device = torch.device(str(task.spec["numerics"]["device"]))  # type: ignore[call-overload, index]
    return Assignment(
        recipe=recipe,
        table=schedule.table,
        seed=seed,
        batches=Batches(split, info.preprocessing, recipe, seed, device),
        validation=validation,
        preprocessing=info.preprocessing,
        masks=survivor.masks,
        start=schedule.start,
        stop=schedule.stop,
        graphs=bench.graphs,
    )


def resume_state(bench: Bench, task: Task, survivor: Survivor) -> Artifact | None:
    """Load an earlier step of the same training into the network, if all of it is still there."""
    if task.resume is None or not bench.store.has_tensors(task.resume):
        return None
    earlier = bench.artifact(task.resume)
    if earlier.record["status"] != "ok" or not earlier.part("optimiser"):
        return None
    survivor.network.load_state_dict(earlier.part("attached") or earlier.part("last"))
    return earlier


def resumed(assignment: Assignment, earlier: Artifact) -> Assignment:
    """Begin where the earlier training ended."""
    return replace(assignment, start=int(str(earlier.record["stop"])))


def added_up(record: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Json]:
    """Add what the earlier steps cost, so that a ledger does not depend on who went them."""
    return {name: record[name] + earlier[name] for name in ("images_seen", "seconds")}


def states(trained: Trained, *, dense: bool) -> dict[str, Tensor]:
    """Choose the tensors to keep: `selected` where it differs, the optimiser's of dense nets."""
    groups = {"last": trained.last}
    if trained.selected is not trained.last:
        groups["selected"] = trained.selected
    if dense:
        groups["optimiser"] = trained.optimiser
    return grouped(**groups)


def record_of(trained: Trained, schedule: Schedule, survivor: Survivor) -> dict[str, Json]:
    """Write down how the training went."""
    curve = trained.curve
    sizes: Mapping[str, Any] = survivor.pruning.record["layer_sizes"] if survivor.pruning else {}  # type: ignore[assignment]
    diverged = trained.diverged_at
    steps = (schedule.stop if diverged is None else diverged) - schedule.start
    return {
        "status": "ok" if diverged is None else "diverged",
        "diverged_at": diverged,
        "start": schedule.start,
        "stop": schedule.stop,
        "steps": steps,
        "epochs": steps / schedule.table.epoch_steps,
        "images_seen": trained.images_seen,
        "seconds": trained.seconds,
        "curve": {name: list(values) for name, values in asdict(curve).items()},
        "selected_step": trained.selected_step,
        "budget_ratio": schedule.ratio,
        # A diverged network has NaN under its mask too.
        "density": (prunable_density(survivor, sizes) if sizes else 1.0)
        if diverged is None
        else None,
    }
