"""Search a regularizer's setting for a density, on short trainings from the same start."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, log
from time import perf_counter
from typing import Any

from prunebench.contracts.regularizer import Search
from prunebench.core.digest import Json
from prunebench.core.quota import Positive
from prunebench.run.bench import Bench
from prunebench.run.network import make_survivor
from prunebench.run.pruning import Pruning
from prunebench.run.regularised import regularise
from prunebench.run.stages.train import Schedule, assign, images_of, recipe_of, schedule_of
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact
from prunebench.training.loop import train
from prunebench.training.recipe import Timetable

NEAR = 0.05
"""A density within this fraction of the goal ends the search."""


@dataclass(frozen=True)
class Short:
    """One short training: the setting's value, the density reached, what it cost."""

    value: float
    density: float
    images: int
    status: str


def tune_stage(bench: Bench, task: Task) -> Artifact:
    """Bisect the setting's logarithm; the value whose short training came nearest is chosen.

    A value at which training diverged is chosen only where it did so at all of them.
    """
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    search, goal = spec["search"], float(spec["density"])
    low, high = log(search["low"]), log(search["high"])
    tried: list[Short] = []
    while len(tried) < search["runs"]:
        middle = (low + high) / 2
        tried.append(train_short(bench, task, exp(middle)))
        if abs(tried[-1].density - goal) <= NEAR * goal:
            break
        low, high = (middle, high) if tried[-1].density > goal else (low, middle)
    best = min(tried, key=lambda short: (short.status != "ok", abs(short.density - goal)))
    images = images_of(bench, task)
    seen = sum(short.images for short in tried)
    record: dict[str, Json] = {
        "status": best.status,
        "setting": search["setting"],
        "value": best.value,
        "reached": best.density,
        "tried": [{"value": short.value, "density": short.density} for short in tried],
        "images_seen": seen,
        "epochs": seen / images,
        "seconds": perf_counter() - began,
    }
    return Artifact(record)


def train_short(bench: Bench, task: Task, value: float) -> Short:
    """Train for a part of the whole length with a stronger pull, and measure what is left."""
    spec: Mapping[str, Any] = task.spec
    search = Search(**spec["search"])
    survivor = make_survivor(bench, spec)
    survivor.network.to(spec["numerics"]["device"])
    recipe = recipe_of(spec)
    whole = schedule_of(spec, recipe, survivor, images_of(bench, task)).table
    table = shortened(whole, search.steps(whole.steps))
    strength = value * whole.steps / table.steps
    term = regularise(bench, task, survivor.network, strength)
    assert term is not None
    assignment = replace(
        assign(bench, task, survivor, (recipe, Schedule(table, 0, table.steps))),
        validation=None,
        penalty=term.penalty,
        after_step=term.after_step,
    )
    trained = train(survivor.network, assignment, progress=bench.progress)
    status = "ok" if trained.diverged_at is None else "diverged"
    if status == "diverged":  # too strong: what it left counts as nothing
        return Short(value, 0.0, trained.images_seen, status)
    density = reached(bench, task, term.plain(trained.last))
    return Short(value, density, trained.images_seen, status)


def shortened(table: Timetable, steps: int) -> Timetable:
    """Give a shorter timetable of the same shape; warmup stays as long as it is."""
    return replace(
        table,
        steps=steps,
        milestones=tuple(milestone * steps // table.steps for milestone in table.milestones),
        evaluate_every=steps,
    )


def reached(bench: Bench, task: Task, state: Mapping[str, Any]) -> float:
    """Measure the density of what the method would keep of a folded network."""
    spec: Mapping[str, Any] = task.spec
    groups = spec["regularizer"]["groups"]
    asked = {**spec, "groups": groups, "device": spec["numerics"]["device"]}
    work = Pruning(bench, task, asked, state)
    work.prune(Positive(), 0, finite=True)
    return work.density(str(spec["of"]))
