"""Write the specs of stages: what enters a key, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass

from prunebench.contracts.method import Method
from prunebench.contracts.settings import resolved
from prunebench.core.digest import Json
from prunebench.core.quota import Overall, PerLayer, Quota, Within
from prunebench.plan.course import Course, schedule_spec
from prunebench.plan.problem import Problem
from prunebench.plan.stage import Stage
from prunebench.plugin.offer import Offer
from prunebench.training.recipe import Recipe


@dataclass(frozen=True)
class Survivors:
    """A network to train or evaluate: whose weights, under which mask.

    Parameters
    ----------
    weights
        Key of the stage whose weights are taken; None for a cut net's own initialisation.
    mask
        Key of the prune stage; None for the dense network.
    scale
        ``"sparse-he"`` redraws every kernel at the kept fan; ``"same"`` takes weights as they are.
    repaired
        Whether the method's reconstructed weights replace those of the same name.
    draw
        Number of the fresh draw, where weights are drawn.
    cut_by
        Key of the prune stage that had already cut the network whose weights are taken: an
        earlier round's, where channels are pruned in rounds with training between them.
    """

    weights: str | None
    mask: str | None = None
    scale: str = "same"
    repaired: bool = False
    draw: int = 0
    cut_by: str | None = None

    def record(self) -> dict[str, Json]:
        """Give the network as JSON."""
        return {
            "weights": self.weights,
            "mask": self.mask,
            "scale": self.scale,
            "repaired": self.repaired,
            "draw": self.draw,
            "cut_by": self.cut_by,
        }

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the stages it is made from."""
        return tuple(key for key in (self.weights, self.mask, self.cut_by) if key is not None)


def init_stage(problem: Problem, seed: int, purpose: str, draw: int = 0) -> Stage:
    """Draw fresh dense weights; `purpose` is ``"init"`` or ``"redraw"``."""
    spec: dict[str, Json] = {
        "model": dict(problem.model_spec),
        "scheme": problem.recipe.init,
        "seed": seed,
        "purpose": purpose,
        "draw": draw,
    }
    title = f"{purpose} {problem.model_label} seed {seed}"
    return Stage("init", spec, (), title, place=problem.place)


def optimiser_spec(recipe: Recipe) -> dict[str, Json]:
    """Give the fields that the optimiser really uses."""
    spec: dict[str, Json] = {"name": recipe.optimiser, "weight_decay": recipe.weight_decay}
    if recipe.optimiser == "sgd":
        spec |= {"momentum": recipe.momentum, "nesterov": recipe.nesterov}
    return spec


def training_spec(problem: Problem, seed: int) -> dict[str, Json]:
    """Give what all trainings of a problem and a seed have in common."""
    recipe = problem.recipe
    validation: Json = "fixed" if problem.info.validation else recipe.validation
    return {
        "model": dict(problem.model_spec),
        "data": dict(problem.dataset_spec),
        "optimiser": optimiser_spec(recipe),
        "batch": recipe.batch,
        "augmentation": recipe.augmentation,
        "validation": validation,
        "selection": recipe.selection,
        "seed": seed,
        "numerics": {
            "device": problem.device,
            "dtype": recipe.dtype,
            "channels_last": recipe.channels_last,
            "threads": 1,
        },
    }


def train_stage(
    problem: Problem,
    seed: int,
    survivors: Survivors,
    course: Course,
    title: str,
    by: "Configured | None" = None,
) -> Stage:
    """Train a network along a course; masked kernels stay masked.

    `by` is the method whose regularizer takes part.
    """
    place = dict(problem.place)
    if by is not None and by.method.regularizer() is not None:
        place["method"] = by.record()
    spec = training_spec(problem, seed) | {
        "network": survivors.record(),
        "schedule": schedule_spec(problem.recipe, course),
        "regularizer": regularizer_spec(by),
    }
    if survivors.weights is None:
        spec["scheme"] = problem.recipe.init
    factor = 1.0 if course.stretch is None else (course.stretch.cap or 2.0)
    return Stage(
        kind="train",
        spec=spec,
        needs=survivors.needs,
        title=title,
        steps=round((course.end - course.start) * factor),
        place=place,
        keep=survivors.mask is None,
    )


