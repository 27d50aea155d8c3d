"""A run's folder: ``run.json`` (what was asked, where, and how it went) and ``results.jsonl``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import get_args, get_origin

from prunebench.core.digest import Json


@dataclass(frozen=True)
class Skipped:
    """A combination that cannot work, with its reason; shown in the plan and in the report."""

    model: str
    dataset: str
    method: str
    target: str
    protocol: str
    reason: str


@dataclass(frozen=True)
class RunRecord:
    """What ``run.json`` holds.

    Parameters
    ----------
    id
        Name of the run's folder; sorts by time.
    created
        ISO 8601 time with offset.
    command
        The command line as it was typed.
    experiment
        The resolved experiment, as a TOML would say it.
    stages
        Planned stages by kind.
    trainings_naive, trainings_planned
        Trainings without and with sharing.
    skipped
        Combinations left out.
    environment
        Versions, device, threads, plugin distributions; ``environment["id"]`` is their digest.
    claims
        Claims that the results are to decide, as they stood before the first training: ``file``
        (SHA-256 of the claims file, of which ``claims.toml`` is a copy), ``tier``, ``digests`` by
        id; where the store held some of the run's retrainings by then, ``done`` of ``retrainings``;
        empty without claims.
    papers
        Sources of the methods and protocols by kind and id, such as ``"method obd"``.
    metrics
        How to print the rows' `metrics`, by label: ``paper``, ``unit``, ``scale`` (what values are
        multiplied by), ``decimals`` and ``direction`` (``"higher"`` or ``"lower"`` is better).
    executed, reused, failed, blocked
        Stages, once the run has ended.
    seconds
        Wall time of the run.
    worker_memory
        Largest size of one worker's own memory in bytes, without the data set and the libraries
        that all workers share; 0 where nothing says (only Linux does).
    estimated_seconds
        What `seconds` was thought to become before the first stage; 0 where nobody asked.
    left
        Stages that were not begun, for want of time or because the run was interrupted.
    """

    id: str
    created: str
    command: str
    experiment: dict[str, Json]
    stages: dict[str, int]
    trainings_naive: int
    trainings_planned: int
    skipped: tuple[Skipped, ...] = ()
    environment: dict[str, Json] = field(default_factory=dict)
    claims: dict[str, Json] = field(default_factory=dict)
    papers: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, dict[str, Json]] = field(default_factory=dict)
    executed: int = 0
    reused: int = 0
    failed: int = 0
    blocked: int = 0
    seconds: float = 0.0
    worker_memory: int = 0
    estimated_seconds: float = 0.0
    left: int = 0
    schema: int = 1


KINDS: Mapping[object, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    tuple: "a list",
}
"""How a message calls what a field holds."""


def refuse_misfits(document: Mapping[str, Json], kind: type[RunRecord] | type[Skipped]) -> None:
    """Refuse a record that a stranger, or a crash, has left with something else in a field.

    Raises
    ------
    TypeError
        With the field and what it must hold.
    """
    for declared in fields(kind):
        if declared.name in document and not fits(declared.type, document[declared.name]):
            what = KINDS[get_origin(declared.type) or declared.type]
            msg = f"{declared.name} must hold {what}"
            raise TypeError(msg)
    environment = document.get("environment")
    if isinstance(environment, dict) and not isinstance(environment.get("id", ""), str):
        msg = "environment.id must hold text"  # rows are told apart by it
        raise TypeError(msg)


def fits(hint: object, value: object) -> bool:
    """Say whether a value is of the type that a field declares."""
    kind = get_origin(hint) or hint
    if kind is dict:
        inner = get_args(hint)[1]
        loose = inner not in (str, int)
        return isinstance(value, dict) and all(loose or fits(inner, v) for v in value.values())
    if kind is tuple:
        return isinstance(value, list | tuple)
    if kind is str:
        return isinstance(value, str)
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    return whole or (kind is float and isinstance(value, float) and isfinite(value))
