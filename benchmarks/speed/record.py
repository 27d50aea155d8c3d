"""A measurement as JSON: samples, values, and all that decided them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from benchmarks.speed.case import Goal, Sample, Size, Surroundings
from benchmarks.speed.outcome import Outcome
from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.run.environment import commit, machine

SCHEMA = 1


@dataclass(frozen=True)
class Record:
    """What one invocation measured.

    Parameters
    ----------
    date
        When it began, with the offset from UTC.
    size, repeats
        Amount of work, and rounds at most.
    commit
        Of prunebench's checkout; None outside of one.
    machine
        Versions, processor, cores, device, threads.
    outcomes
        In the order of the table.
    """

    date: str
    size: Size
    repeats: int
    commit: str | None
    machine: Mapping[str, Any]
    outcomes: tuple[Outcome, ...]


def record_of(where: Surroundings, repeats: int, outcomes: Iterable[Outcome]) -> Record:
    """Describe this machine and what was measured on it."""
    return Record(
        date=datetime.now().astimezone().isoformat(timespec="seconds"),
        size=where.size,
        repeats=repeats,
        commit=commit(),
        machine=machine(where.device.type),
        outcomes=tuple(outcomes),
    )


def as_json(record: Record) -> dict[str, Json]:
    """Give a record as JSON; medians and verdicts are written beside what they come from."""
    outcomes = [
        {
            **asdict(outcome),
            "median": outcome.spread.median,
            "p10": outcome.spread.low,
            "p90": outcome.spread.high,
            "met": outcome.is_met,
        }
        for outcome in record.outcomes
    ]
    return {"schema": SCHEMA, **asdict(record), "outcomes": outcomes}


def from_json(document: Mapping[str, Any]) -> Record:
    """Read a record.

    Raises
    ------
    SpecError
        If it is not one of this schema.
    """
    if document.get("schema") != SCHEMA:
        msg = (
            f"not a record of schema {SCHEMA}, got {document.get('schema')!r}; "
            "write one with 'python -m benchmarks.speed --json FILE'."
        )
        raise SpecError(msg)
    return Record(
        date=document["date"],
        size=document["size"],
        repeats=document["repeats"],
        commit=document["commit"],
        machine=document["machine"],
        outcomes=tuple(read_outcome(entry) for entry in document["outcomes"]),
    )


def read_outcome(entry: Mapping[str, Any]) -> Outcome:
    """Read an outcome; what follows from its samples is left to follow."""
    samples: tuple[Sample, ...] = tuple(entry["samples"])
    return Outcome(
        case=entry["case"],
        about=entry["about"],
        kind=entry["kind"],
        formula=entry["formula"],
        unit=entry["unit"],
        amount=entry["amount"],
        samples=samples,
        values=tuple(entry["values"]),
        goal=Goal(**entry["goal"]) if entry["goal"] else None,
        is_guarded=entry["is_guarded"],
    )
