"""What a run's numbers took: time and multiply-adds, each kind of work counted once."""

import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from prunebench.report.grid import is_dense
from prunebench.report.table import Table, make_table, numbers, words
from prunebench.report.wording import NOTHING, count, duration
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord

SHARED = ("protocol", "draw")
"""Coordinates that decide nothing of a network before it is retrained."""


@dataclass(frozen=True)
class Work:
    """One kind of work.

    Parameters
    ----------
    name
        What was done.
    seconds, macs
        Columns of a row that say what it took.
    whose
        What rows have in common that share it.
    of_dense
        Whether rows of dense networks tell it; else those of pruned ones do.
    """

    name: str
    seconds: str
    macs: str
    whose: Callable[[Measurement], Hashable]
    of_dense: bool = False


def single(row: Measurement) -> Hashable:
    """Tell trainings from each other: rows that share one have its weights and its very time."""
    return row.weights_digest or row.trial, row.seconds


def pruned_network(row: Measurement) -> Hashable:
    """Tell pruned networks from each other, however they are retrained."""
    told = {name: value for name, value in row.settings.items() if name not in SHARED}
    named = (row.dataset, row.model, row.recipe, row.method, row.target, row.target_of, row.seed)
    return (*named, json.dumps(told, sort_keys=True, default=str))


KINDS = (
    Work("dense training", "seconds", "dense_macs", single, of_dense=True),
    Work("search for a setting", "tuning_seconds", "tuning_macs", pruned_network),
    Work("pruning", "pruning_seconds", "pruning_macs", pruned_network),
    Work("retraining", "seconds", "retraining_macs", single),
)
"""In the order in which it is done."""


CAPTION = (
    "Time of all workers added up, on the machines that did it, also in earlier runs whose results "
    "were taken over; multiply-adds of forward passes, kept weights only. Pruning is scoring, "
    "reconstructing and training between rounds; testing is not in the table. What networks share "
    "is counted once, but rounds that several sizes share, which count with each."
)


@dataclass(frozen=True)
class Spent:
    """What some work took: by how many networks, seconds, multiply-adds where they are known."""

    name: str
    networks: int
    seconds: float
    macs: int | None


def compute_table(record: RunRecord, rows: Sequence[Measurement]) -> Table | None:
    """Add up time and multiply-adds by kind of work; None if nothing was timed."""
    told = [spent for work in KINDS if (spent := spent_on(work, rows))]
    if not told:
        return None
    table = make_table(
        "Compute",
        CAPTION,
        [*words("Work"), *numbers("Times done", "Time", "Multiply-adds")],
        [
            [one.name, count(one.networks), duration(one.seconds), count(one.macs)]
            for one in (*told, in_total(told))
        ],
    )
    wall = duration(record.seconds) if record.seconds else "not recorded"
    stages = ", ".join(f"{number:,} {kind}" for kind, number in record.stages.items())
    return replace(
        table, remark=f"Wall time of the run: {wall}. Stages planned: {stages or NOTHING}."
    )


def spent_on(work: Work, rows: Iterable[Measurement]) -> Spent | None:
    """Give what some work took; None if no row tells."""
    doers: Mapping[Hashable, Measurement] = {
        work.whose(row): row
        for row in rows
        if is_dense(row) == work.of_dense and getattr(row, work.seconds) is not None
    }
    if not doers:
        return None
    seconds = sum(getattr(row, work.seconds) for row in doers.values())
    macs = [made for row in doers.values() if (made := getattr(row, work.macs)) is not None]
    return Spent(work.name, len(doers), seconds, sum(macs) if macs else None)


def in_total(told: Sequence[Spent]) -> Spent:
    """Add up all kinds."""
    known = [one.macs for one in told if one.macs is not None]
    return Spent(
        "in total",
        sum(one.networks for one in told),
        sum(one.seconds for one in told),
        sum(known) if known else None,
    )
