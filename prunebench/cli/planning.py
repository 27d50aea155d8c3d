"""What a plan would run, for a person and for machines."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.invocation import talk_to_stderr
from prunebench.cli.text import one_line, print_table, roughly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prunebench.cli.request import Request
    from prunebench.experiment.experiment import Experiment
    from prunebench.plan.plan import Plan
    from prunebench.plugin.registry import Registry
    from prunebench.run.costing import Estimate
    from prunebench.store.store import Store


def print_plan(registry: Registry, request: Request) -> None:
    """Print what would run, how much is shared, and how long it may take; nothing is written."""
    from prunebench.run.planning import make_plan

    with talk_to_stderr():
        planned = make_plan(
            registry,
            request.experiment,
            request.places.data,
            fetch=False,
            claims=request.places.claims,
        )
        refuse_empty(planned, request.experiment)
        facts = plan_facts(registry, planned, request)
    if request.as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    print_table(("stage", "planned", "to run", "work"), stage_rows(facts))
    plural = "" if facts["trainings_planned"] == 1 else "s"
    click.echo(
        f"\n{rows_phrase(facts)}; {facts['trainings_planned']} training{plural}, "
        f"{facts['trainings_naive']} if every trial trained its own dense network.\n"
        f"{estimate_sentence(facts['estimated_seconds'], facts['workers'])}"
    )
    for line in reasons(planned, request.experiment):
        click.echo(line)


def stage_rows(facts: dict[str, Any]) -> list[list[str]]:
    """Count stages by kind, with the time that those to run take one after another."""
    work = facts["estimated_by_kind"] or {}
    return [
        [
            kind,
            str(number),
            str(facts["to_run"][kind]),
            roughly(work[kind]) if kind in work else "",
        ]
        for kind, number in facts["stages"].items()
    ]


def rows_phrase(facts: dict[str, Any]) -> str:
    """Count the rows, and those among them that are only there to compare with."""
    controls = f", {facts['controls']} of them controls" if facts["controls"] else ""
    return f"{facts['rows']} rows{controls}"


def estimate_sentence(seconds: float | None, workers: int) -> str:
    """Say how long a plan may take; `seconds` is None where that could not be probed."""
    if seconds is None:
        return "no estimate: the model does not fit in memory"
    hands = "1 worker" if workers == 1 else f"{workers} workers"
    return f"About {roughly(seconds)} on {hands}, by a short probe or by what was run before."


def plan_facts(registry: Registry, planned: Plan, request: Request) -> dict[str, Any]:
    """Say in JSON what a plan holds, and what of it the store lacks."""
    from prunebench.run.agenda import missing
    from prunebench.store.store import Store

    store = Store(request.places.store, make=False)
    todo = sorted(missing(planned, store))
    workers = request.hands().at_once
    found = probed(registry, store, planned, todo, workers)
    kinds: Counter[str] = Counter(planned.stages[key].kind for key in todo)
    return {
        "rows": len(planned.trials),
        "controls": sum(bool(trial.facts.get("control_of")) for trial in planned.trials),
        "stages": planned.counts,
        "to_run": {kind: kinds[kind] for kind in planned.counts},
        "trainings_naive": planned.trainings_naive,
        "trainings_planned": planned.trainings,
        "estimated_seconds": found and found.seconds,
        "estimated_by_kind": found and found.by_kind,
        "workers": workers,
        "skipped": [vars(skipped) for skipped in planned.skipped],
    }


def probed(
    registry: Registry, store: Store, planned: Plan, todo: Sequence[str], workers: int
) -> Estimate | None:
    """Estimate the seconds of the stages; None where the probe finds no memory for the model."""
    from prunebench.run.allowance import allowed_cores
    from prunebench.run.costing import Costing, Machine, estimated

    costing = Costing(registry, store, planned.stages, Machine(workers, allowed_cores()))
    try:
        return estimated(costing.forecast(todo, probed=True), costing.machine)
    except (RuntimeError, MemoryError):  # torch has no error of its own for memory on the CPU
        return None


def refuse_empty(planned: Plan, experiment: Experiment) -> None:
    """Refuse a plan that skips everything; the reasons go to stderr.

    Raises
    ------
    IncompatibleError
        If only dense networks would be left.
    """
    from prunebench.errors import IncompatibleError

    if any(trial.facts["method_id"] != "dense" for trial in planned.trials):
        return
    for line in reasons(planned, experiment):
        click.echo(line, err=True)
    if not planned.skipped and experiment.study.only_claims:
        msg = (
            f"nothing to run: none of these trials is one that the claims "
            f"{', '.join(experiment.study.claims)} compare; leave out what narrows them."
        )
        raise IncompatibleError(msg)
    msg = (
        f"nothing to run: all {len(planned.skipped)} combinations were skipped for the reasons "
        f"above; choose other methods, models or densities."
    )
    raise IncompatibleError(msg)


def reasons(planned: Plan, experiment: Experiment) -> list[str]:
    """List what is skipped and why, one line for all protocols that share the reason."""
    from prunebench.report.tables.skipped import gathered

    protocols = [choice.label for grid in experiment.grids for choice in grid.protocols]
    return [
        one_line(f"skipped: {s.method} {s.target} under {s.protocol} on {s.model}: {s.reason}")
        for s in gathered(planned.skipped, protocols)
    ]
