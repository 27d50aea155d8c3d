"""A run's folder: ``run.json`` (what was asked, where, and how it went) and ``results.jsonl``."""

from dataclasses import dataclass, field

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
        id; empty without claims.
    papers
        Sources of the methods and protocols by kind and id, such as ``"method obd"``.
    executed, reused, failed, blocked
        Stages, once the run has ended.
    seconds
        Wall time of the run.
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
    executed: int = 0
    reused: int = 0
    failed: int = 0
    blocked: int = 0
    seconds: float = 0.0
    schema: int = 1
