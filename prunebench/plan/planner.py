"""Unroll trials into stages; equal stages merge because their keys are equal."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from prunebench.contracts.method import Regularizer
from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.core.granularity import Granularity
from prunebench.core.target import Target
from prunebench.errors import IncompatibleError
from prunebench.experiment.experiment import Experiment, Trial, expand
from prunebench.plan.course import Course
from prunebench.plan.facts import dense_facts, trial_facts
from prunebench.plan.plan import Plan, PlannedTrial
from prunebench.plan.problem import Problem, make_problem
from prunebench.plan.protocol import configure_protocol, protocol_label, retraining
from prunebench.plan.pruning import Pruned, Pruning, batches, inapplicable, lay_out, repairs
from prunebench.plan.stage import Stage
from prunebench.plan.stages import (
    Configured,
    PruneStep,
    Survivors,
    evaluate_stage,
    init_stage,
    prune_stage,
    train_stage,
)
from prunebench.plugin.registry import Registry
from prunebench.results.record import Skipped


class Planner:
    """Collects stages and rows, trial by trial; runs nothing.

    Parameters
    ----------
    registry
        Where names are looked up.
    experiment
        What is asked for.
    data
        Folder of the data sets.
    """

    def __init__(self, registry: Registry, experiment: Experiment, data: Path) -> None:
        self.registry, self.experiment, self.data = registry, experiment, data
        self.stages: dict[str, Stage] = {}
        self.trials: dict[str, PlannedTrial] = {}
        self.skipped: dict[Skipped, None] = {}
        self.naive = 0
        self._problems: dict[tuple[str, str], Problem | str] = {}
        self._protocols: dict[str, Protocol] = {}
        self._prunings: dict[tuple[str, str, str, Target | None], Pruning | str] = {}
        self._pruned: dict[tuple[int, int], Pruned] = {}
        self._dense: dict[tuple[int, int, Regularizer | None], str] = {}
        self._dense_rows: set[tuple[int, int]] = set()

    def plan(self) -> Plan:
        """Unroll every trial of the experiment.

        Raises
        ------
        IncompatibleError
            If no data set and model go together, so that there is nothing to do.
        """
        for trial in expand(self.experiment):
            self.add(trial)
        if self.skipped and not self.trials:
            raise IncompatibleError(next(iter(self.skipped)).reason)
        return Plan(self.stages, tuple(self.trials.values()), tuple(self.skipped), self.naive)

    def add(self, trial: Trial) -> None:
        """Unroll one trial, or note why it cannot work."""
        problem, protocol = self.problem(trial), self.protocol(trial)
        if isinstance(problem, str):
            self.skip(trial, problem)
            return
        self.add_dense(problem, trial.seed)
        pruning = self.pruning(problem, trial)
        reason = pruning if isinstance(pruning, str) else inapplicable(pruning.method, protocol)
        if isinstance(pruning, str) or reason:
            self.skip(trial, reason, problem)
            return
        for draw in range(protocol.draws):
            self.add_trial(pruning, protocol, trial.seed, draw)

    def problem(self, trial: Trial) -> Problem | str:
        """Look a trial's problem up, once; a string is the reason why there is none."""
        place = (trial.dataset.label, trial.model.label if trial.model else "")
        if place not in self._problems:
            choices = (trial.dataset, trial.model)
            try:
                made = make_problem(self.registry, self.experiment, choices, self.data)
                self._problems[place] = made
            except IncompatibleError as error:
                self._problems[place] = str(error)
        return self._problems[place]

    def protocol(self, trial: Trial) -> Protocol:
        """Look a trial's protocol up, once."""
        place = trial.protocol.label
        if place not in self._protocols:
            self._protocols[place] = configure_protocol(self.registry, trial.protocol)
        return self._protocols[place]

    def pruning(self, problem: Problem, trial: Trial) -> Pruning | str:
        """Let the method lay out its rounds, once; a string is the reason why it cannot."""
        names = (problem.dataset_label, problem.model_label, trial.method.label)
        place = (*names, trial.target)
        if place not in self._prunings:
            try:
                self._prunings[place] = lay_out(self.registry, problem, trial.method, trial.target)
            except IncompatibleError as error:
                self._prunings[place] = str(error)
        return self._prunings[place]

    def skip(self, trial: Trial, reason: str, problem: Problem | None = None) -> None:
        """Note a combination that cannot work."""
        asked = trial.model.label if trial.model else ""
        entry = Skipped(
            model=asked if problem is None else problem.model_label,
            dataset=trial.dataset.label if problem is None else problem.dataset_label,
            method=trial.method.label,
            target=trial.target.label if trial.target else str(trial.method.settings.get("plan")),
            protocol=trial.protocol.label,
            reason=reason,
        )
        self.skipped[entry] = None

    def stage(self, stage: Stage) -> str:
        """Enter a stage; one with the same key is the same stage."""
        known = self.stages.setdefault(stage.key, stage)
        if stage.resume and not known.resume:
            self.stages[stage.key] = stage
        return stage.key

    def dense(self, problem: Problem, seed: int, by: Configured | None = None) -> str:
        """Enter the dense training, with a method's regularizer where it has one."""
        place = (id(problem), seed, None if by is None else by.method.regularizer())
        if place not in self._dense:
            self._dense[place] = self.train_dense(problem, seed, by)
        return self._dense[place]

    def train_dense(self, problem: Problem, seed: int, by: Configured | None) -> str:
        """Enter the stages of a dense training: initialisation, rewind point, the rest."""
        start = Survivors(self.stage(init_stage(problem, seed, "init")))
        title = f"dense {problem.model_label} seed {seed}"
        whole = train_stage(problem, seed, start, Course(problem.table), title, by)
        if problem.rewind:
            whole = replace(whole, resume=self.rewind_weights(problem, seed, by))
        return self.stage(whole)

    def rewind_weights(self, problem: Problem, seed: int, by: Configured | None) -> str:
        """Enter the stage whose weights tickets return to."""
        start = self.stage(init_stage(problem, seed, "init"))
        if not problem.rewind:
            return start
        course = Course(problem.table, stop=problem.rewind)
        title = f"dense {problem.model_label} seed {seed}"
        return self.stage(train_stage(problem, seed, Survivors(start), course, title, by))

    def add_dense(self, problem: Problem, seed: int) -> None:
        """Enter the dense row of a seed."""
        place = (id(problem), seed)
        if place in self._dense_rows:
            return
        self._dense_rows.add(place)
        facts = dense_facts(problem, seed)
        train = self.dense(problem, seed)
        title = f"test dense {problem.model_label} seed {seed}"
        evaluate = self.test(problem, Survivors(train), title, trained=True)
        self.trials[str(facts["trial"])] = PlannedTrial(facts, evaluate, train=train, dense=train)

    def pruned(self, pruning: Pruning, seed: int) -> Pruned:
        """Enter the rounds of a pruning and the test after the last, once per seed."""
        place = (id(pruning), seed)
        if place not in self._pruned:
            self._pruned[place] = self.unroll(pruning, seed)
        return self._pruned[place]

    def unroll(self, pruning: Pruning, seed: int) -> Pruned:
        """Alternate prune stages and the trainings between them; test what is left."""
        problem, method = pruning.problem, pruning.method
        weights = (
            self.stage(init_stage(problem, seed, "init"))
            if method.scores_at == "init"
            else self.dense(problem, seed, pruning.by)
        )
        prunes: list[str] = []
        between: list[str] = []
        for first, quotas, after in batches(pruning.rounds):
            step = PruneStep(
                weights=weights,
                mask=prunes[-1] if prunes else None,
                quotas=quotas,
                groups=tuple(group.name for group in pruning.groups),
                round=first,
                title=f"{pruning.label} round {first + 1} seed {seed}",
            )
            prunes.append(self.stage(prune_stage(problem, seed, pruning.by, step)))
            if after is not None:
                done = Pruned(weights, tuple(prunes), tuple(between))
                weights = self.retrain_between(pruning, done, seed, after)
                between.append(weights)
        network = as_pruned(pruning, weights, prunes)
        title = f"test {pruning.label} as pruned seed {seed}"
        tested = self.test(problem, network, title, trained=False)
        return Pruned(weights, tuple(prunes), tuple(between), tested)

    def retrain_between(self, pruning: Pruning, done: Pruned, seed: int, after: str) -> str:
        """Enter the training between two rounds: the same stage as a ticket's or a fine-tuning."""
        start, budget = (
            (Start.REWIND, Budget.SAME_EPOCHS)
            if after == "rewind"
            else (Start.TRAINED, Budget.FINETUNE)
        )
        protocol = Protocol(after, start, budget, paper="")
        return self.retrain(pruning, done, protocol, seed, 0)

    def retrain(
        self, pruning: Pruning, pruned: Pruned, protocol: Protocol, seed: int, draw: int
    ) -> str:
        """Enter the training that a protocol asks for."""
        problem = pruning.problem
        survivors = self.survivors(pruning, pruned, protocol, seed, draw)
        course = retraining(problem, protocol)
        title = f"{pruning.label} {protocol.name} seed {seed}"
        return self.stage(train_stage(problem, seed, survivors, course, title))

    def survivors(
        self, pruning: Pruning, pruned: Pruned, protocol: Protocol, seed: int, draw: int
    ) -> Survivors:
        """Say where a protocol's training starts."""
        problem, mask = pruning.problem, pruned.prunes[-1]
        channels = pruning.method.granularity is Granularity.CHANNEL
        if protocol.start is Start.TRAINED:
            return as_pruned(pruning, pruned.weights, pruned.prunes)
        if protocol.start is Start.REWIND:
            return Survivors(self.rewind_weights(problem, seed, pruning.by), mask)
        if protocol.start is Start.NARROW and channels:
            return Survivors(None, mask, draw=draw)
        redraw = self.stage(init_stage(problem, seed, "redraw", draw))
        return Survivors(redraw, mask, scale=protocol.scale, draw=draw)

    def add_trial(self, pruning: Pruning, protocol: Protocol, seed: int, draw: int) -> None:
        """Enter the row of one trial, and the stages that it is read from."""
        facts = trial_facts(pruning, protocol, seed, draw)
        name = str(facts["trial"])
        if name in self.trials:
            return
        pruned, dense, train = self.pruned(pruning, seed), None, None
        if pruning.method.scores_at == "trained":
            dense = self.dense(pruning.problem, seed, pruning.by)
        elif protocol.start is Start.REWIND and pruning.problem.rewind:
            dense = self.rewind_weights(pruning.problem, seed, pruning.by)  # it has its cost too
        evaluate = pruned.tested
        if protocol.budget is not Budget.NONE:
            train = self.retrain(pruning, pruned, protocol, seed, draw)
            network = Survivors(train, pruned.prunes[-1])
            title = f"test {pruning.label} {protocol_label(protocol)} seed {seed}"
            evaluate = self.test(pruning.problem, network, title, trained=True)
        after, prunes, between = pruned.tested, pruned.prunes, pruned.between
        self.trials[name] = PlannedTrial(facts, evaluate, after, train, dense, prunes, between)
        self.naive += (dense is not None) + len(between) + (train is not None)

    def test(self, problem: Problem, network: Survivors, title: str, *, trained: bool) -> str:
        """Enter an evaluation."""
        return self.stage(evaluate_stage(problem, network, trained=trained, title=title))


def as_pruned(pruning: Pruning, weights: str, prunes: Sequence[str]) -> Survivors:
    """Describe the network right after the last round: the weights that round scored."""
    by_channel = pruning.method.granularity is Granularity.CHANNEL
    cut_by = prunes[-2] if by_channel and len(prunes) > 1 else None
    return Survivors(weights, prunes[-1], repaired=repairs(pruning.method), cut_by=cut_by)
