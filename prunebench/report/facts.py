"""Numbers at the head of a report and of its sections."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from prunebench.report.grid import Grid
from prunebench.report.spread import mean, spread
from prunebench.report.tables.accuracy import LAST
from prunebench.report.wording import count, duration, percent, percent_spread
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord


@dataclass(frozen=True)
class Fact:
    """One number at the head of a report, with a remark."""

    label: str
    value: str
    remark: str = ""


def run_facts(record: RunRecord, rows: Sequence[Measurement]) -> tuple[Fact, ...]:
    """Give the run in numbers: trials, sharing, stages, time; controls are no trials of methods."""
    asked = [row for row in rows if not row.control_of]
    controls = [row for row in rows if row.control_of]
    outcome = outcomes(asked)
    if controls:
        outcome += f"; and {count(len(controls))} controls: {outcomes(controls)}"
    stages = f"{record.reused} reused, {record.failed} failed, {record.blocked} blocked"
    return (
        Fact("Trials", count(len(asked)), outcome),
        Fact("Seeds", count(len({row.seed for row in rows}))),
        Fact("Trainings", count(record.trainings_planned), sharing(record)),
        Fact("Stages executed", count(record.executed), stages),
        Fact("Wall time", duration(record.seconds)),
    )


def outcomes(rows: Iterable[Measurement]) -> str:
    """Count what became of trials."""
    statuses = Counter(row.status for row in rows)
    return ", ".join(f"{number} {status}" for status, number in statuses.most_common())


def sharing(record: RunRecord) -> str:
    """Say how many trainings sharing saved."""
    naive, planned = record.trainings_naive, record.trainings_planned
    if not naive:
        return ""
    return f"{count(naive)} without sharing, {percent(1 - planned / naive, 0)} % saved"


def dense_facts(grid: Grid) -> tuple[Fact, ...]:
    """Give the unpruned network in numbers; empty if no trial of it is there."""
    if grid.dense is None:
        return ()
    rows = grid.dense.rows
    found = spread(rows, LAST)
    sizes = [mean(rows, attrgetter(name)) for name in ("params_dense", "macs_dense")]
    return (
        Fact("Dense accuracy %", percent_spread(found), f"n = {found.seeds}" if found else ""),
        Fact("Parameters", count(sizes[0])),
        Fact("Multiply-adds", count(sizes[1]), "for one image"),
    )
