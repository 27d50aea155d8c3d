"""``prunebench plugin test``: plugins are held against the checks of their contracts."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from prunebench.cli.asking import FOLDER
from prunebench.cli.invocation import Invocation, pass_invocation, talk_to_stderr
from prunebench.cli.text import one_line, print_table, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prunebench.plugin.offer import Offer
    from prunebench.plugin.registry import Registry
    from prunebench.testing.check import Check
    from prunebench.testing.offered import Item
    from prunebench.testing.outcome import Outcome

FAILED = 1
COLUMNS = ("item", "check", "outcome", "seconds", "reason")


@click.command(epilog="Example: prunebench plugin test my_method.py")
@click.argument("names", nargs=-1, metavar="[NAME|PATH]...")
@click.option("-k", "text", metavar="TEXT", default="", help="Only checks with this in item-check.")
@click.option("--list", "only_list", is_flag=True, help="List the checks and run none.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--data-dir",
    type=FOLDER,
    envvar="PRUNEBENCH_DATA",
    help="Folder of the data sets. [env: PRUNEBENCH_DATA]",
)
@pass_invocation
def test(
    invocation: Invocation,
    /,
    names: tuple[str, ...],
    text: str,
    data_dir: Path | None,
    *,
    only_list: bool,
    as_json: bool,
) -> None:
    """Hold plugins against the checks of their contracts.

    A NAME is that of an item, an entry point or a distribution. A PATH is a Python file or the
    folder of a project, which need not be installed. Without either, everything that is installed
    besides the shipped plugins is checked. The exit code is 1 if a check fails, 3 if a plugin
    cannot be loaded.
    """
    from prunebench.testing.chosen import choose

    with talk_to_stderr():
        offers = choose(names, invocation.registry())
        checks = picked(offers, text, data_dir)
    if only_list:
        print_list(checks, as_json=as_json)
        return
    outcomes = run_aloud(checks)
    if as_json:
        click.echo(json.dumps(report(offers, outcomes), indent=2))
    else:
        print_report(outcomes, debug=invocation.debug)
        click.echo(one_line(advice(offers, outcomes, invocation.registry())))
    if any(outcome.word == "failed" for outcome in outcomes):
        click.get_current_context().exit(FAILED)


def picked(offers: Sequence[Offer[object]], text: str, data_dir: Path | None) -> list[Check]:
    """List the checks of what was chosen, those that contain a text.

    Raises
    ------
    SpecError
        If there is none.
    """
    from prunebench.errors import SpecError
    from prunebench.testing.suite import checks_for

    items = [cast("Item", offer.item) for offer in offers]
    checks = [check for item in items for check in checks_for(item, data_dir)]
    found = [check for check in checks if text in check.label]
    if not found:
        msg = f"none of {len(checks)} checks has {text!r} in its name; --list shows them."
        raise SpecError(msg)
    return found


def print_list(checks: Sequence[Check], *, as_json: bool) -> None:
    """Print the checks by item and name, and what they claim."""
    if as_json:
        facts = [
            {"item": c.subject, "check": c.name, "claim": c.claim, "expected_to_fail": c.reason}
            for c in checks
        ]
        click.echo(json.dumps(facts, indent=2))
        return
    print_table(("item", "check", "claim"), [[c.subject, c.name, c.claim] for c in checks])


def run_aloud(checks: Sequence[Check]) -> tuple[Outcome, ...]:
    """Run the checks with a display of how far it is; what plugins print goes to stderr."""
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from prunebench.testing.outcome import outcome_of

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    found: list[Outcome] = []
    with (
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
        redirect_stdout(sys.stderr),
    ):
        task = bar.add_task("", total=len(checks))
        for check in checks:
            bar.update(task, description=one_line(check.label))
            found.append(outcome_of(check))
            bar.advance(task)
    return tuple(found)


def report(offers: Sequence[Offer[object]], outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Give plugins, outcomes and counts for machines."""
    from prunebench.testing.outcome import counted

    return {
        "schema": 1,
        "items": [
            {"kind": offer.kind, "name": offer.name, **asdict(offer.origin)} for offer in offers
        ],
        "counts": counted(outcomes),
        "checks": [asdict(outcome) for outcome in outcomes],
    }


