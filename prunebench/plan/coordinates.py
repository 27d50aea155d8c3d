"""Scientific coordinates: what was asked, resolved; no versions, no places, no spellings.

Two people who ran the same thing have the same coordinates, whether they wrote a milestone as
0.5 or as epoch 80, a rewind point as ``2ep`` or in iterations, or left a cap to the recipe.
"""

from dataclasses import asdict

from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.contracts.settings import resolved
from prunebench.core.digest import Json
from prunebench.core.target import Automatic, Density, Target
from prunebench.plan.configured import Pull
from prunebench.plan.problem import Problem, optimiser_spec
from prunebench.plan.protocol import cap_of
from prunebench.plan.pruning import Pruning
from prunebench.training.recipe import finetune_timetable


def dense_coordinates(problem: Problem, seed: int, pull: Pull | None = None) -> dict[str, Json]:
    """Give what decides a dense network: the shared one, or one with a method's regularizer."""
    found = {**problem_coordinates(problem), "seed": seed}
    return found if pull is None else found | {"regularizer": pull_coordinates(pull)}


def pull_coordinates(pull: Pull) -> dict[str, Json]:
    """Give a regularizer, where it acts, and which density its setting is searched for."""
    return {
        "name": type(pull.regularizer).__name__,
        "settings": resolved(pull.regularizer),
        "groups": list(pull.groups),
        "tuned": None if pull.goal is None else tuning_coordinates(pull, pull.goal),
    }


def tuning_coordinates(pull: Pull, goal: Density) -> dict[str, Json]:
    """Give the density that a setting is searched for, and how."""
    search = pull.by.method.search()
    return {**target_coordinates(goal), "search": None if search is None else asdict(search)}


def trial_coordinates(
    pruning: Pruning, protocol: Protocol, seed: int, draw: int
) -> dict[str, Json]:
    """Give what decides a trial."""
    problem, method = pruning.problem, pruning.method
    return {
        **problem_coordinates(problem),
        "prunable": [problem.recipe.prunable, list(problem.recipe.not_prunable)],
        "method": {"name": method.name, "settings": resolved(method)},
        "target": pruning_target(pruning),
        "between": between_coordinates(pruning),
        "protocol": {"name": protocol.name, **protocol_coordinates(problem, protocol)},
        "seed": seed,
        "draw": draw,
    }


def pruning_target(pruning: Pruning) -> dict[str, Json]:
    """Give how much is to be kept; for a control, whose kept counts those are."""
    if pruning.like is None:
        return target_coordinates(pruning.target)
    like = pruning.like
    return {
        "like": {
            "method": {"name": like.method.name, "settings": resolved(like.method)},
            "target": target_coordinates(like.target),
            "between": between_coordinates(like),
        }
    }


def problem_coordinates(problem: Problem) -> dict[str, Json]:
    """Give data set, model and dense training."""
    facts = problem.dataset.coordinates()
    return {
        "dataset": {
            "name": problem.dataset.name,
            "settings": resolved(problem.dataset) if facts is None else facts,
            "identity": problem.info.identity,
        },
        "model": {"name": problem.model.name, "settings": resolved(problem.model)},
        "training": training_coordinates(problem),
        **({"given": problem.weights.record()} if problem.weights else {}),
    }


def training_coordinates(problem: Problem) -> dict[str, Json]:
    """Give the dense training in steps."""
    recipe, table = problem.recipe, problem.table
    return {
        "steps": table.steps,
        **table.until(table.steps),
        "optimiser": optimiser_spec(recipe),
        "batch": recipe.batch,
        "augmentation": recipe.augmentation,
        "validation": problem.validation,
        "selection": recipe.selection,
        "init": recipe.init,
        "precision": recipe.precision,
        "channels_last": recipe.channels_last,
    }


def target_coordinates(target: Target) -> dict[str, Json]:
    """Give how much is to be kept."""
    if isinstance(target, Density):
        return {"density": target.value, "of": target.of}
    return {"automatic": True} if isinstance(target, Automatic) else {"plan": target.label}


def between_coordinates(pruning: Pruning) -> dict[str, Json]:
    """Give what happens between rounds: the rewind step, the fine-tuning; nothing for one round."""
    ways = {step.after for step in pruning.rounds[:-1]}
    found: dict[str, Json] = {}
    if "rewind" in ways:
        found["rewind"] = pruning.problem.rewind
    if "finetune" in ways:
        found["finetune"] = finetune_coordinates(pruning.problem)
    return found


def finetune_coordinates(problem: Problem, protocol: Protocol | None = None) -> dict[str, Json]:
    """Give a fine-tuning's length in steps and its rate."""
    length, lr = (protocol.length, protocol.lr) if protocol else (None, None)
    table = finetune_timetable(problem.recipe, problem.train_images, length, lr)
    return {"steps": table.steps, "lr": table.lr}


def protocol_coordinates(problem: Problem, protocol: Protocol) -> dict[str, Json]:
    """Give a protocol's start and budget, with just the numbers that they use."""
    found: dict[str, Json] = {"start": str(protocol.start), "budget": str(protocol.budget)}
    if protocol.start is Start.REWIND:
        found["rewind"] = problem.rewind
    if protocol.start is Start.REDRAW:
        found["scale"] = protocol.scale
    if protocol.recalibrate:
        found["recalibrate"] = protocol.images
    if protocol.budget is Budget.FINETUNE:
        found |= finetune_coordinates(problem, protocol)
    if protocol.budget is Budget.SAME_COMPUTE:
        found["cap"] = cap_of(problem, protocol)
        found["extra"] = finetune_coordinates(problem)["steps"] if protocol.add_finetune else 0
    return found
