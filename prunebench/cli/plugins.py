"""``prunebench plugins``: what became of every entry point."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from prunebench.cli.invocation import Invocation, pass_invocation
from prunebench.cli.text import one_line, print_table, printable

if TYPE_CHECKING:
    from prunebench.core.digest import Json
    from prunebench.plugin.offer import Origin, Plugin
    from prunebench.plugin.registry import Registry

COLUMNS = ("entry_point", "distribution", "version", "state", "offers")


@click.command(epilog="Example: prunebench plugins --why magnitude")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--why", metavar="NAME", help="Tell all that is known of one plugin.")
@pass_invocation
def plugins(invocation: Invocation, *, as_json: bool, why: str | None) -> None:
    """Say what became of every plugin."""
    registry = invocation.registry()
    facts = inventory_facts(registry)
    if why is not None:
        facts = chosen(facts, why)
    if as_json:
        collisions = [str(collision) for collision in registry.collisions]
        click.echo(json.dumps({"plugins": facts, "collisions": collisions}, indent=2))
    elif why is not None:
        print_story(registry, facts)
    else:
        print_overview(registry, facts)


def inventory_facts(registry: Registry) -> list[dict[str, Json]]:
    """Give one record per entry point, in order of distribution and entry point."""
    inventory = registry.inventory
    contested = {origin for collision in registry.collisions for origin in collision.origins}
    records = [
        *(
            plugin_facts(plugin, "collides" if plugin.origin in contested else "loaded")
            for plugin in inventory.plugins
        ),
        *(
            {**state(f.origin, "failed"), "reason": f.reason, "story": f.story}
            for f in inventory.failures
        ),
        *(state(origin, "blocked") for origin in inventory.blocked),
    ]
    return sorted(records, key=lambda r: (str(r["distribution"]), str(r["entry_point"])))


def plugin_facts(plugin: Plugin, word: str) -> dict[str, Json]:
    """Give the record of a loaded plugin; `word` is its state."""
    offers = [f"{offer.kind} {offer.name}" for offer in plugin.offers]
    source = {f"source_{name}": value for name, value in asdict(plugin.source).items()}
    return {**state(plugin.origin, word), "offers": offers, **source}


def state(origin: Origin, word: str) -> dict[str, Json]:
    """Give what records have in common."""
    return {**asdict(origin), "state": word, "offers": []}


def chosen(facts: list[dict[str, Json]], name: str) -> list[dict[str, Json]]:
    """Pick the records of an entry point or a distribution.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    from prunebench.plugin.unknown import unknown_name

    found = [fact for fact in facts if name in (fact["entry_point"], fact["distribution"])]
    if not found:
        known = [str(fact["entry_point"]) for fact in facts]
        error = unknown_name("plugin", name, known, "prunebench plugins")
        raise error
    return found


def print_overview(registry: Registry, facts: list[dict[str, Json]]) -> None:
    """Print the table, then one line per failure and collision."""
    headers = [column.replace("_", " ") for column in COLUMNS]
    print_table(headers, [[cell(fact[column]) for column in COLUMNS] for fact in facts])
    lines = [f"{f.origin} failed: {f.reason}" for f in registry.inventory.failures]
    lines += [str(collision) for collision in registry.collisions]
    if lines:
        click.echo()
    for line in lines:
        click.echo(one_line(line))
    if registry.inventory.failures:
        click.echo("Run 'prunebench plugins --why NAME' for the whole story.", err=True)


def print_story(registry: Registry, facts: list[dict[str, Json]]) -> None:
    """Print every fact of the chosen plugins, the traceback last, then their collisions."""
    for fact in facts:
        for name, value in fact.items():
            text = cell(value)
            separator = "\n" if "\n" in text else " "
            click.echo(printable(f"{name.replace('_', ' ')}:{separator}{text}"))
        click.echo()
    names = {fact["entry_point"] for fact in facts}
    for collision in registry.collisions:
        if names & {origin.entry_point for origin in collision.origins}:
            click.echo(one_line(str(collision)))


def cell(value: Json) -> str:
    """Write a value as text; lists with commas."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
