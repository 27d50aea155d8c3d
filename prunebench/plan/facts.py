"""Facts of a row that planning knows: coordinates, labels, the trial's id."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.core.digest import Json, read_back
from prunebench.core.target import Density
from prunebench.experiment.experiment import trial_id
from prunebench.plan.configured import Pull
from prunebench.plan.coordinates import dense_coordinates, trial_coordinates
from prunebench.plan.problem import Problem, label
from prunebench.plan.protocol import cap_of, overrides, protocol_label
from prunebench.plan.pruning import Pruning


@dataclass
class Facts:
    """Describes the rows of a plan; what those of all seeds share is worked out once.

    Rows are told apart by the very objects that they are made of, which must outlive it.
    """

    _dense: dict[tuple[object, ...], dict[str, Json]] = field(default_factory=dict)
    _trials: dict[tuple[int, int, bool], dict[str, Json]] = field(default_factory=dict)

    def dense(self, problem: Problem, seed: int, pull: Pull | None = None) -> dict[str, Json]:
        """Give `dense_facts`, once for each network."""
        whose = () if pull is None else (id(pull.by), pull.tuned)
        place = (id(problem), seed, *whose)
        if place not in self._dense:
            self._dense[place] = dense_facts(problem, seed, pull)
        return self._dense[place]

    def trial(
        self, pruning: Pruning, protocol: Protocol, seed: int, draw: int, *, control: bool = False
    ) -> dict[str, Json]:
        """Give `trial_facts`."""
        place = (id(pruning), id(protocol), control)
        if place not in self._trials:
            self._trials[place] = trial_facts(pruning, protocol, seed, draw, control=control)
        known = self._trials[place]
        return (
            known if (known["seed"], known["draw"]) == (seed, draw) else reseeded(known, seed, draw)
        )


def reseeded(known: Mapping[str, Json], seed: int, draw: int) -> dict[str, Json]:
    """Describe the row of a trial with another seed or draw, on which nothing else depends."""
    settings = known["settings"]
    assert isinstance(settings, dict)
    drawn: dict[str, Json] = {"seed": seed, "draw": draw}
    coordinates = settings | drawn
    return {**known, **drawn, "trial": trial_id(coordinates), "settings": coordinates}


def dense_facts(problem: Problem, seed: int, pull: Pull | None = None) -> dict[str, Json]:
    """Describe the row of a dense network: the shared one, or one with a method's regularizer."""
    coordinates = dense_coordinates(problem, seed, pull)
    return {
        **problem_facts(problem, seed),
        "trial": trial_id(coordinates),
        "method": "dense",
        "protocol": "dense",
        "method_id": "dense",
        "protocol_id": "dense",
        "settings": read_back(coordinates),
        "lr": problem.recipe.lr,
        **({"regularized_by": ""} if pull is None else regularizer_facts(pull)),
    }


def regularizer_facts(pull: Pull) -> dict[str, Json]:
    """Say whose regularizer a dense network was trained with."""
    return {
        "regularized_by": label(pull.by.method.name, pull.by.method),
        "target_density": None if pull.goal is None else pull.goal.value,
        "target": "" if pull.goal is None else pull.goal.label,
        "target_of": "" if pull.goal is None else pull.goal.of,
    }


def problem_facts(problem: Problem, seed: int) -> dict[str, Json]:
    """Give what all rows of a problem and a seed have in common."""
    return {
        "dataset": problem.dataset_label,
        "model": problem.model_label,
        "recipe": problem.recipe.name,
        "seed": seed,
    }


def trial_facts(
    pruning: Pruning, protocol: Protocol, seed: int, draw: int, *, control: bool = False
) -> dict[str, Json]:
    """Describe the row of one trial; `control` says that it is only there to compare with."""
    problem, method, target = pruning.problem, pruning.method, pruning.target
    coordinates = trial_coordinates(pruning, protocol, seed, draw)
    return {
        **problem_facts(problem, seed),
        "trial": trial_id(coordinates),
        "method": pruning.method_label,
        "protocol": protocol_label(protocol),
        "method_id": method.name,
        "protocol_id": protocol.name,
        "settings": read_back(coordinates),
        "draw": draw,
        "control_of": pruning.like.method_label
        if pruning.like
        else pruning.method_label
        if control
        else "",
        "granularity": str(method.granularity),
        "scope": method.scope,
        "target": target.label,
        "target_density": target.value if isinstance(target, Density) else None,
        "target_of": target.of if isinstance(target, Density) else "",
        "rewind_step": problem.rewind if protocol.start is Start.REWIND else None,
        "scale": protocol.scale if protocol.start is Start.REDRAW else "",
        "overridden": overrides(protocol),
        "lr": initial_rate(problem, protocol),
        "budget_cap": (
            cap_of(problem, protocol) if protocol.budget is Budget.SAME_COMPUTE else None
        ),
    }


def initial_rate(problem: Problem, protocol: Protocol) -> float | None:
    """Give the learning rate a retraining begins with; None without retraining."""
    if protocol.budget is Budget.NONE:
        return None
    if protocol.budget is Budget.FINETUNE:
        return problem.recipe.finetune.lr if protocol.lr is None else protocol.lr
    return problem.recipe.lr
