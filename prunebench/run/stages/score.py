"""Score a network once for all densities."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from prunebench.core.digest import Json
from prunebench.run.bench import Bench
from prunebench.run.memory import MemoryWatch
from prunebench.run.network import read_mask
from prunebench.run.pruning import Pruning
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact, grouped


def score_stage(bench: Bench, task: Task) -> Artifact:
    """Score the units that are left; of a network that has diverged there is nothing to score."""
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    mask = None if spec["mask"] is None else read_mask(bench.artifact(spec["mask"]))[0]
    work = Pruning(bench, task, spec, bench.artifact(spec["weights"]).part("last"), mask)
    with MemoryWatch() as memory:
        found = work.score(spec["round"]) if work.is_finite else {}
    record: dict[str, Json] = {
        "status": "ok" if work.is_finite else "diverged",
        "seconds": perf_counter() - began,
        "method_seconds": work.seconds,
        "method_samples": work.images_drawn,
        "method_memory": memory.peak,
    }
    return Artifact(record, grouped(scores={name: s.detach().cpu() for name, s in found.items()}))
