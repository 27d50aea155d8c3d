"""Score a network and remove units; what is kept is recorded to the unit."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from prunebench.core.digest import Json
from prunebench.core.quota import LikeMask, PerLayer, Quota
from prunebench.plan.quotas import read_quota
from prunebench.run.bench import Bench
from prunebench.run.digests import tensors_digest
from prunebench.run.memory import MemoryWatch
from prunebench.run.network import read_mask
from prunebench.run.pruning import Pruning
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact, grouped


def prune_stage(bench: Bench, task: Task) -> Artifact:
    """Carry out the stage's rounds, each scored on what the one before left."""
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    mask = None if spec["mask"] is None else read_mask(bench.artifact(spec["mask"]))[0]
    work = Pruning(bench, task, spec, bench.artifact(spec["weights"]).part("last"), mask)
    finite, short = work.is_finite, 0
    scores = bench.artifact(spec["scores"]).part("scores") if "scores" in spec else None
    with MemoryWatch() as memory:
        for number, quota in enumerate(map(read_quota, spec["quotas"]), spec["round"]):
            short = work.prune(copied(bench, quota), number, finite=finite, scores=scores)
            scores = None  # later rounds are scored on what this one has left
    status = "diverged" if not finite else "collapsed" if work.is_collapsed else "ok"
    record: dict[str, Json] = {"status": status, "shortfall": short, **work.sizes()}
    tensors = grouped(mask=dict(work.mask), weights=work.repaired)
    digest = tensors_digest(dict(work.mask))
    record |= {
        "mask_digest": digest,
        "seconds": perf_counter() - began,
        "method_seconds": work.seconds,
        "method_samples": work.images_drawn,
        "method_memory": memory.peak,
    }
    return Artifact(record, tensors)


def copied(bench: Bench, quota: Quota) -> Quota:
    """Read another stage's kept counts, where a quota is to be like them."""
    if not isinstance(quota, LikeMask):
        return quota
    counts: Mapping[str, Any] = bench.artifact(quota.stage).record["counts"]  # type: ignore[assignment] # an object
    return PerLayer({name: int(count) for name, count in counts.items()})
