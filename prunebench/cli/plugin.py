"""``prunebench plugin``: what authors of plugins need; see also ``prunebench plugins``."""

from collections.abc import Mapping

import click

from prunebench.cli.group import LazyCommand, LazyGroup

COMMANDS: Mapping[str, LazyCommand] = {
    "new": LazyCommand("prunebench.cli.plugin_new:new", "Write the project of a new plugin."),
    "test": LazyCommand(
        "prunebench.cli.plugin_test:test", "Hold plugins against the checks of their contracts."
    ),
}


@click.group(
    name="plugin", cls=LazyGroup, lazy=COMMANDS, epilog="Example: prunebench plugin new my-method"
)
def plugin() -> None:
    """Write a plugin of your own, and check it."""
