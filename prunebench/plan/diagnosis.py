"""Diagnoses in a plan: what a training and a deletion did, beyond the test accuracy."""

from prunebench.core.digest import Json
from prunebench.plan.problem import Problem
from prunebench.plan.stage import Stage
from prunebench.plan.stages import Survivors

WHAT = "what"


def training_diagnosis(
    problem: Problem,
    seed: int,
    path: tuple[Survivors, Survivors],
    dense: tuple[Survivors, Survivors] | None,
    title: str,
) -> Stage:
    """Compare a trained network with where its training started, and test it on training images.

    Parameters
    ----------
    problem, seed
        Whose training images.
    path
        The network at the start of the training and at its end.
    dense
        The dense network likewise, where a mask tells which of its weights were kept.
    title
        For the progress display.
    """
    start, end = path
    spec: dict[str, Json] = {
        WHAT: "training",
        **images_spec(problem, seed),
        "scheme": problem.recipe.init if start.weights is None else None,
        "prunable": [layer.name for layer in problem.layout.prunable],
        "start": start.record(),
        "network": end.record(),
        "dense": None if dense is None else [survivors.record() for survivors in dense],
    }
    whole = (*start.needs, *end.needs, *(key for s in dense or () for key in s.needs))
    return Stage("diagnose", spec, tuple(dict.fromkeys(whole)), title, place=problem.place)


def deletion_diagnosis(
    problem: Problem, seed: int, path: tuple[Survivors, Survivors], title: str
) -> Stage:
    """Measure the training loss before and after the last pruning round, with no training between.

    `path` holds the network that the round scored, and what it left.
    """
    before, after = path
    spec: dict[str, Json] = {
        WHAT: "deletion",
        **images_spec(problem, seed),
        "before": before.record(),
        "network": after.record(),
    }
    needs = tuple(dict.fromkeys((*before.needs, *after.needs)))
    return Stage("diagnose", spec, needs, title, place=problem.place)


def images_spec(problem: Problem, seed: int) -> dict[str, Json]:
    """Give what decides which images are training images, and how they are evaluated."""
    return {
        "model": problem.model_spec,
        "data": problem.dataset_spec,
        "validation": problem.validation,
        "seed": seed,
        "device": problem.device,
        "precision": problem.recipe.precision,
        "channels_last": problem.recipe.channels_last,
    }
