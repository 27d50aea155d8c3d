"""Reproductions: what became of a bundle's trials when somebody ran them again. Needs no torch."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from prunebench.bundle.checks.provenance import is_time
from prunebench.bundle.forms.spaced import strict_json
from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.results.folder import write_aside

SCHEMA = 1

MOST_BYTES = 1 << 20
MOST_TRIALS = 10_000
MOST_LETTERS = 500
"""Limits of a file that a stranger may have written."""

ADDRESS = re.compile("[0-9a-f]{64}")
TRIAL = re.compile("[0-9a-f]{32}")

HOW = ("exact", "interval", "status", "missing")
"""By which rule a trial was judged: equal bits; the interval of the submitted seeds; the outcome
alone, where one of the two has no accuracy; not at all, where it could not be run again."""


@dataclass(frozen=True)
class ReproducedTrial:
    """One trial that was run again.

    Parameters
    ----------
    trial
        Its id.
    submitted, measured
        Test accuracies; None where there is none.
    tolerance
        By how much a measured accuracy might have differed from the mean of the submitted seeds;
        0 where all bits had to be equal.
    agrees
        The verdict.
    how
        One of `HOW`.
    reason
        A sentence: what was compared, and what differs.
    """

    trial: str
    submitted: float | None
    measured: float | None
    tolerance: float
    agrees: bool
    how: str
    reason: str = ""


@dataclass(frozen=True)
class Reproduced:
    """A sample of a bundle's trials, run again.

    Parameters
    ----------
    bundle
        The bundle's address.
    date
        When, in UTC: ``"2025-01-31T12:00:00Z"``.
    by
        Who; empty where nobody says.
    environment
        Where and with what.
    trials
        Sorted by trial.
    """

    bundle: str
    date: str
    by: str
    environment: Mapping[str, Json]
    trials: tuple[ReproducedTrial, ...]
    schema: int = SCHEMA

    @property
    def agreeing(self) -> int:
        """How many of its trials agree."""
        return sum(trial.agrees for trial in self.trials)

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"{self.bundle[:16]}-reproduced-{re.sub('[-:]', '', self.date)}.json"


def write_reproduced(found: Reproduced, folder: Path) -> Path:
    """Write a reproduction into a folder, beside its bundle; gives the file."""
    path = folder / found.name
    write_aside(path, reproduced_text(found))
    return path


def reproduced_text(found: Reproduced) -> str:
    """Write a reproduction as its file has it."""
    return json.dumps(asdict(found), sort_keys=True, indent=2, allow_nan=False) + "\n"


def read_reproduced(path: Path) -> Reproduced:
    """Read a reproduction that anybody may have written.

    Raises
    ------
    SpecError
        If it is too large, no such JSON, from a newer schema, or a field is not what it must be.
    """
    document = read_json(path)
    refuse_strange(document, Reproduced, str(path))
    entries = document["trials"]
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_TRIALS:
        msg = f"{path}: trials must be a list of 1 to {MOST_TRIALS} entries."
        raise SpecError(msg)
    trials = tuple(read_trial(entry, f"{path}, trials[{n}]") for n, entry in enumerate(entries))
    refuse_misfits(document, str(path))
    if len({trial.trial for trial in trials}) < len(trials):
        msg = f"{path}: a trial stands there twice; keep one of them."
        raise SpecError(msg)
    return Reproduced(**{**document, "trials": trials})


def read_json(path: Path) -> dict[str, Any]:
    """Read a small file as strict JSON.

    Raises
    ------
    SpecError
        If it cannot be read as that.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}; name a reproduction's JSON file."
        raise SpecError(msg) from None
    if len(content) > MOST_BYTES:
        msg = f"{path} is larger than {MOST_BYTES} bytes, which no reproduction is; leave it out."
        raise SpecError(msg)
    try:
        found = strict_json(content, MOST_TRIALS + MOST_LETTERS)
    except (ValueError, RecursionError) as error:
        msg = f"{path} is no JSON: {str(error)[:MOST_LETTERS]}; write it anew."
        raise SpecError(msg) from None
    if not isinstance(found, dict):
        msg = f"{path} must hold a JSON object, as 'prunebench reproduce' writes it."
        raise SpecError(msg)
    return found


