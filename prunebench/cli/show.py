"""``prunebench show``: one thing and its settings."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

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
@click.argument("kind", type=click.Choice([*KINDS, "suite", "recipe"]))
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_invocation
def show(
    invocation: Invocation, kind: Kind | Literal["suite", "recipe"], name: str, *, as_json: bool
) -> None:
    """Describe one thing and its settings."""
    from prunebench.cli.summary import details

    if kind == "suite":
        show_suite(name, as_json=as_json)
        return
    if kind == "recipe":
        show_recipe(name, as_json=as_json)
        return

    facts = details(invocation.registry().find(kind, name))
    if as_json:
        click.echo(json.dumps(facts, indent=2, default=str))
    else:
        print_facts(facts)


def show_suite(label: str, *, as_json: bool) -> None:
    """Print what a suite asks for, and which coordinates of its trials are pinned."""
    from prunebench.leaderboard.ratios import ratio
    from prunebench.suite.file import find_suite

    suite = find_suite(label)
    ratios = tuple(map(ratio, suite.densities))
    facts: dict[str, Json] = {"kind": "suite", "name": suite.label, "ratios": ratios}
    if as_json:
        given = {key: value for key, value in asdict(suite).items() if key not in facts}
        click.echo(json.dumps({**facts, **given}, indent=2))
        return
    pins = {name for pair in suite.pairs for name in pair.pins}
    labels = ["test labels"] if any(pair.labels_digest for pair in suite.pairs) else []
    told: dict[str, Json] = {
        "kind": "suite",
        "name": suite.label,
        "description": f"{suite.title}\n{suite.about}",
        "ratios": ratios,
        "pairs": tuple(pair.label for pair in suite.pairs),
        "protocols": suite.protocols,
        "seeds": f"0 to {suite.seeds - 1}",
        "reference": suite.reference,
        "controls": "masks of every method's own shape" if suite.controls else "none",
        "pinned": (*sorted(pins), *labels),
        "settings": [],
    }
    print_facts(told)


def show_recipe(name: str, *, as_json: bool) -> None:
    """Print every field of a shipped recipe."""
    from prunebench.cli.listing import recipe_title
    from prunebench.experiment.choice import text
    from prunebench.experiment.recipe import coordinates, flat, recipe

    found = recipe(name, {})
    fields = coordinates(found)
    if as_json:
        click.echo(json.dumps({"kind": "recipe", "name": name, **fields}, indent=2))
        return
    click.echo(printable(f"recipe {name}\n\n{recipe_title(found)}\n"))
    rows = [[field, text(value)] for field, value in flat(fields).items()]
    print_table(("field", "value"), rows)


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
