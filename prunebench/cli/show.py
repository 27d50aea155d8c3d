"""``prunebench show``: one thing and its settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from prunebench.cli.invocation import Invocation, pass_invocation
from prunebench.cli.listing import KINDS
from prunebench.cli.text import print_table, printable

if TYPE_CHECKING:
    from prunebench.core.digest import Json
    from prunebench.plugin.offer import Kind

OWN_LINES = {"kind", "name", "summary", "description", "settings"}
COLUMNS = ("setting", "type", "default", "help")


@click.command(epilog="Example: prunebench show method magnitude")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_invocation
def show(invocation: Invocation, kind: Kind, name: str, *, as_json: bool) -> None:
    """Describe one thing and its settings."""
    from prunebench.cli.summary import details

    facts = details(invocation.registry().find(kind, name))
    if as_json:
        click.echo(json.dumps(facts, indent=2, default=str))
    else:
        print_facts(facts)


def print_facts(facts: dict[str, Json]) -> None:
    """Print a title, the description, one line per fact and the table of settings."""
    click.echo(printable(f"{facts['kind']} {facts['name']}\n\n{facts['description']}\n"))
    for name, value in facts.items():
        if name not in OWN_LINES and value not in ("", (), None):
            text = ", ".join(map(str, value)) if isinstance(value, tuple) else value
            click.echo(printable(f"{name.replace('_', ' ')}: {text}"))
    settings = facts["settings"]
    if isinstance(settings, list) and settings:
        click.echo()
        print_table(COLUMNS, [setting_row(s) for s in settings if isinstance(s, dict)])


def setting_row(setting: dict[str, Json]) -> list[str]:
    """Write one setting as cells; defaults as a person would write them."""
    default = json.dumps(setting["default"], default=str)
    return [str(setting["name"]), str(setting["type"]), default, str(setting.get("help", ""))]
