"""Test a network at its declared points; the test set is read nowhere else."""

from collections.abc import Mapping
from math import isfinite
from time import perf_counter
from typing import Any

import torch

from prunebench.core.cost import count
from prunebench.core.digest import Json, digest
from prunebench.errors import ContractError, StoreError
from prunebench.run.bench import Bench
from prunebench.run.digests import tensors_digest
from prunebench.run.network import Survivor, make_survivor, prunable_density
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact, grouped
from prunebench.store.contents import TESTED
from prunebench.store.index import Index
from prunebench.training.evaluate import Evaluation, evaluate


def evaluate_stage(bench: Bench, task: Task) -> Artifact:
    """Evaluate at `last`, and at `selected` where a training chose another state."""
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    survivor = make_survivor(bench, spec, trained=spec["trained"])
    survivor.network.to(spec["device"])
    if spec["channels_last"]:
        survivor.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stub
    weights = tensors_digest(survivor.network.state_dict())
    last, source = tested(bench, task, survivor, weights)
    chosen = selected(bench, task, survivor, last)
    params, macs = count(survivor.network, tuple(spec["model"]["shape"]))
    # A diverged network has NaN under its mask too.
    density = verified_density(survivor, params, macs) if isfinite(last.loss) else None
    predictions = {"class": last.predictions, "confidence": last.confidence}
    record: dict[str, Json] = {
        "status": "ok" if isfinite(last.loss) else "diverged",
        **points(last, "last"),
        **points(chosen, "selected"),
        "params_measured": params,
        "macs_measured": macs,
        "density": density,
        "predictions_digest": tensors_digest(predictions),
        "weights_digest": weights,
        "tested_by": source,
        "seconds": perf_counter() - began,
    }
    return Artifact(record, grouped(predictions=predictions))


def tested(
    bench: Bench, task: Task, survivor: Survivor, weights: str
) -> tuple[Evaluation, str | None]:
    """Test a network, or take over what a stage has measured of the same one; gives its key too."""
    known = Index(bench.store.root / TESTED)
    name = content(bench, task, survivor, weights)
    source = known.find(name)
    found = None if source is None else measured(bench, source)
    if found is not None:
        return found, source
    found = test(bench, task, survivor)
    known.note(name, task.key)
    return found, None


def content(bench: Bench, task: Task, survivor: Survivor, weights: str) -> str:
    """Name what a test depends on: the network itself, whatever stages led to it."""
    spec: Mapping[str, Any] = task.spec
    pruning = survivor.pruning
    is_cut = pruning is not None and pruning.record["granularity"] == "channel"
    return digest(
        {
            "weights": weights,
            "model": spec["model"],
            "cut": pruning.record["mask_digest"] if pruning is not None and is_cut else None,
            "data": spec["data"],
            "device": spec["device"],
            "precision": spec["precision"],
            "channels_last": spec["channels_last"],
            "environment": bench.environment(task),
        }
    )


def measured(bench: Bench, key: str) -> Evaluation | None:
    """Read what another stage has measured at `last`; None if that is gone."""
    try:
        found = bench.artifact(key)
    except StoreError:
        return None
    record: Mapping[str, Any] = found.record
    if record["status"] != "ok":
        return None
    predictions = found.part("predictions")
    return Evaluation(
        loss=record["test_loss_last"],
        accuracy=record["test_accuracy_last"],
        top5=record["test_top5_last"],
        predictions=predictions["class"],
        confidence=predictions["confidence"],
    )


def verified_density(survivor: Survivor, params: int, macs: int) -> float:
    """Measure the kept fraction of the prunable set, and compare with what pruning recorded.

    Raises
    ------
    ContractError
        If weights came back during training, or a cut network has another size than its channel
        groups promised.
    """
    if survivor.pruning is None:
        return 1.0
    sizes: Mapping[str, Any] = survivor.pruning.record
    kept = sizes["prunable_kept"] / sizes["prunable_dense"]
    density = prunable_density(survivor, sizes["layer_sizes"])
    if density != kept:
        msg = f"the evaluated network keeps {density:.6f} of its weights, but {kept:.6f} were kept."
        raise ContractError(msg)
    promised = (sizes["params_kept"], sizes["macs_physical"])
    if sizes["granularity"] == "channel" and (params, macs) != promised:
        msg = (
            f"the cut network has {params} parameters and {macs} multiply-adds, but its channel "
            f"groups promise {promised[0]} and {promised[1]}; the model's groups are wrong."
        )
        raise ContractError(msg)
    return density


def test(bench: Bench, task: Task, survivor: Survivor) -> Evaluation:
    """Evaluate a network on the test set."""
    info, images = bench.data(task)
    precision: Any = task.spec["precision"]
    return evaluate(survivor.network, images.test, info.preprocessing, precision=precision)


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
