"""Dense networks in a plan: initialised, given, trained, rewound, tuned."""

from dataclasses import dataclass, field, replace

from prunebench.core.target import Density
from prunebench.plan.configured import Pull
from prunebench.plan.course import Course
from prunebench.plan.problem import Problem
from prunebench.plan.pruning import Pruning
from prunebench.plan.stage import Stage
from prunebench.plan.stages import Survivors, init_stage, load_stage, train_stage, tune_stage


@dataclass
class Stages:
    """The stages entered so far, by key."""

    by_key: dict[str, Stage] = field(default_factory=dict)
    _drawn: dict[tuple[int, int, str, int], str] = field(default_factory=dict)

    def drawn(self, problem: Problem, seed: int, purpose: str, draw: int = 0) -> str:
        """Enter a draw of fresh weights, which the trials of a seed share; see `init_stage`."""
        place = (id(problem), seed, purpose, draw)
        if place not in self._drawn:
            self._drawn[place] = self.enter(init_stage(problem, seed, purpose, draw))
        return self._drawn[place]

    def enter(self, stage: Stage) -> str:
        """Enter a stage and give its key; one with the same key is the same stage."""
        self.by_key.setdefault(stage.key, stage)
        return stage.key


@dataclass
class DenseNets:
    """Enters the stages of dense networks, each once.

    Parameters
    ----------
    stages
        Where they are entered.
    """

    stages: Stages
    _trained: dict[tuple[object, ...], str] = field(default_factory=dict)

    def trained(self, problem: Problem, seed: int, pull: Pull | None = None) -> str:
        """Enter the dense network that pruning scores.

        Given weights are it, unless a regularizer must train them further.
        """
        whose = () if pull is None else (pull.regularizer, pull.groups, pull.tuned)
        place = (id(problem), seed, *whose)
        if place not in self._trained:
            given = problem.weights is not None and pull is None
            self._trained[place] = (
                self.stages.enter(load_stage(problem)) if given else self.train(problem, seed, pull)
            )
        return self._trained[place]

    def start(self, problem: Problem, seed: int) -> str:
        """Enter what dense training starts from."""
        if problem.weights is not None:
            return self.stages.enter(load_stage(problem))
        return self.initial(problem, seed)

    def initial(self, problem: Problem, seed: int) -> str:
        """Enter the fresh initialisation of a seed."""
        return self.stages.drawn(problem, seed, "init")

    def train(self, problem: Problem, seed: int, pull: Pull | None) -> str:
        """Enter a dense training: its start, the rewind point, the rest."""
        start = Survivors(self.start(problem, seed))
        if problem.rewind and problem.weights is None:
            self.rewound(problem, seed, pull)  # the dense training goes on from there
        title = dense_title(problem, seed, pull)
        return self.stages.enter(
            train_stage(problem, seed, start, Course(problem.table), title, pull)
        )

    def rewound(self, problem: Problem, seed: int, pull: Pull | None) -> str:
        """Enter the stage whose weights tickets return to."""
        start = self.start(problem, seed)
        if not problem.rewind:
            return start
        course = Course(problem.table, stop=problem.rewind)
        title = dense_title(problem, seed, pull)
        return self.stages.enter(train_stage(problem, seed, Survivors(start), course, title, pull))

    def pull(self, pruning: Pruning, seed: int) -> Pull | None:
        """Give the regularizer of a method's dense training; enters its tuning where it has one."""
        if pruning.like is not None:
            return None
        regularizer = pruning.method.regularizer()
        if regularizer is None:
            return None
        groups = tuple(group.name for group in pruning.groups)
        pull = Pull(pruning.by, regularizer, groups)
        return pull if pruning.goal is None else self.tuned(pruning, seed, pull, pruning.goal)

    def tuned(self, pruning: Pruning, seed: int, pull: Pull, goal: Density) -> Pull:
        """Enter the search for the regularizer's setting."""
        start = Survivors(self.start(pruning.problem, seed))
        title = f"tune {pruning.label} seed {seed}"
        stage = tune_stage(pruning.problem, seed, start, pull, goal, title)
        return replace(pull, tuned=self.stages.enter(stage), goal=goal)


def dense_title(problem: Problem, seed: int, pull: Pull | None) -> str:
    """Say which dense training it is."""
    whose = "" if pull is None else f" for {pull.by.method.name}"
    return f"dense {problem.model_label}{whose} seed {seed}"
