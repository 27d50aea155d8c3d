"""A plan: which stages lead to which rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from prunebench.core.digest import Json
from prunebench.plan.stage import Kind, Stage
from prunebench.results.record import Skipped


@dataclass(frozen=True)
class PlannedTrial:
    """One row to be, and the stages it is read from.

    Parameters
    ----------
    facts
        Fields of `Measurement` that planning knows.
    evaluate
        Key of the evaluation of the retrained network.
    after_pruning
        Key of the evaluation before retraining; None for dense rows.
    train
        Key of the retraining; None for the protocol ``none``.
    dense
        Key of the dense training; None where the method prunes before training.
    prunes
        Keys of the prune stages, first round first.
    scores
        Keys of the score stages that they read, where their method scores once for all densities.
    between
        Keys of the trainings between rounds.
    tuned
        Key of the search for a regularizer's setting; None without one.
    diagnoses
        Keys of the diagnoses of its training and of its last deletion, where they were asked for.
    latency
        Key of the timing; None where it was not asked for, and for masks that are not timed.
    untimed
        Why there is no timing though it was asked for; empty otherwise.
    metrics
        Keys of the stages that compute metrics, by the metrics' labels.
    """

    facts: Mapping[str, Json]
    evaluate: str
    after_pruning: str | None = None
    train: str | None = None
    dense: str | None = None
    prunes: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    tuned: str | None = None
    diagnoses: tuple[str, ...] = ()
    latency: str | None = None
    untimed: str = ""
    scores: tuple[str, ...] = ()
    metrics: Mapping[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """All stages the row is read from, as a run meets them."""
        chain = (
            self.tuned,
            self.dense,
            *self.scores,
            *self.prunes,
            *self.between,
            self.train,
            self.after_pruning,
        )
        beside = (*self.metrics.values(), *self.diagnoses, self.latency)
        whole = (*chain, self.evaluate, *beside)
        return tuple(key for key in whole if key is not None)


@dataclass(frozen=True)
class Plan:
    """Stages in an order in which inputs come first, and the rows they lead to.

    Parameters
    ----------
    stages
        By key.
    trials
        Rows to be.
    skipped
        Combinations that cannot work.
    trainings_naive
        Trainings if every trial trained its own dense net and shared nothing.

    Attributes
    ----------
    needed_by
        By key, the stages that read a stage's tensors.
    waypoints
        Keys of trainings from which a longer one goes on.
    """

    stages: Mapping[str, Stage]
    trials: tuple[PlannedTrial, ...]
    skipped: tuple[Skipped, ...] = ()
    trainings_naive: int = 0
    needed_by: Mapping[str, tuple[str, ...]] = field(init=False)
    waypoints: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needed_by", invert(self.stages.values()))
        resumed = frozenset(stage.resume for stage in self.stages.values() if stage.resume)
        object.__setattr__(self, "waypoints", resumed)

    @property
    def counts(self) -> dict[str, int]:
        """Stages by kind."""
        counts = Counter(stage.kind for stage in self.stages.values())
        return {kind: counts[kind] for kind in get_args(Kind) if counts[kind]}

    @property
    def trainings(self) -> int:
        """Trainings in the plan; a rewind point on the way to a longer training is none."""
        return sum(
            stage.kind == "train" and not self.is_waypoint(stage) for stage in self.stages.values()
        )

    def is_waypoint(self, stage: Stage) -> bool:
        """Say whether a training only leads to a later step of the same trajectory."""
        return stage.key in self.waypoints


def invert(stages: Iterable[Stage]) -> dict[str, tuple[str, ...]]:
    """List, for every stage, the stages that read its tensors."""
    readers: dict[str, list[str]] = {}
    for stage in stages:
        for key in stage.needs:
            readers.setdefault(key, []).append(stage.key)
    return {key: tuple(found) for key, found in readers.items()}
