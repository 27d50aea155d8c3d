"""``prunebench run``: plan, train, prune, retrain, evaluate, report."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.asking import (
    EXPERIMENT_OPTIONS,
    FOLDER,
    PLACE_OPTIONS,
    data_folder,
    read_experiment,
    with_options,
)
from prunebench.cli.invocation import Invocation, pass_invocation
from prunebench.cli.text import print_table

if TYPE_CHECKING:
    from prunebench.experiment.experiment import Experiment
    from prunebench.plan.plan import Plan
    from prunebench.plugin.registry import Registry
    from prunebench.run.run import Finished, Places

SOME_FAILED = 1


@click.command(
    epilog="Example: prunebench run --methods magnitude,l1filter --protocols ticket,random"
)
@click.argument("source", required=False, metavar="[TOML | BENCHMARK]")
@with_options(*EXPERIMENT_OPTIONS, *PLACE_OPTIONS)
@click.option("--out", type=FOLDER, help="Folder of the report; a new one in the store by default.")
@click.option("--keep-weights", is_flag=True, help="Keep the weights of retrained networks.")
@click.option(
    "--retry",
    type=click.Choice(["failed"]),
    help="Run the latest run of the store again; what failed is tried anew.",
)
@click.option("--dry-run", is_flag=True, help="Print the plan and an estimate; run nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_invocation
def run(
    invocation: Invocation,
    /,
    source: str | None,
    out: Path | None,
    retry: str | None,
    **given: Any,
) -> None:
    """Run an experiment and write its report."""
    from prunebench.run.run import Places

    flags = {name: given.pop(name) for name in ("keep_weights", "dry_run", "as_json", "workers")}
    places = Places(given.pop("store"), data_folder(given.pop("data_dir")), out)
    experiment = (
        latest_experiment(places.store, source, given) if retry else read_experiment(source, given)
    )
    registry = invocation.registry()
    if flags["dry_run"]:
        print_plan(registry, experiment, places, **{k: flags[k] for k in ("workers", "as_json")})
        return
    finished = carry_out(invocation, registry, experiment, places, flags)
    conclude(finished, as_json=flags["as_json"])


def latest_experiment(store: Path, source: str | None, given: dict[str, Any]) -> Experiment:
    """Read the experiment of a store's latest run.

    Raises
    ------
    UsageError
        If another experiment is asked for too.
    """
    from prunebench.experiment.schema import validate
    from prunebench.results.folder import latest_run, read_record

    if source or any(value not in (None, ()) for value in given.values()):
        msg = "--retry failed repeats the latest run of the store; leave the experiment out."
        raise click.UsageError(msg)
    folder = latest_run(store)
    return validate(read_record(folder).experiment, str(folder))


def carry_out(
    invocation: Invocation,
    registry: Registry,
    experiment: Experiment,
    places: Places,
    flags: dict[str, Any],
) -> Finished:
    """Plan and run with the progress display; an interrupt keeps what is done."""
    from prunebench.cli.progress import Display
    from prunebench.run.run import Run, choose_executor, make_plan
    from prunebench.run.scheduler import missing

    plan = make_plan(registry, experiment, places.data, fetch=True)
    under_way = Run(registry, experiment, plan, places, command_line())
    executor = choose_executor(registry, places, flags["workers"], invocation.blocked)
    try:
        with Display(len(missing(plan, under_way.store))) as display:
            registry.observe(display)
            return under_way.execute(executor, keep_weights=flags["keep_weights"])
    except KeyboardInterrupt:
        click.echo(
            f"prunebench: {len(under_way.rows)} of {len(plan.trials)} rows are done and kept; "
            f"run the same command again to go on.",
            err=True,
        )
        raise


def command_line() -> str:
    """Write the command as it was typed."""
    return shlex.join(["prunebench", *sys.argv[1:]])


def conclude(finished: Finished, *, as_json: bool) -> None:
    """Write the report and print the closing table; exit code 1 if a trial has failed."""
    from prunebench.report.render import render

    record = finished.record
    pages = render(finished.folder) if finished.rows else ()
    if as_json:
        click.echo(json.dumps(facts(finished, pages), indent=2))
    else:
        print_summary(finished)
        click.echo(
            f"\n{record.executed} stages run, {record.reused} reused, {record.failed} failed, "
            f"{record.blocked} blocked in {record.seconds:.1f} s; "
            f"{record.trainings_planned} trainings instead of {record.trainings_naive}.",
            err=True,
        )
        for page in pages:
            click.echo(f"{page}")
    if record.failed or record.blocked:
        raise click.exceptions.Exit(SOME_FAILED)


def print_summary(finished: Finished) -> None:
    """Print one line per network; numbers are those of the report."""
    from prunebench.report.accuracy import summary_table
    from prunebench.report.grid import grids

    if finished.rows:
        heading, *lines = summary_table(grids(finished.rows, finished.record.experiment))
        print_table(heading, lines)


def facts(finished: Finished, pages: tuple[Path, ...]) -> dict[str, Any]:
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
    }


@click.command(epilog="Example: prunebench plan --methods magnitude --protocols finetune,ticket")
@click.argument("source", required=False, metavar="[TOML | BENCHMARK]")
@with_options(*EXPERIMENT_OPTIONS, *PLACE_OPTIONS)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_invocation
def plan(
    invocation: Invocation,
    /,
    source: str | None,
    workers: int | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Print the plan of an experiment; the same as run --dry-run."""
    from prunebench.run.run import Places

    places = Places(given.pop("store"), data_folder(given.pop("data_dir")))
    experiment = read_experiment(source, given)
    print_plan(invocation.registry(), experiment, places, workers=workers, as_json=as_json)


def print_plan(
    registry: Registry,
    experiment: Experiment,
    places: Places,
    *,
    workers: int | None,
    as_json: bool,
) -> None:
    """Print what would run, how much is shared, and how long it may take."""
    from prunebench.run.probe import estimate
    from prunebench.run.run import cores, make_plan
    from prunebench.run.scheduler import missing
    from prunebench.store.store import Store

    planned = make_plan(registry, experiment, places.data, fetch=False)
    store = Store(places.store)
    todo = missing(planned, store)
    slots = cores() if workers is None else max(workers, 1)
    stages = [planned.stages[key] for key in todo]
    said = plan_facts(planned, len(todo), estimate(registry, store, stages, slots), slots)
    if as_json:
        click.echo(json.dumps(said, indent=2))
        return
    print_table(
        ("stage", "planned", "to run"),
        [
            [kind, str(number), str(sum(stage.kind == kind for stage in stages))]
            for kind, number in planned.counts.items()
        ],
    )
    click.echo(
        f"\n{said['rows']} rows; {said['trainings_planned']} trainings, "
        f"{said['trainings_naive']} if every trial trained its own dense network.\n"
        f"About {said['estimated_seconds']:.0f} s on {slots} worker(s), by a short probe."
    )
    for skipped in planned.skipped:
        click.echo(
            f"skipped: {skipped.method} {skipped.target} {skipped.protocol} on {skipped.model}: "
            f"{skipped.reason}"
        )


def plan_facts(planned: Plan, todo: int, seconds: float, slots: int) -> dict[str, Any]:
    """Say in JSON what a plan holds."""
    return {
        "rows": len(planned.trials),
        "stages": planned.counts,
        "to_run": todo,
        "trainings_naive": planned.trainings_naive,
        "trainings_planned": planned.trainings,
        "estimated_seconds": seconds,
        "workers": slots,
        "skipped": [vars(skipped) for skipped in planned.skipped],
    }
