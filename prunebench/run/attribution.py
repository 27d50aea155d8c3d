"""Which plugin a stage failed in."""

from collections.abc import Mapping
from typing import Any

from prunebench.errors import ContractError, PrunebenchError
from prunebench.plugin.blame import Blame, accused, blame
from prunebench.plugin.offer import Kind
from prunebench.plugin.registry import Registry
from prunebench.run.task import Task

GIVERS: Mapping[str, tuple[Kind, str]] = {
    "score": ("method", "method"),
    "prune": ("method", "method"),
    "measure": ("metric", "metric"),
}
"""Kinds of stages that check what a plugin has given: its kind, and what names it in the spec."""


def fault(registry: Registry, task: Task, error: BaseException) -> Blame | None:
    """Say whose code a stage failed in; None if it is no plugin's.

    A broken contract shows when the plugin has returned: then it is the one that the stage asked.
    """
    found = accused(error, registry.inventory.plugins)
    if found is not None or not isinstance(error, ContractError):
        return found
    asked = giver(task)
    if asked is None:
        return None
    try:
        return blame(registry.find(*asked).origin)
    except PrunebenchError:  # nobody is so called, which is what has failed
        return None


def giver(task: Task) -> tuple[Kind, str] | None:
    """Name the plugin whose answers a stage checks, by kind and name; None without one."""
    spec: Mapping[str, Any] = task.spec
    place: Mapping[str, Any] = task.place
    if task.kind in GIVERS:
        kind, field = GIVERS[task.kind]
        return kind, spec[field]["name"]
    if task.kind == "train" and spec.get("regularizer"):
        return "method", place["method"]["name"]
    return None
