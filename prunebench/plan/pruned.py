"""Pruned networks in a plan: their rounds, the trainings between and after them, their tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from prunebench.contracts.method import Round
from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.core.granularity import Granularity
from prunebench.core.quota import LikeMask
from prunebench.plan.dense import DenseNets, Stages
from prunebench.plan.diagnosis import deletion_diagnosis, training_diagnosis
from prunebench.plan.latency import latency_stage, untimed
from prunebench.plan.problem import Problem
from prunebench.plan.protocol import protocol_label, retraining
from prunebench.plan.pruning import Pruned, Pruning, batches, repairs
from prunebench.plan.stages import (
    PruneStep,
    Survivors,
    evaluate_stage,
    prune_stage,
    recalibrate_stage,
    score_stage,
    train_stage,
)


@dataclass
class PrunedNets:
    """Enters the stages of pruned networks, each once.

    Parameters
    ----------
    stages
        Where they are entered.
    nets
        The dense networks that are pruned.
    """

    stages: Stages
    nets: DenseNets
    _pruned: dict[tuple[int, int], Pruned] = field(default_factory=dict)

    def pruned(self, pruning: Pruning, seed: int) -> Pruned:
        """Enter the rounds of a pruning and the test after the last, once per seed."""
        place = (id(pruning), seed)
        if place not in self._pruned:
            self._pruned[place] = self.unroll(pruning, seed)
        return self._pruned[place]

    def unroll(self, pruning: Pruning, seed: int) -> Pruned:
        """Alternate prune stages and the trainings between them; test what is left."""
        problem, method = pruning.problem, pruning.method
        original = weights = self.original(pruning, seed)
        scores: list[str] = []
        prunes: list[str] = []
        between: list[str] = []
        for first, quotas, after in batches(self.rounds(pruning, seed)):
            step = PruneStep(
                weights=weights,
                original=original,
                mask=prunes[-1] if prunes else None,
                quotas=quotas,
                groups=tuple(group.name for group in pruning.groups),
                round=first,
                title=f"{pruning.label} round {first + 1} seed {seed}",
            )
            if method.shares_scores:
                scores.append(self.scored(pruning, seed, step))
                step = replace(step, scores=scores[-1])
            prunes.append(self.stages.enter(prune_stage(problem, seed, pruning.by, step)))
            if after is not None:
                done = Pruned(weights, tuple(prunes), tuple(between))
                weights = self.retrain_between(pruning, done, seed, after)
                between.append(weights)
        network = as_pruned(pruning, weights, prunes)
        title = f"test {pruning.label} as pruned seed {seed}"
        tested = self.test(problem, network, title, trained=False)
        return Pruned(weights, tuple(prunes), tuple(between), tested, tuple(scores))

    def original(self, pruning: Pruning, seed: int) -> str:
        """Enter the network that the first round scores."""
        if pruning.method.scores_at == "init":
            return self.nets.initial(pruning.problem, seed)
        return self.nets.trained(pruning.problem, seed, self.nets.pull(pruning, seed))

    def rounds(self, pruning: Pruning, seed: int) -> tuple[Round, ...]:
        """List the rounds of a pruning; a control has one, which copies what its method left."""
        if pruning.like is None:
            return pruning.rounds
        return (Round(LikeMask(self.pruned(pruning.like, seed).prunes[-1])),)

    def scored(self, pruning: Pruning, seed: int, step: PruneStep) -> str:
        """Enter the scoring of a round, which serves every density."""
        title = f"score by {pruning.method_label} round {step.round + 1} seed {seed}"
        whatever = replace(step, quotas=(), title=title)
        return self.stages.enter(score_stage(pruning.problem, seed, pruning.by, whatever))

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
        return self.stages.enter(train_stage(problem, seed, survivors, course, title))

    def survivors(
        self, pruning: Pruning, pruned: Pruned, protocol: Protocol, seed: int, draw: int
    ) -> Survivors:
        """Say where a protocol's training starts."""
        problem, mask = pruning.problem, pruned.prunes[-1]
        channels = pruning.method.granularity is Granularity.CHANNEL
        if protocol.start is Start.TRAINED:
            return as_pruned(pruning, pruned.weights, pruned.prunes)
        if protocol.start is Start.REWIND:
            return Survivors(self.early(pruning, seed), mask)
        if protocol.start is Start.NARROW and channels:
            return Survivors(None, mask, draw=draw)
        redraw = self.stages.drawn(problem, seed, "redraw", draw)
        return Survivors(redraw, mask, scale=protocol.scale, draw=draw)

    def early(self, pruning: Pruning, seed: int) -> str:
        """Enter the stage whose weights a pruning's tickets return to."""
        return self.nets.rewound(pruning.problem, seed, self.nets.pull(pruning, seed))

    def recalibrated(self, pruning: Pruning, pruned: Pruned, protocol: Protocol, seed: int) -> str:
        """Enter the test of a pruned network whose batch norms have been measured anew."""
        network = as_pruned(pruning, pruned.weights, pruned.prunes)
        title = f"{pruning.label} {protocol_label(protocol)} seed {seed}"
        done = self.stages.enter(
            recalibrate_stage(pruning.problem, seed, network, protocol.images, title)
        )
        return self.test(
            pruning.problem, Survivors(done, pruned.prunes[-1]), f"test {title}", trained=True
        )

    def dense(self, problem: Problem, seed: int, dense: str) -> str:
        """Enter the diagnosis of a dense training."""
        start = Survivors(self.nets.start(problem, seed))
        title = f"diagnose dense {problem.model_label} seed {seed}"
        return self.stages.enter(
            training_diagnosis(problem, seed, (start, Survivors(dense)), None, title)
        )

    def trained(
        self, pruning: Pruning, pruned: Pruned, path: tuple[Survivors, str], seed: int
    ) -> str:
        """Enter the diagnosis of a retraining; `path` holds its start and its key."""
        start, train = path
        problem, dense = pruning.problem, None
        masked = pruning.method.granularity is Granularity.WEIGHT
        if masked and pruning.method.scores_at == "trained" and problem.weights is None:
            whole = self.nets.trained(problem, seed, self.nets.pull(pruning, seed))
            dense = (Survivors(self.nets.start(problem, seed)), Survivors(whole))
        end = Survivors(train, pruned.prunes[-1])
        title = f"diagnose {pruning.label} seed {seed}"
        return self.stages.enter(training_diagnosis(problem, seed, (start, end), dense, title))

    def deletion(self, pruning: Pruning, pruned: Pruned, seed: int) -> str:
        """Enter the diagnosis of the last pruning round."""
        earlier = pruned.prunes[-2] if pruned.between else None
        before = Survivors(pruned.weights, earlier)
        after = as_pruned(pruning, pruned.weights, pruned.prunes)
        title = f"diagnose the pruning of {pruning.label} seed {seed}"
        return self.stages.enter(deletion_diagnosis(pruning.problem, seed, (before, after), title))

    def timed(self, pruning: Pruning, seed: int, machine: str) -> str | None:
        """Enter the timing of a pruned network; None for masks that would tell nothing.

        A control has its method's shape, or as many kept weights in every layer, and so its
        method's speed.
        """
        problem, granularity = pruning.problem, pruning.method.granularity
        if untimed(problem, granularity):
            return None
        shaped = pruning.like or pruning
        prune = self.pruned(shaped, seed).prunes[-1]
        title = f"time {shaped.label} seed {seed}"
        return self.stages.enter(latency_stage(problem, (granularity, prune), machine, title))

    def test(self, problem: Problem, network: Survivors, title: str, *, trained: bool) -> str:
        """Enter an evaluation."""
        return self.stages.enter(evaluate_stage(problem, network, trained=trained, title=title))


def as_pruned(pruning: Pruning, weights: str, prunes: Sequence[str]) -> Survivors:
    """Describe the network right after the last round: the weights that round scored."""
    by_channel = pruning.method.granularity is Granularity.CHANNEL
    cut_by = prunes[-2] if by_channel and len(prunes) > 1 else None
    return Survivors(weights, prunes[-1], repaired=repairs(pruning.method), cut_by=cut_by)
