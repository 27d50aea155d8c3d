"""A run becomes a bundle: rows, and the evidence for them out of the store."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from prunebench.bundle.document import (
    Bundle,
    DatasetFacts,
    Entry,
    Manifest,
    PairFacts,
    Submitter,
)
from prunebench.errors import SpecError, StoreError
from prunebench.experiment.experiment import Experiment
from prunebench.experiment.schema import validate
from prunebench.plugin.registry import Registry
from prunebench.results.folder import own_claims, read_record, read_rows
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord, Skipped
from prunebench.run.bench import Bench
from prunebench.run.bundled_evidence import Evidence, Weights, curve_of
from prunebench.run.bundled_experiment import names_of, of_methods, refuse_files
from prunebench.run.bundled_surroundings import environments_of, plugins_of
from prunebench.run.planning import make_plan
from prunebench.run.run import Places
from prunebench.store.contents import refuse_no_store
from prunebench.store.store import Store

NOBODY = Submitter("")


@dataclass(frozen=True)
class Submission:
    """What of a run is packed, and by whom.

    Parameters
    ----------
    methods
        Labels of the methods, or bare ids for all their settings; empty for all.
    suite
        Label of the suite that was run; empty for an experiment of one's own.
    submitter
        Who submits.
    title
        One line; empty for the experiment's.
    weights
        Whether the networks themselves are packed too.
    """

    methods: tuple[str, ...] = ()
    suite: str = ""
    submitter: Submitter = NOBODY
    title: str = ""
    weights: bool = False


@dataclass(frozen=True)
class Source:
    """A run's folder that was read.

    Parameters
    ----------
    folder
        Where.
    record, rows
        What ``run.json`` and ``results.jsonl`` hold.
    """

    folder: Path
    record: RunRecord
    rows: tuple[Measurement, ...]


def read_source(folder: Path) -> Source:
    """Read a run's folder.

    Raises
    ------
    SpecError
        If it holds no row of a pruned network.
    """
    record, rows = read_record(folder), tuple(read_rows(folder))
    if all(row.method_id == "dense" for row in rows):
        msg = f"{folder} has no row of a pruned network yet; run the experiment to its end."
        raise SpecError(msg)
    return Source(folder, record, rows)


def make_bundle(
    registry: Registry, places: Places, source: Source, submission: Submission
) -> Bundle:
    """Plan a run's experiment again, and gather what its rows rest on.

    Raises
    ------
    SpecError
        If no row is of a method that was asked for, or the experiment names a file.
    StoreError
        If the store lacks what a row was read from.
    """
    refuse_no_store(places.store)
    rows = chosen_rows(source.rows, submission.methods)
    experiment = narrowed(registry, source, rows)
    bench = Bench(registry, Store(places.store, make=False))
    claims = own_claims(source.folder)
    plan = make_plan(registry, experiment, places.data, fetch=False, claims=claims)
    evidence = Evidence(bench, plan, rows)
    evidence.refuse_gone()
    weights = Weights(evidence)
    if submission.weights:
        weights.refuse_dropped()
    data = list(evidence.labels())
    facts = tuple(
        DatasetFacts(label, info.classes, info.test, info.identity) for label, info, _ in data
    )
    return Bundle(
        manifest=manifest(registry, places, (source, experiment, rows), facts, submission),
        entries=entries(rows, evidence),
        curves={row.trial: curve for row in rows if (curve := curve_of(row)) is not None},
        layers=evidence.layers(),
        predictions=evidence.predictions(),
        labels={label: classes for label, _, classes in data},
        weights=weights if submission.weights else {},
    )


def chosen_rows(rows: Sequence[Measurement], methods: Collection[str]) -> tuple[Measurement, ...]:
    """Keep the rows of some methods with their controls, and the dense rows beside them.

    Raises
    ------
    SpecError
        If a method has no row.
    """
    pruned = [row for row in rows if row.method_id != "dense"]
    own = [row for row in pruned if not row.control_of]
    for name in methods:
        if not any(is_called(row, name) for row in own):
            known = ", ".join(sorted({row.method for row in own}))
            msg = f"the run has no row of the method {name!r}; its methods are: {known}."
            raise SpecError(msg)
    labels = {r.method for r in own if not methods or any(is_called(r, n) for n in methods)}
    kept = [row for row in pruned if (row.control_of or row.method) in labels]
    beside = {neighbourhood(row) for row in kept}
    dense = [
        row
        for row in rows
        if row.method_id == "dense"
        and neighbourhood(row) in beside
        and row.regularized_by in {"", *labels}
    ]
    return tuple(sorted([*dense, *kept], key=lambda row: row.trial))


def is_called(row: Measurement, name: str) -> bool:
    """Say whether a row's method is meant: by its label, or by its bare id for all settings."""
    return name in (row.method, row.method_id)


