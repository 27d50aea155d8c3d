"""``prunebench run`` and ``prunebench plan``: train, prune, retrain, evaluate, report."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.asking import (
    EXPERIMENT_OPTIONS,
    FOLDER,
    HANDS_OPTIONS,
    PLACE_OPTIONS,
    STUDY_OPTIONS,
    TIME_OPTIONS,
    with_options,
)
from prunebench.cli.invocation import Invocation, pass_invocation, talk_to_stderr

if TYPE_CHECKING:
    from prunebench.cli.request import Request
    from prunebench.run.run import Finished, Run


@click.command(
    epilog="Example: prunebench run --methods magnitude,l1filter --protocols ticket,random"
)
@click.argument("source", required=False, metavar="[TOML | BENCHMARK]")
@with_options(*STUDY_OPTIONS, *EXPERIMENT_OPTIONS, *PLACE_OPTIONS, *HANDS_OPTIONS, *TIME_OPTIONS)
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
    retry: str | None,
    *,
    keep_weights: bool,
    dry_run: bool,
    max_minutes: float | None,
    **given: Any,
) -> None:
    """Run an experiment and write its report."""
    from prunebench.cli.closing import conclude
    from prunebench.cli.planning import print_plan
    from prunebench.cli.request import read_request

    request = read_request(source, given, retry=retry is not None)
    if dry_run:
        print_plan(invocation.registry(), request)
        return
    with talk_to_stderr():
        terms = Wanted(keep_weights, max_minutes)
        finished = carry_out(invocation, request, terms)
    conclude(finished, as_json=request.as_json)


@dataclass(frozen=True)
class Wanted:
    """How a run is to be carried out: whether weights stay, and within how many minutes."""

    keep_weights: bool = False
    max_minutes: float | None = None


def carry_out(invocation: Invocation, request: Request, wanted: Wanted) -> Finished:
    """Plan and run with the progress display; an interrupt keeps what is done."""
    from prunebench.cli.planning import refuse_empty
    from prunebench.cli.progress import Display
    from prunebench.run.planning import make_plan
    from prunebench.run.run import Run, choose_executor

    until = monotonic() + 60 * (inf if wanted.max_minutes is None else wanted.max_minutes)
    registry, places, hands = invocation.registry(), request.places, request.hands()
    planned = make_plan(registry, request.experiment, places.data, fetch=True, claims=places.claims)
    refuse_empty(planned, request.experiment)
    under_way = Run(registry, request.experiment, planned, places, command_line())
    pace = under_way.pace(hands, until)
    executor = choose_executor(registry, places, hands, invocation.blocked)
    try:
        with Display(len(pace.forecast.stages), pace=pace) as display:
            registry.observe(display)
            return under_way.execute(executor, keep_weights=wanted.keep_weights, pace=pace)
    except KeyboardInterrupt:
        click.echo(
            f"prunebench: {kept(under_way)}; run the same command again to go on.",
            err=True,
        )
        raise


def kept(under_way: Run) -> str:
    """Count what an interrupt has left: stages and whole rows."""
    record, plan = under_way.record, under_way.plan
    return (
        f"{record.executed + record.reused} of {len(plan.stages)} stages are done and kept "
        f"({len(under_way.collector.rows)} of {len(plan.trials)} rows complete)"
    )


def command_line() -> str:
    """Write the command as it was typed."""
    return shlex.join(["prunebench", *sys.argv[1:]])


@click.command(epilog="Example: prunebench plan --methods magnitude --protocols finetune,ticket")
@click.argument("source", required=False, metavar="[TOML | BENCHMARK]")
@with_options(*STUDY_OPTIONS, *EXPERIMENT_OPTIONS, *PLACE_OPTIONS, *HANDS_OPTIONS)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_invocation
def plan(invocation: Invocation, /, source: str | None, **given: Any) -> None:
    """Print the plan of an experiment; the same as run --dry-run."""
    from prunebench.cli.planning import print_plan
    from prunebench.cli.request import read_request

    request = read_request(source, given)
    print_plan(invocation.registry(), request)
