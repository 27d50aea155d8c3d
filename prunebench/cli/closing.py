"""The end of a run: its report, its closing table, its exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.text import one_line, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from prunebench.results.record import RunRecord
    from prunebench.run.run import Finished

SOME_FAILED = 1


def conclude(finished: Finished, *, as_json: bool) -> None:
    """Write the report and print the closing table; exit code 1 if a trial has failed."""
    from prunebench.report.render import render

    pages = render(finished.folder)
    if as_json:
        click.echo(json.dumps(run_facts(finished, pages), indent=2))
    else:
        print_summary(finished)
        click.echo(f"\n{sentence(finished.record)}", err=True)
        for page in pages:
            click.echo(f"{page}")
    if finished.record.failed or finished.record.blocked:
        raise click.exceptions.Exit(SOME_FAILED)


def print_summary(finished: Finished) -> None:
    """Print one line per network; numbers are those of the report.

    One data set and model are named once, above the table.
    """
    from prunebench.report.grid import grids
    from prunebench.report.tables.accuracy import summary_table

    arranged = grids(finished.rows, finished.record.experiment)
    table = summary_table(arranged)
    if len(arranged) == 1:
        click.echo(one_line(arranged[0].title))
        table = [line[2:] for line in table]
    print_table(table[0], table[1:])


def sentence(record: RunRecord) -> str:
    """Count stages and trainings in one sentence."""
    skipped = f"; {len(record.skipped)} combinations skipped" if record.skipped else ""
    return (
        f"{record.executed} stages run, {record.reused} reused, {record.failed} failed, "
        f"{record.blocked} blocked in {record.seconds:.1f} s; {record.trainings_planned} trainings "
        f"instead of {record.trainings_naive}{skipped}."
    )


def run_facts(finished: Finished, pages: tuple[Path, ...]) -> dict[str, Any]:
    """Say in JSON what a run left."""
    record = finished.record
    return {
        "run": record.id,
        "folder": str(finished.folder),
        "report": [str(page) for page in pages],
        "executed": record.executed,
        "reused": record.reused,
        "failed": record.failed,
        "blocked": record.blocked,
        "seconds": record.seconds,
        "trainings_naive": record.trainings_naive,
        "trainings_planned": record.trainings_planned,
        "skipped": len(record.skipped),
        "rows": len(finished.rows),
        "controls": sum(bool(row.control_of) for row in finished.rows),
    }
