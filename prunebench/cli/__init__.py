"""The command line: click commands; rooms are imported inside each command."""

from collections.abc import Mapping
from pathlib import Path

import click

from prunebench.cli.group import BorderGroup, LazyCommand
from prunebench.cli.invocation import Invocation

COMMANDS: Mapping[str, LazyCommand] = {
    "bundle": LazyCommand(
        "prunebench.cli.bundle:bundle",
        "Pack a run to submit it to a leaderboard, and check such bundles.",
    ),
    "claims": LazyCommand(
        "prunebench.cli.claims:claims",
        "Hold runs, or printed numbers, against the claims of the papers.",
    ),
    "doctor": LazyCommand(
        "prunebench.cli.doctor:doctor", "Say what of a model can be pruned, and by which methods."
    ),
    "export": LazyCommand(
        "prunebench.cli.export:export", "Write a trial's network as safetensors, with a loader."
    ),
    "leaderboard": LazyCommand(
        "prunebench.cli.leaderboard:leaderboard",
        "Make a leaderboard of bundles, as a site that opens from disk.",
    ),
    "list": LazyCommand("prunebench.cli.listing:listing", "List what can be named."),
    "plan": LazyCommand(
        "prunebench.cli.run:plan", "Print the plan of an experiment; the same as run --dry-run."
    ),
    "plugin": LazyCommand(
        "prunebench.cli.plugin:plugin", "Write a plugin of your own, and check it."
    ),
    "plugins": LazyCommand("prunebench.cli.plugins:plugins", "Say what became of every plugin."),
    "report": LazyCommand(
        "prunebench.cli.reading:report", "Write a run's report again, or check it."
    ),
    "reproduce": LazyCommand(
        "prunebench.cli.reproduce:reproduce",
        "Run trials of a bundle again, and compare what comes out.",
    ),
    "results": LazyCommand(
        "prunebench.cli.reading:results", "Print a run's measurements, one row per trial."
    ),
    "run": LazyCommand("prunebench.cli.run:run", "Run an experiment and write its report."),
    "show": LazyCommand("prunebench.cli.show:show", "Describe one thing and its settings."),
    "store": LazyCommand(
        "prunebench.cli.store:store", "Say what a store takes, clear it up, verify it."
    ),
}


@click.group(
    cls=BorderGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: prunebench list methods",
)
@click.version_option(package_name="prunebench")
@click.option("--debug", is_flag=True, help="Show the traceback of every error.")
@click.option(
    "--no-plugin",
    "blocked",
    multiple=True,
    metavar="NAME",
    help="Leave out a plugin, by entry point or distribution; may repeat.",
)
@click.option(
    "--plugin",
    "files",
    multiple=True,
    metavar="FILE.py",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Load a plugin that is a Python file and not installed; may repeat.",
)
@click.option(
    "--plugin-dir",
    "folders",
    multiple=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Load every NAME.py in a folder, as --plugin does; those that fail are told; may repeat.",
)
@click.pass_context
def main(
    context: click.Context,
    *,
    debug: bool,
    blocked: tuple[str, ...],
    files: tuple[Path, ...],
    folders: tuple[Path, ...],
) -> None:
    """Compare neural-network pruning methods under the same retraining protocols."""
    context.obj = Invocation(debug=debug, blocked=blocked, files=files, folders=folders)