def read_trial(entry: Json, where: str) -> ReproducedTrial:
    """Read one trial.

    Raises
    ------
    SpecError
        If a field is not what it must be.
    """
    if not isinstance(entry, dict):
        msg = f"{where} must be a JSON object."
        raise SpecError(msg)
    refuse_strange(entry, ReproducedTrial, where)
    value: dict[str, Any] = {"reason": "", **entry}
    sound = {
        "trial": is_text(value["trial"]) and TRIAL.fullmatch(value["trial"]),
        "submitted": value["submitted"] is None or is_fraction(value["submitted"]),
        "measured": value["measured"] is None or is_fraction(value["measured"]),
        "tolerance": is_fraction(value["tolerance"]),
        "agrees": isinstance(value["agrees"], bool),
        "how": value["how"] in HOW,
        "reason": is_text(value["reason"]),
    }
    refuse_unsound(sound, value, where)
    trial = ReproducedTrial(**value)
    refuse_contradiction(trial, where)
    return trial


def refuse_contradiction(trial: ReproducedTrial, where: str) -> None:
    """Refuse a verdict against its own numbers.

    Raises
    ------
    SpecError
        With what contradicts it.
    """
    if not trial.agrees:
        return
    if trial.how == "missing":
        msg = f"{where}: agrees cannot be true where the trial is missing; write the file anew."
        raise SpecError(msg)
    if trial.how == "exact" and trial.submitted != trial.measured:
        msg = (
            f"{where}: agrees cannot be true where the rule is 'exact' and {trial.measured} was "
            f"measured for {trial.submitted}; write the file anew."
        )
        raise SpecError(msg)


def refuse_misfits(document: Mapping[str, Any], where: str) -> None:
    """Refuse fields of a reproduction that do not hold what they must.

    Raises
    ------
    SpecError
        With the first of them.
    """
    sound = {
        "bundle": is_text(document["bundle"]) and ADDRESS.fullmatch(document["bundle"]),
        "date": is_text(document["date"]) and is_time(document["date"]),
        "by": is_text(document["by"]),
        "environment": isinstance(document["environment"], dict),
    }
    refuse_unsound(sound, document, where)


def refuse_unsound(sound: Mapping[str, object], value: Mapping[str, Any], where: str) -> None:
    """Refuse what is not sound.

    Raises
    ------
    SpecError
        With the first such field and what it holds.
    """
    wrong = [name for name, is_sound in sound.items() if not is_sound]
    if wrong:
        msg = f"{where}: {wrong[0]} cannot be {str(value[wrong[0]])[:60]!r}; write the file anew."
        raise SpecError(msg)


def refuse_strange(document: Mapping[str, Any], kind: type, where: str) -> None:
    """Refuse a newer schema, fields nobody knows, and the lack of one.

    Raises
    ------
    SpecError
        With the first of them.
    """
    schema = document.get("schema")
    if kind is Reproduced and (type(schema) is not int or schema != SCHEMA):
        msg = (
            f"{where}: schema {str(document.get('schema'))[:20]} is not {SCHEMA}, the one that "
            f"this prunebench reads; install a newer one."
        )
        raise SpecError(msg)
    known = {field.name for field in fields(kind)}
    strange = sorted(set(document) - known) or sorted(known - {"reason"} - set(document))
    if strange:
        what = "is unknown" if strange[0] in document else "is missing"
        msg = f"{where}: the field {strange[0][:60]!r} {what}; write the file anew."
        raise SpecError(msg)


def is_text(value: object) -> bool:
    """Say whether a value is text of a sensible length."""
    return isinstance(value, str) and len(value) <= MOST_LETTERS


def is_fraction(value: object) -> bool:
    """Say whether a value is a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= 1
