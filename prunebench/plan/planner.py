"""Unroll trials into stages; equal stages merge because their keys are equal."""

from dataclasses import replace
from pathlib import Path

from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.core.granularity import Granularity
from prunebench.core.target import Target
from prunebench.errors import IncompatibleError
from prunebench.experiment.experiment import Experiment, Trial, expand
from prunebench.plan.configured import Pull
from prunebench.plan.controls import controls_of, from_scratch
from prunebench.plan.dense import DenseNets, Stages
from prunebench.plan.facts import Facts
from prunebench.plan.latency import untimed
from prunebench.plan.measuring import Measure, configure_measures, enter_measures
from prunebench.plan.plan import Plan, PlannedTrial
from prunebench.plan.problem import Problem, make_problem
from prunebench.plan.protocol import configure_protocol, protocol_label
from prunebench.plan.pruned import PrunedNets
from prunebench.plan.pruning import Pruned, Pruning, inapplicable, lay_out
from prunebench.plan.stages import Survivors
from prunebench.plan.trajectory import linked
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
    machine
        Digest of what decides speed here; it enters the keys of latency stages.
    """

    def __init__(
        self, registry: Registry, experiment: Experiment, data: Path, machine: str = ""
    ) -> None:
        self.registry, self.experiment, self.data = registry, experiment, data
        self.machine = machine
        self.facts = Facts()
        self.stages = Stages()
        self.nets = DenseNets(self.stages)
        self.pruned = PrunedNets(self.stages, self.nets)
        self.trials: dict[str, PlannedTrial] = {}
        self.skipped: dict[Skipped, None] = {}
        self.naive = 0
        self.grid = experiment
        self.measures: tuple[Measure, ...] = ()
        self._problems: dict[tuple[int, str, str], Problem | str] = {}
        self._protocols: dict[str, Protocol] = {}
        self._prunings: dict[tuple[int, str, Target | None], Pruning | str] = {}
        self._controls: dict[int, tuple[Pruning, ...]] = {}

    def plan(self) -> Plan:
        """Unroll every trial of the experiment's grids.

        Raises
        ------
        IncompatibleError
            If no data set and model go together, so that there is nothing to do.
        """
        for grid in self.experiment.grids:
            self.enter(grid)
        if self.skipped and not self.trials:
            raise IncompatibleError(next(iter(self.skipped)).reason)
        stages = linked(self.stages.by_key)
        return Plan(stages, tuple(self.trials.values()), tuple(self.skipped), self.naive)

    def enter(self, grid: Experiment) -> None:
        """Unroll every trial of one grid."""
        self.grid, self.measures = grid, configure_measures(self.registry, grid.metrics)
        for trial in expand(grid):
            self.add(trial)
        if grid.controls:
            for trial in expand(grid):
                self.add_controls(trial)

    def add(self, trial: Trial) -> None:
        """Unroll one trial, or note why it cannot work."""
        problem, protocol = self.problem(trial), self.protocol(trial)
        if isinstance(problem, str):
            self.skip(trial, problem)
            return
        self.add_dense(problem, trial.seed)
        pruning = self.pruning(problem, trial)
        reason = (
            pruning if isinstance(pruning, str) else inapplicable(problem, pruning.method, protocol)
        )
        if isinstance(pruning, str) or reason:
            self.skip(trial, reason, problem)
            return
        for draw in range(protocol.draws):
            self.add_trial(pruning, protocol, trial.seed, draw)

    def add_controls(self, trial: Trial) -> None:
        """Unroll the controls of one trial: the same protocol on other masks of the same shape."""
        problem, protocol = self.problem(trial), self.protocol(trial)
        pruning = problem if isinstance(problem, str) else self.pruning(problem, trial)
        if isinstance(pruning, str) or inapplicable(pruning.problem, pruning.method, protocol):
            return
        for control in self.controls(pruning):
            if not inapplicable(control.problem, control.method, protocol):
                for draw in range(protocol.draws):
                    self.add_trial(control, protocol, trial.seed, draw)
        if pruning.method.granularity is Granularity.CHANNEL:
            for small in from_scratch(self.registry):
                self.add_trial(pruning, small, trial.seed, 0, control=True)

    def controls(self, pruning: Pruning) -> tuple[Pruning, ...]:
        """Find the controls of a pruning, once."""
        if id(pruning) not in self._controls:
            self._controls[id(pruning)] = controls_of(self.registry, pruning)
        return self._controls[id(pruning)]

    @property
    def asked(self) -> Experiment:
        """The grid at hand, on the device that was asked of all grids together."""
        return replace(self.grid, device=self.experiment.device)

    def problem(self, trial: Trial) -> Problem | str:
        """Look a trial's problem up, once; a string is the reason why there is none."""
        model = trial.model.label if trial.model else ""
        place = (id(self.grid), trial.dataset.label, model)
        if place not in self._problems:
            choices = (trial.dataset, trial.model)
            try:
                made = make_problem(self.registry, self.asked, choices, self.data)
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
        place = (id(problem), trial.method.label, trial.target)
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

    def add_dense(self, problem: Problem, seed: int, pull: Pull | None = None) -> str:
        """Enter the row of a dense network, the shared one or a method's own; gives its test."""
        facts = self.facts.dense(problem, seed, pull)
        name = str(facts["trial"])
        if name in self.trials:
            return self.trials[name].evaluate
        dense = self.nets.trained(problem, seed, pull)
        whose = "" if pull is None else f" for {pull.by.method.name}"
        title = f"test dense {problem.model_label}{whose} seed {seed}"
        evaluate = self.pruned.test(problem, Survivors(dense), title, trained=True)
        train = dense if problem.weights is None or pull is not None else None
        asked = self.grid.diagnostics and train is not None
        diagnoses = (self.pruned.dense(problem, seed, dense),) if asked else ()
        self.trials[name] = PlannedTrial(
            facts,
            evaluate,
            train=train,
            dense=dense,
            diagnoses=diagnoses,
            metrics=self.metrics(problem, (evaluate, None)),
        )
        return evaluate

    def add_trial(
        self,
        pruning: Pruning,
        protocol: Protocol,
        seed: int,
        draw: int,
        *,
        control: bool = False,
    ) -> None:
        """Enter the row of one trial, and the stages that it is read from."""
        facts = self.facts.trial(pruning, protocol, seed, draw, control=control)
        name = str(facts["trial"])
        if name in self.trials:
            return
        problem, pull = pruning.problem, self.nets.pull(pruning, seed)
        pruned, dense, train = self.pruned.pruned(pruning, seed), None, None
        if pruning.method.scores_at == "trained":
            dense = self.nets.trained(problem, seed, pull)
            if pull is not None:
                self.add_dense(problem, seed, pull)
        elif protocol.start is Start.REWIND and problem.rewind:
            dense = self.pruned.early(pruning, seed)  # it has its cost too
        evaluate = pruned.tested
        if protocol.recalibrate:
            evaluate = self.pruned.recalibrated(pruning, pruned, protocol, seed)
        elif protocol.budget is not Budget.NONE:
            train = self.pruned.retrain(pruning, pruned, protocol, seed, draw)
            network = Survivors(train, pruned.prunes[-1])
            title = f"test {pruning.label} {protocol_label(protocol)} seed {seed}"
            evaluate = self.pruned.test(problem, network, title, trained=True)
        self.trials[name] = PlannedTrial(
            facts,
            evaluate,
            after_pruning=pruned.tested,
            train=train,
            dense=dense,
            prunes=pruned.prunes,
            between=pruned.between,
            tuned=None if pull is None else pull.tuned,
            diagnoses=self.diagnoses(pruning, pruned, (protocol, draw, train), seed),
            latency=self.latency(pruning, seed),
            untimed=self.untimed(pruning),
            scores=pruned.scores,
            metrics=self.compared(pruning, evaluate, seed),
        )
        self.naive += (dense is not None) + len(pruned.between) + (train is not None)

    def diagnoses(
        self,
        pruning: Pruning,
        pruned: Pruned,
        retraining: tuple[Protocol, int, str | None],
        seed: int,
    ) -> tuple[str, ...]:
        """Enter the diagnoses of a trial, where they are asked for.

        `retraining` holds the protocol, the number of the draw, and the key of the training.
        """
        if not self.grid.diagnostics:
            return ()
        protocol, draw, train = retraining
        deletion = self.pruned.deletion(pruning, pruned, seed)
        if train is None:
            return (deletion,)
        start = self.pruned.survivors(pruning, pruned, protocol, seed, draw)
        return (deletion, self.pruned.trained(pruning, pruned, (start, train), seed))

    def compared(self, pruning: Pruning, evaluate: str, seed: int) -> dict[str, str]:
        """Enter the metrics of a trial, some of which compare it with what it was pruned from."""
        if not self.measures:
            return {}
        late = pruning.method.scores_at == "trained"
        pull = self.nets.pull(pruning, seed) if late else None
        dense = self.add_dense(pruning.problem, seed, pull)
        return self.metrics(pruning.problem, (evaluate, dense))

    def metrics(self, problem: Problem, tests: tuple[str, str | None]) -> dict[str, str]:
        """Enter the metrics of a tested network, where they are asked for."""
        title = self.stages.by_key[tests[0]].title.removeprefix("test ")
        return enter_measures(self.stages, problem, self.measures, tests, title)

    def latency(self, pruning: Pruning, seed: int) -> str | None:
        """Enter the timing of a trial's network, where it is asked for and would tell something."""
        if not self.grid.latency:
            return None
        return self.pruned.timed(pruning, seed, self.machine)

    def untimed(self, pruning: Pruning) -> str:
        """Say why a trial's network is not timed though it is asked for; empty otherwise."""
        return untimed(pruning.problem, pruning.method.granularity) if self.grid.latency else ""
