"""What an exported network says of itself: the contents of ``model.json``."""

import json
from typing import Any

from prunebench.contracts.model import Model
from prunebench.contracts.settings import resolved
from prunebench.core.granularity import Granularity
from prunebench.core.initialise import kernels
from prunebench.core.kept import write_cut
from prunebench.results.columns import to_document
from prunebench.results.folder import finite
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord
from prunebench.run.bench import Bench
from prunebench.run.network import Survivor, build, read_mask

SCHEMA = 1

MEASURED = (
    "status",
    "test_accuracy_last",
    "test_loss_last",
    "test_top5_last",
    "accuracy_after_pruning",
    "density",
    "params_dense",
    "params_kept",
    "macs_dense",
    "macs_physical",
    "macs_sparse",
)
ORIGIN = (
    "dataset",
    "model",
    "method",
    "protocol",
    "target",
    "recipe",
    "seed",
    "draw",
    "regularized_by",
    "control_of",
    "settings",
    "mask_digest",
    "environment",
)


def describe_export(
    bench: Bench, spec: Any, survivor: Survivor, row: Measurement, record: RunRecord
) -> dict[str, Any]:
    """Describe a network that was evaluated.

    Parameters
    ----------
    bench
        Configures the model.
    spec
        Of the evaluation.
    survivor
        The network, cut or masked.
    row, record
        What was measured, in which run.
    """
    model = bench.model(spec["model"])
    document: dict[str, Any] = to_document(row)
    return {
        "schema": SCHEMA,
        "trial": row.trial,
        "weights_digest": row.weights_digest,
        "model": {**model_facts(model, spec), "cut": cut_facts(model, spec, survivor)},
        "input": {
            "shape": spec["model"]["shape"],
            "preprocessing": spec["data"]["preprocessing"],
            "note": "(pixel / scale - mean) / std, per channel; (images, channels, height, width)",
        },
        "layers": layer_facts(survivor),
        "measured": {name: document.get(name) for name in MEASURED},
        "origin": {
            "run": record.id,
            "created": record.created,
            **{name: document.get(name) for name in ORIGIN},
            "data": spec["data"]["identity"],
            "versions": record.environment.get("libraries"),
            "python": record.environment.get("python"),
            "plugins": record.environment.get("plugins"),
        },
    }


def model_facts(model: Model, spec: Any) -> dict[str, Any]:
    """Say which class builds the dense network, and from what."""
    return {
        "name": model.name,
        "module": type(model).__module__,
        "class": type(model).__qualname__,
        "settings": resolved(model),
        "version": model.version,
        "source": spec["model"]["source"],
        "shape": spec["model"]["shape"],
        "classes": spec["model"]["classes"],
        "channels_last": spec["channels_last"],
    }


def cut_facts(model: Model, spec: Any, survivor: Survivor) -> list[Any]:
    """Write the channel groups that were cut, with what is kept; nothing of a masked network."""
    if survivor.pruning is None:
        return []
    mask, granularity = read_mask(survivor.pruning)
    if granularity is not Granularity.CHANNEL:
        return []
    _, groups = build(model, spec["model"])
    return write_cut(groups, mask)


def layer_facts(survivor: Survivor) -> dict[str, Any]:
    """Give every layer's outputs and inputs as they are now, and its kernel's kept fraction."""
    found: dict[str, Any] = {}
    for name, module in kernels(survivor.network):
        mask = survivor.masks.get(f"{name}.weight")
        found[name] = {
            "outputs": module.weight.shape[0],
            "inputs": module.weight.shape[1],
            "density": 1.0 if mask is None else float(mask.double().mean()),
        }
    return found


def to_json(facts: dict[str, Any]) -> str:
    """Write facts as strict JSON for people to read."""
    return json.dumps(finite(facts), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
