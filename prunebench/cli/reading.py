"""``prunebench report`` and ``prunebench results``: read what a run has left; no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.asking import DEFAULT_STORE, FOLDER
from prunebench.cli.invocation import Invocation, pass_invocation
from prunebench.cli.text import printable

if TYPE_CHECKING:
    from prunebench.report.figures.drawing import Form

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
@click.option(
    "--format",
    "formats",
    metavar="md,html,tex",
    help="What to write.  [default: md,html]",
)
@click.option(
    "--figures",
    metavar="pdf,png",
    help="What to write every figure as, beside the SVG.",
)
@click.option(
    "--template",
    metavar="NAME",
    help="Lay the published tables out as this benchmark does, or write the pages of a template: "
    "of --template-dir, or of a plugin ('prunebench list templates').",
)
@click.option(
    "--template-dir",
    type=PATH,
    metavar="FOLDER",
    help="Where NAME.toml, NAME.html.j2, NAME.md.j2 or NAME.tex.j2 lie.",
)
@pass_invocation
def report(
    invocation: Invocation, /, path: Path | None, store: Path, *, check: bool, **asked: Any
) -> None:
    """Write a run's report again, or check it."""
    from prunebench.cli.template import chosen_template
    from prunebench.report import render
    from prunebench.results.folder import latest_run
    from prunebench.results.frame import TABLE, load_rows

    if check and (asked["formats"] or asked["figures"]):
        msg = "--check compares what is there; leave --format and --figures out."
        raise click.UsageError(msg)
    formats = chosen_formats(asked["formats"])
    template = chosen_template(invocation, asked["template"], asked["template_dir"])
    folder = path or latest_run(Path(store))
    if not check:
        for page in render.render(folder, formats, template, chosen_figures(asked["figures"])):
            click.echo(str(page))
        return
    differences = render.check(folder, template)
    for line in differences:
        click.echo(printable(line))
    if differences:
        click.echo(f"prunebench: {folder} is not what its results say.", err=True)
        raise click.exceptions.Exit(OUT_OF_DATE)
    click.echo(f"the report agrees with its {len(load_rows(folder / TABLE))} rows")


def chosen_formats(text: str | None) -> list[str]:
    """Read the list of formats.

    Raises
    ------
    SpecError
        If one is unknown.
    """
    from prunebench.errors import SpecError
    from prunebench.report.pages import FORMATS
    from prunebench.report.render import USUAL

    if text is None:
        return list(USUAL)
    found = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [part for part in found if part not in FORMATS]
    if unknown or not found:
        what = repr(unknown[0]) if unknown else "nothing"
        msg = f"a report cannot be written as {what}; --format takes {', '.join(FORMATS)}."
        raise SpecError(msg)
    return found


def chosen_figures(text: str | None) -> list[Form]:
    """Read the list of forms of figures.

    Raises
    ------
    SpecError
        If one is unknown.
    """
    from prunebench.errors import SpecError

    known: dict[str, Form] = {"pdf": "pdf", "png": "png"}
    found = [part.strip() for part in (text or "").split(",") if part.strip()]
    unknown = [part for part in found if part not in known]
    if unknown:
        msg = f"a figure cannot be written as {unknown[0]!r}; --figures takes pdf, png."
        raise SpecError(msg)
    return [known[part] for part in found]


@click.command(epilog="Example: prunebench results --format csv > results.csv")
@click.argument("path", required=False, type=PATH)
@store_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    help="How to print them.  [default: csv]",
)
@click.option(
    "--parquet",
    type=PATH,
    metavar="FILE",
    help="Write them as one Parquet file instead; needs pip install 'prunebench[parquet]'.",
)
def results(path: Path | None, store: Path, form: str | None, parquet: Path | None) -> None:
    """Print a run's measurements, one row per trial."""
    from prunebench.results.folder import latest_run
    from prunebench.results.frame import load_results, to_csv, to_json
    from prunebench.results.parquet import write_parquet

    if form and parquet:
        msg = "--parquet writes a file and prints no table; leave --format out."
        raise click.UsageError(msg)
    source = path or latest_run(Path(store))
    if parquet:
        write_parquet(source, parquet)
        click.echo(str(parquet))
        return
    frame = load_results(source)
    click.echo(to_json(frame) if form == "json" else to_csv(frame), nl=False)
