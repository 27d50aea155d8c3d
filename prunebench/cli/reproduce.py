"""``prunebench reproduce``: run some of a bundle's trials again, and say whether they agree."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.asking import FOLDER, PLACE_OPTIONS, data_folder, with_options
from prunebench.cli.invocation import Invocation, pass_invocation, talk_to_stderr
from prunebench.cli.text import one_line, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prunebench.bundle.check import Checked
    from prunebench.bundle.document import Entry
    from prunebench.bundle.reproduced import Reproduced
    from prunebench.plugin.registry import Registry
    from prunebench.run.reproduction import Reproduction
    from prunebench.run.run import Finished, Places

workers_option, data_option, _ = PLACE_OPTIONS

DISAGREES = 1
DEFAULT_SAMPLE = 3


@click.command(epilog="Example: prunebench reproduce bundles/tiny-0123456789abcdef.zip --sample 5")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--sample",
    type=click.IntRange(1),
    metavar="N",
    help=f"How many trials, drawn by lot.  [default: {DEFAULT_SAMPLE}]",
)
@click.option(
    "--trial", "trials", multiple=True, metavar="ID", help="Run this trial instead; may repeat."
)
@click.option(
    "--seed-of-sample",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Draw other trials, which no submitter could know beforehand.",
)
@click.option(
    "--store", type=FOLDER, help="New folder for what is computed; a temporary one by default."
)
@with_options(workers_option, data_option)
@click.option("--out", type=FOLDER, help="Folder of the record; the bundle's by default.")
@click.option("--by", default="", metavar="NAME", help="Who reproduces.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_invocation
def reproduce(
    invocation: Invocation, /, bundle: Path, trials: tuple[str, ...], *, as_json: bool, **given: Any
) -> None:
    """Run trials of a bundle again, and compare what comes out."""
    from prunebench.bundle.reproduced import write_reproduced
    from prunebench.run.run import Places, make_folder

    if trials and given["sample"]:
        msg = "--sample draws trials and --trial names them; give one of the two."
        raise click.UsageError(msg)
    checked = accepted(bundle)
    entries = chosen(checked, trials, given)
    folder = make_folder(given["out"] or bundle.absolute().parent)
    with talk_to_stderr(), fresh(given["store"]) as store:
        places = Places(store, data_folder(given["data_dir"]))
        found = carried_out(invocation, (checked, entries), places, given)
    path = write_reproduced(found, folder)
    if as_json:
        click.echo(json.dumps({"file": str(path), **asdict(found)}, indent=2))
    else:
        print_reproduced(found, entries)
        click.echo(f"{path}")
    if found.agreeing < len(found.trials):
        raise click.exceptions.Exit(DISAGREES)


def accepted(path: Path) -> Checked:
    """Check a bundle before anything of it is used.

    Raises
    ------
    BundleError
        If it is refused.
    """
    from prunebench.bundle.check import check_bundle
    from prunebench.bundle.finding import BundleError

    checked = check_bundle(path)
    if checked.findings:
        raise BundleError(checked.findings)
    return checked


def chosen(checked: Checked, trials: tuple[str, ...], given: dict[str, Any]) -> tuple[Entry, ...]:
    """Choose the trials: as named, else by lot."""
    from prunebench.run.sampled import named, sampled

    assert checked.bundle is not None  # it has been accepted
    if trials:
        return named(checked.bundle.entries, trials)
    count = given["sample"] or DEFAULT_SAMPLE
    return sampled(checked.bundle.entries, checked.address, count, given["seed_of_sample"])


@contextmanager
def fresh(store: Path | None) -> Iterator[Path]:
    """Give an empty store, which goes away again unless it was named."""
    from prunebench.run.reproduction import refuse_used

    if store is not None:
        refuse_used(store)
        yield store
        return
    with TemporaryDirectory(prefix="prunebench-reproduce-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def carried_out(
    invocation: Invocation,
    what: tuple[Checked, Sequence[Entry]],
    places: Places,
    given: dict[str, Any],
) -> Reproduced:
    """Plan the trials from the bundle, run them and compare."""
    from prunebench.run.reproduction import prepare

    checked, entries = what
    assert checked.bundle is not None  # it has been accepted
    registry = invocation.registry()
    ready = prepare(registry, checked.bundle, checked.address, entries, places.data)
    for trial in ready.absent:
        click.echo(f"trial {trial} is none that the bundle's experiment gives here.", err=True)
    finished = run_again(invocation, registry, ready, places, given["workers"])
    when = datetime.now(UTC), given["by"]
    return ready.conclude(registry, finished, places.store, when)


def run_again(
    invocation: Invocation,
    registry: Registry,
    ready: Reproduction,
    places: Places,
    workers: int | None,
) -> Finished | None:
    """Run with the progress display of ``prunebench run``; None where nothing is planned."""
    from prunebench.cli.progress import Display
    from prunebench.cli.run import command_line
    from prunebench.plan.problem import chosen_device
    from prunebench.run.hands import Asked, choose_hands
    from prunebench.run.run import Run, choose_executor

    if not ready.plan.trials:
        return None
    hands = choose_hands(Asked(workers), chosen_device(ready.experiment.device))
    under_way = Run(registry, ready.experiment, ready.plan, places, command_line())
    pace = under_way.pace(hands)
    executor = choose_executor(registry, places, hands, invocation.blocked)
    with Display(len(pace.forecast.stages), pace=pace) as display:
        registry.observe(display)
        return under_way.execute(executor, pace=pace)


def print_reproduced(found: Reproduced, entries: Sequence[Entry]) -> None:
    """Print one line per trial, the reasons, and the sum."""
    rows = {entry.row.trial: entry.row for entry in entries}
    several = len({(row.dataset, row.model) for row in rows.values()}) > 1
    headers = ("trial", *(["model", "data"] if several else []), "method", "target", "protocol")
    table = []
    for one in found.trials:
        row = rows[one.trial]
        where = [row.model, row.dataset] if several else []
        what = [*where, row.method, row.target, row.protocol, str(row.seed)]
        numbers = [percent(one.submitted), percent(one.measured)]
        table.append([one.trial[:12], *what, *numbers, one.how, "yes" if one.agrees else "NO"])
    print_table((*headers, "seed", "submitted", "measured", "rule", "agrees"), table)
    click.echo()
    for one in found.trials:
        click.echo(one_line(f"{one.trial[:12]}: {one.reason}"))
    click.echo(f"\nreproduced {found.agreeing} of {len(found.trials)}")


def percent(accuracy: float | None) -> str:
    """Write an accuracy in percent."""
    return "-" if accuracy is None else f"{100 * accuracy:.2f} %"
