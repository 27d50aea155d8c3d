"""Test a network at its declared points; the test set is read nowhere else."""

from collections.abc import Mapping
from math import isfinite
from time import perf_counter
from typing import Any

from prunebench.core.cost import count
from prunebench.core.digest import Json
from prunebench.run.bench import Bench
from prunebench.run.digests import tensors_digest
from prunebench.run.network import Survivor, make_survivor, prunable_density
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact, grouped
from prunebench.training.evaluate import Evaluation, evaluate


def evaluate_stage(bench: Bench, task: Task) -> Artifact:
    """Evaluate at `last`, and at `selected` where a training chose another state."""
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    survivor = make_survivor(bench, spec, trained=spec["trained"])
    survivor.network.to(spec["device"])
    last = test(bench, task, survivor)
    chosen = selected(bench, task, survivor, last)
    sizes: Mapping[str, Any] = survivor.pruning.record["layer_sizes"] if survivor.pruning else {}  # type: ignore[assignment]
    params, macs = count(survivor.network, tuple(spec["model"]["shape"]))
    predictions = {"class": last.predictions, "confidence": last.confidence}
    record: dict[str, Json] = {
        "status": "ok" if isfinite(last.loss) else "diverged",
        **points(last, "last"),
        **points(chosen, "selected"),
        "params_measured": params,
        "macs_measured": macs,
        "density": prunable_density(survivor, sizes) if sizes else 1.0,
        "predictions_digest": tensors_digest(predictions),
        "weights_digest": tensors_digest(survivor.network.state_dict()),
        "seconds": perf_counter() - began,
    }
    return Artifact(record, grouped(predictions=predictions))


def test(bench: Bench, task: Task, survivor: Survivor) -> Evaluation:
    """Evaluate a network on the test set."""
    info, images = bench.data(task)
    dtype = task.spec["dtype"]
    return evaluate(survivor.network, images.test, info.preprocessing, dtype=dtype)  # type: ignore[arg-type] # a recipe's


def selected(bench: Bench, task: Task, survivor: Survivor, last: Evaluation) -> Evaluation:
    """Evaluate the selected state; the network has its last state again afterwards."""
    spec: Mapping[str, Any] = task.spec
    state = bench.artifact(spec["network"]["weights"]).part("selected") if spec["trained"] else {}
    if not state:
        return last
    kept = {name: tensor.clone() for name, tensor in survivor.network.state_dict().items()}
    survivor.network.load_state_dict(state)
    found = test(bench, task, survivor)
    survivor.network.load_state_dict(kept)
    return found


def points(evaluation: Evaluation, point: str) -> dict[str, Json]:
    """Write an evaluation down; numbers that are not finite are None."""
    broken = not isfinite(evaluation.loss)
    return {
        f"test_accuracy_{point}": None if broken else evaluation.accuracy,
        f"test_loss_{point}": None if broken else evaluation.loss,
        f"test_top5_{point}": None if broken else evaluation.top5,
    }
