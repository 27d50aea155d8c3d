"""Take dense weights that a person gave."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from safetensors.torch import load_file

from prunebench.core.digest import Json
from prunebench.errors import DataError
from prunebench.run.bench import Bench
from prunebench.run.network import build
from prunebench.run.task import Task
from prunebench.store.artifact import Artifact, grouped


def load_stage(bench: Bench, task: Task) -> Artifact:
    """Read a safetensors file, or the weights that the model's publisher offers.

    Raises
    ------
    DataError
        If they do not fit the network.
    """
    began = perf_counter()
    spec: Mapping[str, Any] = task.spec
    model = bench.model(spec["model"])
    network, _ = build(model, spec["model"])
    path = str(task.place["weights"])
    found = load_file(path) if path else dict(model.pretrained(network))
    try:
        network.load_state_dict(found)
    except RuntimeError as error:
        msg = f"the given weights do not fit {spec['model']['name']}: {error}"
        raise DataError(msg) from None
    record: dict[str, Json] = {
        "status": "ok",
        "epochs": 0.0,
        "images_seen": 0,
        "seconds": perf_counter() - began,
    }
    return Artifact(record, grouped(last=network.state_dict()))
