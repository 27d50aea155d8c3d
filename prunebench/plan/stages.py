"""Write the specs of stages: what enters a key, field by field."""

from dataclasses import asdict, dataclass

from prunebench.core.digest import Json
from prunebench.core.quota import LikeMask, Quota
from prunebench.core.target import Density
from prunebench.plan.configured import Configured, Pull
from prunebench.plan.course import Course, schedule_spec
from prunebench.plan.problem import Problem
from prunebench.plan.quotas import quota_spec
from prunebench.plan.stage import Stage


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
        "model": problem.model_spec,
        "scheme": problem.recipe.init,
        "seed": seed,
        "purpose": purpose,
        "draw": draw,
    }
    title = f"{purpose} {problem.model_label} seed {seed}"
    return Stage("init", spec, (), title, place=problem.place)


def training_spec(problem: Problem, seed: int) -> dict[str, Json]:
    """Give what all trainings of a problem and a seed have in common."""
    return {**problem.training, "seed": seed}


def train_stage(
    problem: Problem,
    seed: int,
    survivors: Survivors,
    course: Course,
    title: str,
    pull: Pull | None = None,
) -> Stage:
    """Train a network along a course; masked kernels stay masked.

    `pull` is the regularizer that takes part.
    """
    spec = training_spec(problem, seed) | {
        "network": survivors.record(),
        "schedule": schedule_spec(problem.recipe, course),
        "regularizer": None if pull is None else pull.record(),
    }
    place: dict[str, Json] = dict(problem.place)
    tuned: tuple[str, ...] = ()
    if pull is not None:
        place["method"] = pull.by.record()
        tuned = () if pull.tuned is None else (pull.tuned,)
    if survivors.weights is None:
        spec["scheme"] = problem.recipe.init
    factor = 1.0 if course.stretch is None else (course.stretch.cap or 2.0)
    return Stage(
        kind="train",
        spec=spec,
        needs=(*survivors.needs, *tuned),
        title=title,
        steps=round((course.end - course.start) * factor),
        place=place,
        keep=survivors.mask is None,
    )


def tune_stage(
    problem: Problem, seed: int, start: Survivors, pull: Pull, goal: Density, title: str
) -> Stage:
    """Search a regularizer's setting for a density, on short trainings from the same start."""
    search = pull.by.method.search()
    assert search is not None
    spec = training_spec(problem, seed) | {
        "network": start.record(),
        "schedule": schedule_spec(problem.recipe, Course(problem.table)),
        "regularizer": pull.record(),
        "method": pull.by.record(),
        "prunable": [layer.name for layer in problem.layout.prunable],
        "search": asdict(search),
        "density": goal.value,
        "of": goal.of,
    }
    return Stage(
        kind="tune",
        spec=spec,
        needs=start.needs,
        title=title,
        steps=search.steps(problem.table.steps) * search.runs,
        place={**problem.place, "method": pull.by.record()},
    )


def load_stage(problem: Problem) -> Stage:
    """Take dense weights that a person gave."""
    assert problem.weights is not None
    spec: dict[str, Json] = {
        "model": problem.model_spec,
        "weights": dict(problem.weights.record()),
    }
    place = {**problem.place, "weights": problem.weights.place}
    return Stage("load", spec, (), f"given weights of {problem.model_label}", place=place)


def recalibrate_stage(
    problem: Problem, seed: int, survivors: Survivors, images: int, title: str
) -> Stage:
    """Measure batch-norm statistics of a pruned network anew on training images."""
    spec: dict[str, Json] = {
        "model": problem.model_spec,
        "data": problem.dataset_spec,
        "network": survivors.record(),
        "validation": problem.validation,
        "images": images,
        "batch": problem.recipe.batch,
        "seed": seed,
        "device": problem.device,
    }
    return Stage("recalibrate", spec, survivors.needs, title, place=problem.place, keep=False)


@dataclass(frozen=True)
class PruneStep:
    """The inputs of one prune stage.

    Parameters
    ----------
    weights
        Key of the stage whose last weights are scored.
    original
        Key of the stage whose weights the first round scored.
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
    scores
        Key of the score stage that has scored for its first round; None where it does so itself.
    """

    weights: str
    original: str
    mask: str | None
    quotas: tuple[Quota, ...]
    groups: tuple[str, ...]
    round: int
    title: str
    scores: str | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the stages it reads."""
        copied = (quota.stage for quota in self.quotas if isinstance(quota, LikeMask))
        inputs = (self.weights, self.original, self.mask, self.scores, *copied)
        return tuple(dict.fromkeys(key for key in inputs if key is not None))


def scoring_spec(problem: Problem, seed: int, by: Configured, step: PruneStep) -> dict[str, Json]:
    """Give everything that scores depend on; the quota stands elsewhere."""
    return {
        "method": by.record(),
        "model": problem.model_spec,
        "data": problem.dataset_spec,
        "validation": problem.validation,
        "prunable": [layer.name for layer in problem.layout.prunable],
        "groups": list(step.groups),
        "weights": step.weights,
        "original": step.original,
        "mask": step.mask,
        "round": step.round,
        "seed": seed,
        "device": problem.device,
    }


def score_stage(problem: Problem, seed: int, by: Configured, step: PruneStep) -> Stage:
    """Score a network for the next round, whatever that round will keep."""
    spec = scoring_spec(problem, seed, by, step)
    return Stage("score", spec, step.needs, step.title, place=problem.place, keep=False)


def prune_stage(problem: Problem, seed: int, by: Configured, step: PruneStep) -> Stage:
    """Score a network and remove units, in one or several rounds without training between."""
    spec = scoring_spec(problem, seed, by, step)
    spec["quotas"] = [quota_spec(quota) for quota in step.quotas]
    if step.scores is not None:
        spec["scores"] = step.scores
    return Stage("prune", spec, step.needs, step.title, place=problem.place)


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
        "model": problem.model_spec,
        "data": problem.dataset_spec,
        "network": survivors.record(),
        "trained": trained,
        "device": problem.device,
        "precision": problem.recipe.precision,
        "channels_last": problem.recipe.channels_last,
    }
    return Stage("evaluate", spec, survivors.needs, title, place=problem.place)
