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

TIME_IS_UP = 4
"""Neither done nor wrong: 0 would end a loop that runs the same command until all is done."""


def conclude(finished: Finished, *, as_json: bool) -> None:
    """Write the report and print the closing table.

    The exit code is 1 if a trial has failed, else 4 if time was up before all was done.
    """
    pages = written(finished)
    if as_json:
        click.echo(json.dumps(run_facts(finished, pages), indent=2))
    else:
        if finished.rows:
            print_summary(finished)
        click.echo(f"\n{sentence(finished.record)}", err=True)
        for line in advice(finished, click.get_current_context()):
            click.echo(one_line(line), err=True)
        if finished.record.left:
            click.echo(left_sentence(finished), err=True)
        for page in pages:
            click.echo(f"{page}")
    if finished.record.failed or finished.record.blocked:
        raise click.exceptions.Exit(SOME_FAILED)
    if finished.record.left:
        raise click.exceptions.Exit(TIME_IS_UP)


def written(finished: Finished) -> tuple[Path, ...]:
    """Write the report; time may have been up before there was anything to report."""
    from prunebench.report.render import render

    return render(finished.folder) if finished.rows or not finished.record.left else ()


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
    """Count stages and trainings in one sentence, and say what the largest worker took."""
    from prunebench.run.memory import spelled

    skipped = f"; {len(record.skipped)} combinations skipped" if record.skipped else ""
    memory = f", at most {spelled(record.worker_memory)} a worker" if record.worker_memory else ""
    plural = "" if record.trainings_planned == 1 else "s"
    return (
        f"{record.executed} stages run, {record.reused} reused, {record.failed} failed, "
        f"{record.blocked} blocked in {record.seconds:.1f} s{memory}; {record.trainings_planned} "
        f"training{plural} instead of {record.trainings_naive}{skipped}."
    )


def advice(finished: Finished, context: click.Context) -> list[str]:
    """Count the stages that failed in plugin code, with the command that leaves it out."""
    from prunebench.cli.without import note
    from prunebench.plugin.blame import Blame, blame, called

    lines = []
    inventory = context.obj.inventory
    for name, number in finished.outcome.blamed.items():
        who = blame(*(plugin.origin for plugin in called(name, inventory.plugins))).who
        stages = "1 stage" if number == 1 else f"{number} stages"
        lines.append(f"{stages} failed {note(Blame(who, name), inventory, context)}")
    return lines


def left_sentence(finished: Finished) -> str:
    """Say what there was no time for, and how to go on."""
    stages = "1 stage" if finished.record.left == 1 else f"{finished.record.left} stages"
    return (
        f"--max-minutes: {stages} would not have ended in time and were not begun; "
        f"{len(finished.rows)} of {finished.planned} rows are complete. Run the same command again "
        f"to go on."
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
        "left": record.left,
        "estimated_seconds": record.estimated_seconds,
        "seconds": record.seconds,
        "worker_memory": record.worker_memory,
        "trainings_naive": record.trainings_naive,
        "trainings_planned": record.trainings_planned,
        "skipped": len(record.skipped),
        "rows": len(finished.rows),
        "rows_planned": finished.planned,
        "controls": sum(bool(row.control_of) for row in finished.rows),
    }