def neighbourhood(row: Measurement) -> tuple[str, str, str, int]:
    """Name the dense networks beside which a row stands."""
    return row.dataset, row.model, row.recipe, row.seed


def narrowed(registry: Registry, source: Source, rows: Sequence[Measurement]) -> Experiment:
    """Read the run's experiment and keep the methods of the chosen rows."""
    where = str(source.folder)
    asked = validate(source.record.experiment, where)
    refuse_files(asked, where)
    own = [row for row in rows if row.method_id != "dense" and not row.control_of]
    labels, names = {row.method for row in own}, {row.method_id for row in own}
    return of_methods(registry, asked, labels, names)


def entries(rows: Sequence[Measurement], evidence: Evidence) -> tuple[Entry, ...]:
    """Put every row beside the dense one it was pruned from."""
    dense, known = evidence.dense(), {row.trial: row for row in rows}
    found = []
    for row in rows:
        whence, bare = known.get(dense.get(row.trial, "")), replace(row, curve={})
        link = ("", "") if whence is None else (whence.trial, whence.weights_digest)
        found.append(Entry(bare, *link))
    return tuple(found)


def manifest(
    registry: Registry,
    places: Places,
    run: tuple[Source, Experiment, Sequence[Measurement]],
    facts: tuple[DatasetFacts, ...],
    submission: Submission,
) -> Manifest:
    """Say who submits what, from where; `run` is what was read, its experiment and the rows."""
    source, experiment, rows = run
    tested = {one.label: one.test for one in facts}
    pairs = sorted({(row.dataset, row.model) for row in rows})
    used = names_of(rows)
    papers = {f"{kind[:-1]} {name}" for kind in ("methods", "protocols") for name in used[kind]}
    return Manifest(
        suite=submission.suite,
        title=submission.title or experiment.name or submission.suite or "experiment",
        created=in_utc(source.record.created, source.folder),
        submitter=submission.submitter,
        command=source.record.command,
        experiment=experiment.record(),
        environments=environments_of(rows, source.folder, places.store),
        plugins=plugins_of(registry, rows),
        datasets=tuple(sorted(facts, key=lambda one: one.label)),
        pairs=tuple(PairFacts(dataset, model, tested[dataset]) for dataset, model in pairs),
        skipped=skipped(source.record.skipped, experiment),
        papers={name: text for name, text in source.record.papers.items() if name in papers},
        weights=submission.weights,
        counts=dict(sorted(Counter(row.status for row in rows).items())),
    )


def skipped(entries: Sequence[Skipped], experiment: Experiment) -> tuple[Skipped, ...]:
    """Keep the combinations left out whose methods are packed."""
    asked = {choice.label for grid in experiment.grids for choice in grid.methods}
    return tuple(entry for entry in entries if entry.method in asked)


def in_utc(created: str, folder: Path) -> str:
    """Write the time of a run in UTC.

    Raises
    ------
    StoreError
        If it is no time with an offset.
    """
    try:
        found = datetime.fromisoformat(created)
    except ValueError:
        found = datetime.min  # noqa: DTZ901 - without an offset, like what is refused
    if found.tzinfo is None:
        msg = f"{folder}: created = {created[:60]!r} is no time with an offset; run again."
        raise StoreError(msg)
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