def print_report(outcomes: Sequence[Outcome], *, debug: bool) -> None:
    """Print the table, every failure in full, and how many there are."""
    rows = [
        [o.item, o.check, o.word, f"{o.seconds:.2f}", "" if o.word == "failed" else o.message]
        for o in outcomes
    ]
    print_table(COLUMNS, rows)
    for outcome in outcomes:
        if outcome.word == "failed":
            click.echo(f"\n{one_line(f'{outcome.item}: {outcome.check} failed.')}")
            click.echo(printable(outcome.story if debug and outcome.story else outcome.message))
    click.echo(f"\n{one_line(tally(outcomes))}")


def tally(outcomes: Sequence[Outcome]) -> str:
    """Count the outcomes in words."""
    from prunebench.testing.outcome import counted

    counts = counted(outcomes)
    said = {
        "passed": "holds" if counts["passed"] == 1 else "hold",
        "failed": "failed",
        "expected": "failed as the plugin says they must",
        "skipped": f"{'has' if counts['skipped'] == 1 else 'have'} nothing to look at",
    }
    parts = [f"{counts[word]} {said[word]}" for word in said if counts[word]]  # type: ignore[index] # its keys are the words
    return f"{len(outcomes)} check{'s' * (len(outcomes) != 1)}: {', '.join(parts)}."


def advice(offers: Sequence[Offer[object]], outcomes: Sequence[Outcome], registry: Registry) -> str:
    """Say what to do next."""
    failed = [outcome for outcome in outcomes if outcome.word == "failed"]
    if failed:
        label = f"{failed[0].item}-{failed[0].check}"
        return (
            f"Next: mend the plugin and run one check again with -k {label}; --debug shows "
            f"tracebacks. What cannot hold goes with its reason into the class: "
            f"expected_to_fail = {{{failed[0].check!r}: 'why'}}."
        )
    offer = offers[0]
    others = namesakes(offer, registry)
    if offer.origin.entry_point in others:  # to leave the other out would leave out both
        return f"Next: rename it, for another plugin offers a {offer.kind} {offer.name!r} too."
    return f"Next: {trial(offer, others)}"


def namesakes(offer: Offer[object], registry: Registry) -> list[str]:
    """List the plugins besides an offer's own that offer its name; prunebench's own keep theirs."""
    if offer.origin.is_shipped:
        return []
    origins = [
        other.origin
        for plugin in registry.inventory.plugins
        for other in plugin.offers
        if (other.kind, other.name) == (offer.kind, offer.name)
    ]
    return [other.entry_point for other in origins if other.target != offer.origin.target]


def trial(offer: Offer[object], left_out: Sequence[str]) -> str:
    """Say how an offer is first put to use."""
    flags = {
        "method": "--methods",
        "model": "--model",
        "dataset": "--dataset",
        "protocol": "--protocols",
        "metric": "--metrics",
    }
    where = "".join(f"--no-plugin {name} " for name in left_out)
    where += f"--plugin {offer.origin.target} " if offer.origin.is_file else ""
    before = "" if is_installed(offer) else "install the project (pip install -e FOLDER), then "
    if offer.kind == "template":
        return f"{before}prunebench {where}report --template {offer.name}"
    return f"{before}prunebench {where}run {flags[offer.kind]} {offer.name}"


def is_installed(offer: Offer[object]) -> bool:
    """Say whether an offer can be named: its plugin is installed, or a file."""
    from prunebench.testing.chosen import NOT_INSTALLED

    return offer.origin.version != NOT_INSTALLED
