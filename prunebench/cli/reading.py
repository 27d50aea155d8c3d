"""``prunebench report`` and ``prunebench results``: read what a run has left; no torch."""

from __future__ import annotations

from pathlib import Path

import click

from prunebench.cli.asking import DEFAULT_STORE, FOLDER

PATH = click.Path(path_type=Path)

store_option = click.option(
    "--store",
    type=FOLDER,
    envvar="PRUNEBENCH_STORE",
    default=DEFAULT_STORE,
    show_default=True,
    help="Where the latest run is looked for. [env: PRUNEBENCH_STORE]",
)

OUT_OF_DATE = 1


@click.command(epilog="Example: prunebench report reports/mnist-lenet --check")
@click.argument("path", required=False, type=PATH)
@store_option
@click.option("--check", is_flag=True, help="Compare the report with its results; write nothing.")
def report(path: Path | None, store: Path, *, check: bool) -> None:
    """Write a run's report again, or check it."""
    from prunebench.report import render
    from prunebench.results.folder import latest_run
    from prunebench.results.frame import TABLE, load_rows

    folder = path or latest_run(Path(store))
    if not check:
        for page in render.render(folder):
            click.echo(str(page))
        return
    differences = render.check(folder)
    for line in differences:
        click.echo(line)
    if differences:
        click.echo(f"prunebench: {folder} is not what its results say.", err=True)
        raise click.exceptions.Exit(OUT_OF_DATE)
    click.echo(f"the report agrees with its {len(load_rows(folder / TABLE))} rows")


@click.command(epilog="Example: prunebench results --format csv > results.csv")
@click.argument("path", required=False, type=PATH)
@store_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    default="csv",
    show_default=True,
    help="How to print them.",
)
def results(path: Path | None, store: Path, form: str) -> None:
    """Print a run's measurements, one row per trial."""
    from prunebench.results.folder import latest_run
    from prunebench.results.frame import load_results, to_csv, to_json

    frame = load_results(path or latest_run(Path(store)))
    click.echo(to_csv(frame) if form == "csv" else to_json(frame), nl=False)
