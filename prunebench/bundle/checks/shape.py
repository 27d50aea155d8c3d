"""Coordinates of a trial as they must look before anything is compared with them."""

from collections.abc import Mapping
from typing import Any

from prunebench.results.measurement import Measurement

Shape = Mapping[str, Any]
"""Names to a type, several types, or another shape; more names may be there."""

MANY = 10**12
"""No training has as many steps."""

ITEM: Shape = {"name": str, "settings": dict}
WHOLE: Shape = {
    "dataset": {**ITEM, "identity": str},
    "model": ITEM,
    "training": {"steps": int, "batch": int, "epoch_steps": int, "lr": (int, float)},
    "seed": int,
}
PRUNED: Shape = {
    **WHOLE,
    "prunable": list,
    "method": ITEM,
    "protocol": {"name": str, "start": str, "budget": str},
    "target": dict,
    "between": dict,
    "draw": int,
}


def misfit(row: Measurement) -> str:
    """Name the first coordinate that is absent or of another type; empty if there is none."""
    return first_misfit(row.settings, WHOLE if is_dense(row) else PRUNED) or own_misfit(row)


def is_dense(row: Measurement) -> bool:
    """Say whether a row is of a dense network."""
    return row.method_id == "dense"


def first_misfit(found: Any, shape: Shape, where: str = "settings") -> str:
    """Name the first place where a value has not a shape."""
    if not isinstance(found, dict):
        return where
    for name, wanted in shape.items():
        value = found.get(name)
        place = f"{where}.{name}"
        if isinstance(wanted, Mapping):
            inner = first_misfit(value, wanted, place)
            if inner:
                return inner
        elif not isinstance(value, wanted) or isinstance(value, bool):
            return place
    return ""


def own_misfit(row: Measurement) -> str:
    """Name what is wrong with lengths, and with a control's target."""
    training: Any = row.settings["training"]
    if not all(0 < training[name] < MANY for name in ("batch", "epoch_steps", "steps")):
        return "settings.training"
    if is_dense(row):
        pull: Any = row.settings.get("regularizer", {})
        tuned = pull.get("tuned") if isinstance(pull, dict) else 0
        return "" if isinstance(tuned, dict | None) else "settings.regularizer"
    target: Any = row.settings["target"]
    protocol: Any = row.settings["protocol"]
    for name in ("steps", "rewind", "extra"):
        if not (type(protocol.get(name, 0)) is int and 0 <= protocol.get(name, 0) < MANY):
            return f"settings.protocol.{name}"
    if "like" in target:
        return first_misfit(
            target["like"], {"method": ITEM, "target": dict}, "settings.target.like"
        )
    return ""


def target_of(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a trial's target; of a control, that of the method whose counts it has."""
    target: Mapping[str, Any] = settings["target"]
    return target["like"]["target"] if "like" in target else target
