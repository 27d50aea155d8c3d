"""``prunebench plugin new``: a complete project from the packaged templates, offline."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.invocation import Invocation, pass_invocation
from prunebench.cli.text import one_line, printable

if TYPE_CHECKING:
    from prunebench.scaffold.names import Names
    from prunebench.scaffold.project import Wish


@click.command(epilog="Example: prunebench plugin new geometric-median --channel")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(["method", "model", "dataset", "protocol"]),
    default="method",
    show_default=True,
    help="What the plugin offers.",
)
@click.option("--channel", is_flag=True, help="A method that removes channels, not weights.")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder to write, not there yet or empty; prunebench-NAME by default.",
)
@click.option("--author", default="", metavar="TEXT", help="'Name' or 'Name <name@example.org>'.")
@click.option(
    "--license",
    type=click.Choice(["MIT", "BSD-3-Clause", "none"]),
    default="MIT",
    show_default=True,
    help="License of the project.",
)
@pass_invocation
def new(invocation: Invocation, /, *, name: str, folder: Path | None, **asked: Any) -> None:
    """Write the project of a new plugin.

    It works as it stands: a module of a few lines to be changed, tests, a workflow that runs
    them, a README. Nothing is overwritten or downloaded.
    """
    from prunebench.scaffold.names import names_of
    from prunebench.scaffold.project import Wish, project_files, run_command
    from prunebench.scaffold.writing import tree, write_project

    wish = Wish(name, **asked)
    if wish.channel and wish.kind != "method":
        msg = f"--channel makes a method that removes channels; leave it out for a {wish.kind}."
        raise click.UsageError(msg)
    names = names_of(name, wish.kind)
    files = project_files(wish, version=installed(), year=datetime.now(UTC).year)
    place = folder or Path(names.distribution)
    write_project(place, files)
    namesake = warn_of_namesakes(invocation, wish, names)
    click.echo(printable(tree(str(place), files)))
    click.echo("\nNext:")
    for command in (
        f"cd {shlex.quote(str(place))} && pip install -e '.[test]'",
        f"prunebench plugin test {names.entry_point}",
        run_command(wish, ("--no-plugin", shlex.quote(namesake)) if namesake else ()),
    ):
        click.echo(f"  {one_line(command)}")


def installed() -> str:
    """Give the version of prunebench that is running."""
    from importlib.metadata import version

    return version("prunebench")


def warn_of_namesakes(invocation: Invocation, wish: Wish, names: Names) -> str:
    """Say on stderr who offers something of this kind and name already.

    Returns
    -------
    str
        What leaves the other out with ``--no-plugin``; empty where nobody is in the way, or both
        would be left out.
    """
    registry = invocation.registry()
    if wish.name not in registry.names(wish.kind):
        return ""
    origin = registry.find(wish.kind, wish.name).origin
    found = "" if origin.entry_point == names.entry_point else origin.entry_point
    other = f", or leave the other out with 'prunebench --no-plugin {found} ...'" if found else ""
    click.echo(
        one_line(
            f"{origin.distribution} offers a {wish.kind} {wish.name!r} already. Two of one name "
            f"are refused: give yours another{other}."
        ),
        err=True,
    )
    return found
