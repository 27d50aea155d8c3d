"""Read a trial's stages together into one row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from prunebench.plan.plan import Plan, PlannedTrial
from prunebench.results.measurement import Measurement
from prunebench.run.scheduler import Outcome

Record = Mapping[str, Any]

SIZES = (
    "params_dense",
    "params_kept",
    "prunable_dense",
    "prunable_kept",
    "macs_dense",
    "macs_physical",
    "macs_sparse",
    "layer_densities",
    "shortfall",
    "mask_digest",
)
DIAGNOSES = (
    "train_accuracy",
    "train_loss_before_pruning",
    "train_loss_after_pruning",
    "weight_distance",
    "dense_distance_kept",
    "dense_distance_pruned",
)
SCORES = tuple(
    f"test_{what}_{point}"
    for what in ("accuracy", "loss", "top5")
    for point in ("last", "selected")
)


@dataclass(frozen=True)
class Chain:
    """The records behind one row, each None where the trial has no such stage."""

    evaluate: Record
    after: Record | None
    train: Record | None
    dense: Record | None
    scores: tuple[Record, ...]
    prunes: tuple[Record, ...]
    between: tuple[Record, ...]
    tuned: Record | None
    diagnoses: tuple[Record, ...]
    latency: Record | None

    @property
    def method(self) -> tuple[Record, ...]:
        """Records of what the method did: its cost is the same whoever shares its scores."""
        return (*self.scores, *self.prunes)


def read_row(trial: PlannedTrial, read: Callable[[str], Record]) -> Measurement:
    """Make the row of a trial whose stages are done.

    Parameters
    ----------
    trial
        What was planned.
    read
        Gives the record of a stage.
    """
    chain = Chain(
        evaluate=read(trial.evaluate),
        after=read(trial.after_pruning) if trial.after_pruning else None,
        train=read(trial.train) if trial.train else None,
        dense=read(trial.dense) if trial.dense else None,
        scores=tuple(map(read, trial.scores)),
        prunes=tuple(map(read, trial.prunes)),
        between=tuple(map(read, trial.between)),
        tuned=read(trial.tuned) if trial.tuned else None,
        diagnoses=tuple(map(read, trial.diagnoses)),
        latency=read(trial.latency) if trial.latency else None,
    )
    facts: dict[str, Any] = dict(trial.facts)
    return Measurement(
        **facts,
        status=status(chain),
        environment=chain.evaluate["environment"],
        **sizes(chain),
        **scores(chain),
        **training(chain),
        **method_cost(chain),
        **diagnosed(chain),
        metrics=measured(trial, read),
        latency=latency(trial, chain),
        **ledger(chain, is_dense=trial.train == trial.dense),
    )


def status(chain: Chain) -> Any:
    """Give the first outcome on the way that is not ok."""
    records = (chain.tuned, chain.dense, *chain.prunes, *chain.between, chain.train, chain.evaluate)
    found = [str(record["status"]) for record in records if record is not None]
    return next((outcome for outcome in found if outcome != "ok"), "ok")


def sizes(chain: Chain) -> dict[str, Any]:
    """Give what is kept; a dense network keeps everything."""
    if not chain.prunes:
        params, macs = chain.evaluate["params_measured"], chain.evaluate["macs_measured"]
        return {
            "params_dense": params,
            "params_kept": params,
            "macs_dense": macs,
            "macs_physical": macs,
            "macs_sparse": macs,
            "density": 1.0,
            "compression_ratio": 1.0,
            "theoretical_speedup": 1.0,
            "realised": True,
            "shortfall": 0,
        }
    last = chain.prunes[-1]
    return {
        **{name: last[name] for name in SIZES},
        "density": last["prunable_kept"] / last["prunable_dense"],
        "compression_ratio": ratio(last["params_dense"], last["params_kept"]),
        "theoretical_speedup": ratio(last["macs_dense"], last["macs_sparse"]),
        "realised": last["granularity"] == "channel",
    }


def ratio(dense: int, kept: int) -> float | None:
    """Divide; None where nothing is left."""
    return dense / kept if kept else None


def scores(chain: Chain) -> dict[str, Any]:
    """Give accuracies, losses and digests of the evaluation."""
    found = {name: chain.evaluate[name] for name in SCORES}
    points = [found["test_accuracy_last"], found["test_accuracy_selected"]]
    measured = [value for value in points if value is not None]
    return {
        **found,
        "test_accuracy_best": max(measured, default=None),
        "accuracy_after_pruning": chain.after["test_accuracy_last"] if chain.after else None,
        "weights_digest": chain.evaluate["weights_digest"],
        "predictions_digest": chain.evaluate["predictions_digest"],
        "density_evaluated": chain.evaluate["density"],
    }


def training(chain: Chain) -> dict[str, Any]:
    """Give how the retraining went; nothing for the protocol ``none``."""
    pruned = chain.prunes[-1] if chain.prunes else None
    found: dict[str, Any] = {
        "density_after_pruning": pruned["prunable_kept"] / pruned["prunable_dense"]
        if pruned
        else 1.0,
    }
    if chain.train is None:
        return found | {"steps": 0, "epochs": 0.0}
    curve = chain.train["curve"]
    steps: list[int] = curve["step"]
    at = steps.index(chain.train["selected_step"]) if chain.train["selected_step"] in steps else -1
    validated = bool(curve["validation_loss"]) and at >= 0
    return found | {
        "density_after_training": chain.train["density"],
        "steps": chain.train["steps"],
        "epochs": chain.train["epochs"],
        "selected_step": chain.train["selected_step"],
        "validation_loss": curve["validation_loss"][at] if validated else None,
        "validation_accuracy": curve["validation_accuracy"][at] if validated else None,
        "train_loss": curve["train_loss"][-1] if curve["train_loss"] else None,
        "curve": curve,
        "budget_ratio": chain.train["budget_ratio"],
        "seconds": chain.train["seconds"],
        "peak_memory": chain.train["peak_memory"],
    }


def ledger(chain: Chain, *, is_dense: bool) -> dict[str, Any]:
    """Add up what the row cost: dense training, training between rounds, retraining.

    Multiply-adds are forward ones of the kept weights, for every image seen.
    """
    dense_macs = chain.prunes[-1]["macs_dense"] if chain.prunes else chain.evaluate["macs_measured"]
    first = spent(chain.dense, dense_macs)
    rounds = [
        spent(record, pruned["macs_sparse"])
        for record, pruned in zip(chain.between, chain.prunes, strict=False)
    ]
    kept_macs = chain.prunes[-1]["macs_sparse"] if chain.prunes else 0
    last = (0.0, 0, 0.0) if is_dense else spent(chain.train, kept_macs)
    scoring = sum(record["seconds"] for record in chain.method)
    tuning = spent(chain.tuned, dense_macs)
    return {
        "dense_epochs": first[0],
        "pruning_epochs": sum((epochs for epochs, _, _ in rounds), 0.0),
        "total_epochs": (
            tuning[0] + first[0] + sum((epochs for epochs, _, _ in rounds), 0.0) + last[0]
        ),
        "dense_macs": first[1],
        "pruning_macs": sum(macs for _, macs, _ in rounds),
        "retraining_macs": last[1],
        "total_macs": tuning[1] + first[1] + sum(macs for _, macs, _ in rounds) + last[1],
        "dense_seconds": first[2],
        "pruning_seconds": scoring + sum((seconds for _, _, seconds in rounds), 0.0),
    }


def method_cost(chain: Chain) -> dict[str, Any]:
    """Give what the method itself cost: its tuning, and all its rounds; nothing for dense rows."""
    found: dict[str, Any] = {}
    if chain.tuned is not None:
        epochs, macs, seconds = spent(chain.tuned, chain.prunes[-1]["macs_dense"])
        found = {
            "tuned_setting": chain.tuned["setting"],
            "tuned_value": chain.tuned["value"],
            "tuning_epochs": epochs,
            "tuning_macs": macs,
            "tuning_seconds": seconds,
        }
    if not chain.prunes:
        return found
    peaks = [record["method_memory"] for record in chain.method]
    return found | {
        "method_seconds": sum(record["method_seconds"] for record in chain.method),
        "method_samples": sum(record["method_samples"] for record in chain.method),
        "method_memory": max((peak for peak in peaks if peak is not None), default=None),
    }


def diagnosed(chain: Chain) -> dict[str, Any]:
    """Give what the diagnoses found; nothing where none was asked for."""
    found = {key: value for record in chain.diagnoses for key, value in record.items()}
    return {name: found.get(name) for name in DIAGNOSES}


def measured(trial: PlannedTrial, read: Callable[[str], Record]) -> dict[str, float]:
    """Give the metrics by label; a network that diverged has none."""
    found = {label: read(key)["value"] for label, key in trial.metrics.items()}
    return {label: value for label, value in found.items() if value is not None}


def latency(trial: PlannedTrial, chain: Chain) -> dict[str, Any]:
    """Give the times of the pruned network and the dense one, or why there are none."""
    if chain.latency is None:
        return {"untimed": trial.untimed} if trial.untimed else {}
    return {**chain.latency["latency"], "environment": chain.latency["environment"]}


def spent(record: Record | None, macs: int) -> tuple[float, int, float]:
    """Give (epochs, multiply-adds, seconds) of one training."""
    if record is None:
        return 0.0, 0, 0.0
    return record["epochs"], record["images_seen"] * macs, record["seconds"]


def without_failed_extras(trial: PlannedTrial, outcome: Outcome) -> PlannedTrial:
    """Leave out of a trial what was to be measured besides its accuracy and failed.

    A metric is lost too where it compares with a dense network whose own test failed.
    """
    lost = outcome.failed.keys() | outcome.blocked.keys()
    return replace(
        trial,
        diagnoses=tuple(key for key in trial.diagnoses if key not in outcome.failed),
        metrics={name: key for name, key in trial.metrics.items() if key not in lost},
        latency=None if trial.latency in outcome.failed else trial.latency,
    )


def why_lost(key: str, outcome: Outcome, plan: Plan) -> str:
    """Say why a stage has no outcome."""
    title = plan.stages[key].title
    if key in outcome.failed:
        return f"'{title}' failed: {outcome.failed[key]}"
    cause = outcome.blocked[key]
    return f"'{title}' needs '{plan.stages[cause].title}', which failed: {outcome.failed[cause]}"


def unfinished_row(
    trial: PlannedTrial, outcome: Outcome, plan: Plan, environment: str
) -> Measurement | None:
    """Make the row of a trial that failed or was blocked; None if it is only unfinished."""
    facts: dict[str, Any] = dict(trial.facts)
    for key in trial.keys:
        if key in outcome.failed:
            reason = outcome.failed[key]
            return Measurement(**facts, status="failed", reason=reason, environment=environment)
        if key in outcome.blocked:
            cause = outcome.blocked[key]
            title = plan.stages[cause].title
            reason = f"needs '{title}', which failed: {outcome.failed[cause]}"
            return Measurement(**facts, status="blocked", reason=reason, environment=environment)
    return None
