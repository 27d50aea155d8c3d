"""Compute a metric of outputs that tests have left; no network is run."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from prunebench.contracts.metric import Outputs, Tested, measure
from prunebench.run.bench import Bench
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact


def measure_stage(bench: Bench, task: Task) -> Artifact:
    """Compute one metric of one network; of a network that diverged there is none."""
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    network = bench.artifact(spec["network"])
    dense = None if spec["dense"] is None else bench.artifact(spec["dense"])
    tests = (network,) if dense is None else (network, dense)
    value = None
    if all(test.record["status"] == "ok" for test in tests):
        value = measure(bench.metric(spec["metric"]), tested(bench, task, network, dense))
    return Artifact({"status": "ok", "value": value, "seconds": perf_counter() - began})


def tested(bench: Bench, task: Task, network: Artifact, dense: Artifact | None) -> Tested:
    """Put the outputs of a network and of the dense one beside the labels."""
    info, images = bench.data(task)
    said = outputs(network)
    return Tested(
        classes=said.classes,
        confidence=said.confidence,
        labels=images.test.labels.numpy(),
        class_count=info.classes,
        reference=None if dense is None else outputs(dense),
    )


def outputs(test: Artifact) -> Outputs:
    """Read what a network said of every test image."""
    said = test.part("predictions")
    return Outputs(said["class"].numpy(), said["confidence"].numpy())
