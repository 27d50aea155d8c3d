"""``prunebench list``: what can be named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from prunebench.cli.invocation import Invocation, pass_invocation
from prunebench.cli.text import print_table

if TYPE_CHECKING:
    from prunebench.plugin.offer import Kind
    from prunebench.plugin.registry import Registry

KINDS: tuple[Kind, ...] = ("method", "model", "dataset", "protocol")


@click.group(name="list", epilog="Example: prunebench list methods")
def listing() -> None:
    """List what can be named."""


def add_kind(kind: Kind) -> None:
    """Add the command that lists one kind to the group."""

    @listing.command(
        f"{kind}s",
        help=f"List the {kind}s.",
        short_help=f"List the {kind}s.",
        epilog=f"Example: prunebench list {kind}s --json",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @pass_invocation
    def command(invocation: Invocation, *, as_json: bool) -> None:
        print_names(invocation.registry(), kind, as_json=as_json)


for each in KINDS:
    add_kind(each)


def print_names(registry: Registry, kind: Kind, *, as_json: bool) -> None:
    """Print one line per usable name; say on stderr if plugins are missing."""
    from prunebench.cli.summary import summary

    facts = [summary(registry.find(kind, name)) for name in registry.names(kind)]
    if as_json:
        click.echo(json.dumps(facts, indent=2))
    else:
        columns = ("name", "summary", "plugin")
        print_table(columns, [[str(fact[column]) for column in columns] for fact in facts])
    troubles = len(registry.inventory.failures) + len(registry.collisions)
    if troubles:
        click.echo("prunebench: some plugins have problems; run 'prunebench plugins'.", err=True)