def regularizer_spec(by: "Configured | None") -> Json:
    """Give a regularizer's own fields: of its method's settings nothing enters the training key."""
    regularizer = None if by is None else by.method.regularizer()
    if by is None or regularizer is None:
        return None
    return {
        "name": type(regularizer).__qualname__,
        "version": regularizer.version,
        "source": by.offer.source.digest,
        "settings": resolved(regularizer),
    }


@dataclass(frozen=True)
class Configured:
    """A method with its settings, and whose it is."""

    offer: Offer[type[Method]]
    method: Method

    def record(self) -> dict[str, Json]:
        """Give what it contributes to a key."""
        return {
            "name": self.offer.name,
            "settings": resolved(self.method),
            "version": self.method.version,
            "source": self.offer.source.digest,
        }


def prune_stage(
    problem: Problem,
    seed: int,
    by: Configured,
    step: "PruneStep",
) -> Stage:
    """Score a network and remove units, in one or several rounds without training between."""
    spec: dict[str, Json] = {
        "method": by.record(),
        "model": dict(problem.model_spec),
        "data": dict(problem.dataset_spec),
        "validation": "fixed" if problem.info.validation else problem.recipe.validation,
        "prunable": [layer.name for layer in problem.layout.prunable],
        "groups": list(step.groups),
        "weights": step.weights,
        "mask": step.mask,
        "quotas": [quota_spec(quota) for quota in step.quotas],
        "round": step.round,
        "seed": seed,
        "device": problem.device,
    }
    needs = tuple(key for key in (step.weights, step.mask) if key is not None)
    return Stage("prune", spec, needs, step.title, place=problem.place)


@dataclass(frozen=True)
class PruneStep:
    """The inputs of one prune stage.

    Parameters
    ----------
    weights
        Key of the stage whose last weights are scored.
    mask
        Key of the previous prune stage, or None.
    quotas
        Cumulative quotas of the rounds it does.
    groups
        Channel groups in play, by name.
    round
        Number of its first round, from 0.
    title
        For the progress display.
    """

    weights: str
    mask: str | None
    quotas: tuple[Quota, ...]
    groups: tuple[str, ...]
    round: int
    title: str


def quota_spec(quota: Quota) -> dict[str, Json]:
    """Write a quota as JSON; `read_quota` is the inverse."""
    if isinstance(quota, PerLayer):
        return {"per_layer": dict(quota.counts)}
    if isinstance(quota, Overall):
        return {"overall": quota.count}
    return {"within": quota.density, "of": quota.of}


def read_quota(spec: Mapping[str, Json]) -> Quota:
    """Read a quota from JSON."""
    match spec:
        case {"per_layer": dict() as counts}:
            return PerLayer({name: int(str(count)) for name, count in counts.items()})
        case {"overall": int() as count}:
            return Overall(count)
        case {"within": float() | int() as density, "of": "params" | "macs" | "units" as of}:
            return Within(float(density), of)
    msg = f"not a quota: {spec}"
    raise ValueError(msg)


def evaluate_stage(problem: Problem, survivors: Survivors, trained: bool, title: str) -> Stage:  # noqa: FBT001 - two kinds of network
    """Test a network at its declared points.

    Parameters
    ----------
    problem
        Whose test set.
    survivors
        The network: of a prune stage, or `weights` = a train stage.
    trained
        Whether `weights` already has the survivors' shape and a `selected` state.
    title
        For the progress display.
    """
    spec: dict[str, Json] = {
        "model": dict(problem.model_spec),
        "data": dict(problem.dataset_spec),
        "network": survivors.record(),
        "trained": trained,
        "device": problem.device,
        "dtype": problem.recipe.dtype,
        "channels_last": problem.recipe.channels_last,
    }
    return Stage("evaluate", spec, survivors.needs, title, place=problem.place)
