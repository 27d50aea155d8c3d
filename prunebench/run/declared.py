"""Claims that a run declares: once, before its first training, and never anew."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from prunebench.claims.declare import declaration
from prunebench.claims.file import read_claims
from prunebench.core.digest import Json, canonical
from prunebench.errors import PrunebenchError, SpecError
from prunebench.experiment.experiment import Experiment
from prunebench.plan.plan import Plan
from prunebench.results.folder import CLAIMS, read_record, runs_of
from prunebench.store.store import Store


def declare(
    experiment: Experiment, plan: Plan, store: Store, *, file: Path | None, out: Path | None
) -> tuple[str, dict[str, Json]]:
    """Read the claims file and declare the claims of an experiment.

    Parameters
    ----------
    experiment, plan, store
        What is to be run, and what of it may be done already.
    file
        Of the claims; None for the shipped one.
    out
        The run's folder where one was named; a run that it holds goes on.

    Returns
    -------
    tuple
        The file's text, and what the record says; both empty for an experiment without claims. An
        earlier run of the experiment that declared the same was the first to.

    Raises
    ------
    SpecError
        If there is no such claim, or the run that goes on declared another.
    """
    study = experiment.study
    if not study.claims:
        return "", {}
    claims = read_claims(file)
    made = declaration(claims, study.claims, study.tier)
    asked = canonical(experiment.record())
    if out is not None:
        refuse_changed(out, asked, made)
    for found in declarations([*([out] if out else []), *runs_of(store.root)], asked):
        if found.get("digests") == made["digests"]:
            return claims.text, {**found, **made}
    return claims.text, {**made, **done(plan, store)}


def declarations(folders: Iterable[Path], asked: str) -> Iterator[dict[str, Json]]:
    """Walk over what runs of an experiment, in canonical form, declared."""
    for folder in folders:
        try:
            record = read_record(folder)
        except PrunebenchError:  # no run, or a damaged one: it declares nothing
            continue
        if canonical(record.experiment) == asked:
            yield record.claims


def refuse_changed(out: Path, asked: str, made: dict[str, Json]) -> None:
    """Refuse to put other claims in the place of those that a run was begun with.

    Raises
    ------
    SpecError
        With the first that differs.
    """
    for found in declarations([out], asked):
        old, new = found.get("digests"), made["digests"]
        if not (isinstance(old, dict) and isinstance(new, dict)) or old == new:
            continue
        changed = next(one for one in {**old, **new} if old.get(one) != new.get(one))
        msg = (
            f"{out} holds this run, and its claim {changed!r} has changed since it was declared; "
            f"go on with --claims-file {out / CLAIMS}, or name another folder with --out."
        )
        raise SpecError(msg)


def done(plan: Plan, store: Store) -> dict[str, Json]:
    """Count the planned retrainings that the store holds already; nothing if it holds none.

    Dense networks, which experiments share, decide no claim alone.
    """
    planned = {trial.train for trial in plan.trials if trial.train and trial.train != trial.dense}
    found = sum(map(store.has, planned))
    return {"done": found, "retrainings": len(planned)} if found else {}
