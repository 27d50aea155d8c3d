"""``prunebench export``: one trial's network, to be used without prunebench's methods."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.asking import FOLDER, PLACE_OPTIONS, data_folder, with_options
from prunebench.cli.invocation import Invocation, pass_invocation, talk_to_stderr

if TYPE_CHECKING:
    from prunebench.run.export import Export

DIGITS = 12
"""Of a trial's id, in the name of a folder."""


@click.command(epilog="Example: prunebench export 3f9a -o small-net")
@click.argument("trial")
@click.option("-o", "--output", type=FOLDER, help="Folder to write; export-TRIAL by default.")
@click.option("--run", "run_folder", type=FOLDER, help="Look into this run's folder only.")
@click.option("--onnx", is_flag=True, help="Write model.onnx too.")
@with_options(*PLACE_OPTIONS)
@pass_invocation
def export(
    invocation: Invocation,
    /,
    trial: str,
    output: Path | None,
    run_folder: Path | None,
    *,
    onnx: bool,
    **given: Any,
) -> None:
    """Write a trial's network as safetensors, with a loader."""
    from prunebench.results.lookup import find_trial
    from prunebench.run.export import prepare, refuse_folder
    from prunebench.run.onnx_file import check_onnx
    from prunebench.run.run import Places

    if onnx:
        check_onnx()
    found = find_trial(trial, given["store"], run_folder)
    folder = output or Path(f"export-{found.row.trial[:DIGITS]}")
    refuse_folder(folder, found.row.trial)
    places = Places(given["store"], data_folder(given["data_dir"]))
    with talk_to_stderr():
        under_way = prepare(invocation.registry(), places, found)
        lacking = under_way.lacking()
        try:
            restore(invocation, under_way, given["workers"])
            under_way.write(folder, onnx=onnx)
        finally:
            under_way.forget(lacking)
    click.echo(closing(under_way, len(lacking)), err=True)
    click.echo(f"{folder}")


def restore(invocation: Invocation, under_way: Export, workers: int | None) -> None:
    """Compute what the store lacks, with the progress display; one stage waits for another."""
    from prunebench.cli.progress import Display
    from prunebench.plan.problem import chosen_device
    from prunebench.run.hands import Asked, choose_hands
    from prunebench.run.planning import fetch_data
    from prunebench.run.run import choose_executor

    lacking = under_way.lacking()
    if not lacking:
        return
    registry, places = under_way.registry, under_way.places
    fetch_data(registry, under_way.experiment, places.data)
    asked = Asked(1 if workers is None else workers)
    hands = choose_hands(asked, chosen_device(under_way.experiment.device))
    executor = choose_executor(registry, places, hands, invocation.blocked)
    with Display(len(lacking) + 1) as display:
        registry.observe(display)
        under_way.restore(executor, registry.emit)


def closing(under_way: Export, computed: int) -> str:
    """Say in one sentence what was written."""
    row = under_way.found.row
    accuracy = row.test_accuracy_last
    how_well = "diverged" if accuracy is None else f"test accuracy {100 * accuracy:.2f} %"
    stages = "1 stage was" if computed == 1 else f"{computed} stages were"
    again = f"; {stages} computed again" if computed else ""
    who = "dense" if row.method_id == "dense" else f"{row.method} {row.target} {row.protocol}"
    return f"{row.model} {who} seed {row.seed}: {how_well}{again}."
