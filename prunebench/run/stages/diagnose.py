"""Look at training images and weights: what a training or a deletion did to a network."""

from collections.abc import Mapping
from math import isfinite, sqrt
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from prunebench.core.digest import Json
from prunebench.run.bench import Bench
from prunebench.run.network import Survivor, make_survivor
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact
from prunebench.training.evaluate import Evaluation, evaluate


def diagnose_stage(bench: Bench, task: Task) -> Artifact:
    """Diagnose a training, or the deletion of the last pruning round."""
    began = perf_counter()
    found = training(bench, task) if task.spec["what"] == "training" else deletion(bench, task)
    return Artifact({"status": "ok", **found, "seconds": perf_counter() - began}, {})


def training(bench: Bench, task: Task) -> dict[str, Json]:
    """Test a trained network on its training images, and measure how far its weights moved."""
    spec: Mapping[str, Any] = task.spec
    end = make_survivor(bench, spec, trained=True)
    start = make_survivor(bench, {**spec, "network": spec["start"]})
    kernels = [f"{name}.weight" for name in spec["prunable"]]
    moved = distance(start, end, kernels, end.masks)
    seen = on_training_images(bench, task, end)
    finite = isfinite(seen.loss)
    return {
        "train_accuracy": seen.accuracy if finite else None,
        "weight_distance": moved if finite else None,
        **dense_distances(bench, spec, kernels, end.masks),
    }


def dense_distances(
    bench: Bench, spec: Mapping[str, Any], kernels: list[str], masks: Mapping[str, Tensor]
) -> dict[str, Json]:
    """Measure how far the dense network's weights moved: those kept later, those removed."""
    if spec["dense"] is None:
        return {"dense_distance_kept": None, "dense_distance_pruned": None}
    start, end = (make_survivor(bench, {**spec, "network": network}) for network in spec["dense"])
    removed = {name: ~mask for name, mask in masks.items()}
    return {
        "dense_distance_kept": distance(start, end, kernels, masks),
        "dense_distance_pruned": distance(start, end, kernels, removed),
    }


@torch.no_grad()
def distance(
    start: Survivor, end: Survivor, kernels: list[str], masks: Mapping[str, Tensor]
) -> float | None:
    """Give ‖θ_T - θ_0‖ / ‖θ_0‖ over the kernels' weights under the masks; None of nothing.

    A kernel without a mask counts whole; one that went with its block does not count.
    """
    first, last = dict(start.network.named_parameters()), dict(end.network.named_parameters())
    moved = length = 0.0
    for name in kernels:
        if name not in first:
            continue
        weight, chosen = first[name].double(), masks.get(name, torch.tensor(True))  # noqa: FBT003 - a value, not a flag
        moved += float(((last[name].double() - weight) * chosen).square().sum())
        length += float((weight * chosen).square().sum())
    return sqrt(moved / length) if length and isfinite(moved) else None


def deletion(bench: Bench, task: Task) -> dict[str, Json]:
    """Measure the training loss around the last pruning round."""
    spec: Mapping[str, Any] = task.spec
    known = spec["before"]
    before = make_survivor(bench, {**spec, "network": known}, trained=known["mask"] is not None)
    after = make_survivor(bench, spec)
    return {
        "train_loss_before_pruning": finite(on_training_images(bench, task, before).loss),
        "train_loss_after_pruning": finite(on_training_images(bench, task, after).loss),
    }


def finite(loss: float) -> float | None:
    """Give a loss, or None for one that is no number."""
    return loss if isfinite(loss) else None


def on_training_images(bench: Bench, task: Task, survivor: Survivor) -> Evaluation:
    """Evaluate a network on the training images, as they are, without augmentation."""
    spec: Mapping[str, Any] = task.spec
    info, split, _ = bench.training_data(task)
    survivor.network.to(spec["device"])
    if spec["channels_last"]:
        survivor.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stub
    return evaluate(survivor.network, split, info.preprocessing, precision=spec["precision"])
