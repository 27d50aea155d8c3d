"""Where a run's numbers come from: data, training, choices and compute, for pages that ask."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prunebench.core.digest import Json
from prunebench.report.grid import grids
from prunebench.report.prose import counted, shortlist
from prunebench.report.reading.limits import (
    hardware_limit,
    selection_limit,
    tuning_limit,
    variation_limit,
)
from prunebench.report.reading.spent import compute_table
from prunebench.report.table import Table, make_table, words
from prunebench.report.tables.methods import inner
from prunebench.report.tables.sweep import sweep_table
from prunebench.report.wording import plain, printable
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

UNSAID = "not recorded"
"""What stands where a run has left nothing to answer from."""


@dataclass(frozen=True)
class Provenance:
    """Where the numbers come from; empty texts and None where nothing is recorded.

    Parameters
    ----------
    seeds
        All of them.
    varied, selected, tuned, machine
        Sentences: what a seed decides; what chose the step that accuracies stand for; what was
        searched for; where it ran.
    data
        Data sets: content, settings, validation images, batches.
    training
        Dense trainings, setting by setting.
    sweeps
        Rates that were tried, and which validation chose.
    compute
        Time and multiply-adds by kind of work, and in total.
    """

    seeds: tuple[int, ...] = ()
    varied: str = ""
    selected: str = ""
    tuned: str = ""
    machine: str = ""
    data: Table | None = None
    training: Table | None = None
    sweeps: tuple[Table, ...] = ()
    compute: Table | None = None


def provenance(record: RunRecord, rows: Sequence[Measurement]) -> Provenance:
    """Gather where a run's numbers come from."""
    known = any(inner(row.settings, "training") for row in rows)
    swept = (sweep_table(grid, record.experiment) for grid in grids(rows, record.experiment))
    return Provenance(
        seeds=tuple(sorted({row.seed for row in rows})),
        varied=printable(variation_limit(rows, record.experiment)) if known else "",
        selected=printable(selection_limit(rows)) if known else "",
        tuned=printable(tuning_limit(rows, record.experiment)),
        machine=printable(hardware_limit(record, rows)) if record.environment else "",
        data=data_table(rows),
        training=training_table(rows),
        sweeps=tuple(table for table in swept if table),
        compute=compute_table(record, rows),
    )


def data_table(rows: Iterable[Measurement]) -> Table | None:
    """List the data sets by content; None if no row tells."""
    lines: dict[tuple[str, ...], None] = {}
    for row in rows:
        told, trained = inner(row.settings, "dataset"), inner(row.settings, "training")
        if told:
            content = str(told.get("identity") or UNSAID)
            line = (row.dataset, content, listed(inner(told, "settings")))
            lines[*line, held_out(trained.get("validation")), batches(trained)] = None
    if not lines:
        return None
    return make_table(
        "Data sets",
        "Content as a checksum of the files that were read. Accuracies are on the whole test "
        f"split, which is never trained on and chooses nothing; its size is {UNSAID}.",
        words("Data set", "Content", "Settings", "Validation images", "Training images"),
        list(lines),
    )


def held_out(validation: Json) -> str:
    """Say where validation images come from.

    >>> held_out("fixed"), held_out(2000), held_out(0), held_out(None)
    ("the data set's own", '2,000 of the training images, by seed', 'none', 'not recorded')
    """
    if validation == "fixed":
        return "the data set's own"
    if isinstance(validation, bool) or not isinstance(validation, int):
        return UNSAID
    return f"{validation:,} of the training images, by seed" if validation else "none"


def batches(training: Mapping[str, Json]) -> str:
    """Say how many training images there are, as far as batches tell.

    >>> batches({"epoch_steps": 17, "batch": 64}), batches({})
    ('17 batches of at most 64 in an epoch', 'not recorded')
    """
    steps, size = training.get("epoch_steps"), training.get("batch")
    if not (isinstance(steps, int) and isinstance(size, int)):
        return UNSAID
    return f"{counted(steps, 'batch', 'batches')} of at most {size:,} in an epoch"


def training_table(rows: Iterable[Measurement]) -> Table | None:
    """List every setting of the dense trainings, and who was trained so; None if no row tells."""
    found: dict[str, tuple[Mapping[str, Json], dict[str, None]]] = {}
    for row in rows:
        if told := inner(row.settings, "training"):
            _, pairs = found.setdefault(json.dumps(told, sort_keys=True), (told, {}))
            pairs[f"{row.model} on {row.dataset}"] = None
    if not found:
        return None
    lines = [
        (shortlist(list(pairs)), name, text)
        for told, pairs in found.values()
        for name, text in settings_of(told)
    ]
    return make_table(
        "Training",
        "Of dense networks, as it was resolved; what a protocol changes for the retraining stands "
        "in the report's tables of protocols.",
        words("Network", "Setting", "Value"),
        lines,
    )


def settings_of(training: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Give settings in alphabetical order, those of the optimiser by their own names."""
    found: dict[str, Json] = {}
    for name, value in training.items():
        nested = value if isinstance(value, dict) else {}
        found |= {f"{name} {key}": one for key, one in nested.items()} or {name: value}
    return [(name.replace("_", " "), written(value)) for name, value in sorted(found.items())]


def written(value: Json) -> str:
    """Write a setting: numbers with as few digits as they need.

    >>> written(0.1), written([136, 204]), written(None), written(True), written("sgd")
    ('0.1', '136, 204', 'none', 'yes', 'sgd')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return plain(float(value), 12)
    if isinstance(value, list | tuple):
        return ", ".join(map(written, value)) or "none"
    return "none" if value is None else str(value)


def listed(settings: Mapping[str, Json]) -> str:
    """Write settings in one line."""
    return ", ".join(f"{key}={written(value)}" for key, value in sorted(settings.items())) or "none"
