"""``prunebench plugins``: what became of every entry point."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

import click

from prunebench.cli.invocation import Invocation, pass_invocation
from prunebench.cli.text import one_line, print_table, printable

if TYPE_CHECKING:
    from prunebench.core.digest import Json
    from prunebench.plugin.offer import Origin, Plugin
    from prunebench.plugin.registry import Registry

HEADERS = ("entry point", "distribution", "API", "state", "offers")
"""Names of what is offered would be too wide; ``prunebench list`` has them, and ``--why``."""


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
        click.echo(json.dumps(document(registry, facts), indent=2))
    elif why is not None:
        print_story(registry, facts)
    else:
        print_overview(registry, facts)


def document(registry: Registry, facts: list[dict[str, Json]]) -> dict[str, Json]:
    """Give the records, with what they were held against and what they contend for."""
    from prunebench.contracts.hook import API_VERSION

    collisions: list[Json] = [str(collision) for collision in registry.collisions]
    return {"api": API_VERSION, "plugins": [*facts], "collisions": collisions}


def inventory_facts(registry: Registry) -> list[dict[str, Json]]:
    """Give one record per entry point, in order of distribution and entry point."""
    inventory = registry.inventory
    contested = {o for c in registry.collisions for o in c.origins if o != c.holder}
    records = [
        *(
            plugin_facts(plugin, "collides" if plugin.origin in contested else "loaded")
            for plugin in inventory.plugins
        ),
        *(
            {**state(f.origin, f.state, f.api), "reason": f.reason, "story": f.story}
            for f in inventory.failures
        ),
        *(state(origin, "blocked") for origin in inventory.blocked),
    ]
    return sorted(records, key=lambda r: (str(r["distribution"]), str(r["entry_point"])))


def plugin_facts(plugin: Plugin, word: str) -> dict[str, Json]:
    """Give the record of a loaded plugin; `word` is its state."""
    offers: list[Json] = [f"{offer.kind} {offer.name}" for offer in plugin.offers]
    source = {f"source_{name}": value for name, value in asdict(plugin.source).items()}
    more: dict[str, Json] = {"offers": offers, "deprecations": list(plugin.deprecations)}
    return {**state(plugin.origin, word, plugin.api), **more, **source}


def state(origin: Origin, word: str, api: str = "") -> dict[str, Json]:
    """Give what records have in common."""
    return {**asdict(origin), "api": api, "state": word, "offers": []}


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
    """Print the table, then one line for each failure, collision, and thing to be changed."""
    print_table(HEADERS, [table_row(fact) for fact in facts])
    inventory = registry.inventory
    lines = [str(failure) for failure in inventory.failures]
    lines += [str(collision) for collision in registry.collisions]
    lines += [f"{p.origin}: {text}" for p in inventory.plugins for text in p.deprecations]
    lines += [f"{p.origin} {undeclared()}" for p in inventory.plugins if not p.api]
    if lines:
        click.echo()
    for line in lines:
        click.echo(one_line(line))
    if inventory.failures:
        click.echo("Run 'prunebench plugins --why NAME' for the whole story.", err=True)


def table_row(fact: dict[str, Json]) -> list[str]:
    """Write one record as cells; what is offered is counted by kind."""
    offered = Counter(str(offer).partition(" ")[0] for offer in cast("list[Json]", fact["offers"]))
    counts = [f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in offered.items()]
    whose = f"{fact['distribution']} {fact['version']}"
    words = (fact["entry_point"], whose, fact["api"] or "none", fact["state"], ", ".join(counts))
    return [str(word) for word in words]


def undeclared() -> str:
    """Say what a plugin without an API range lacks."""
    from prunebench.plugin.api_range import EXAMPLE
    from prunebench.plugin.source import RANGE

    return (
        f"declares no API range; prunebench 2.0 will want one: write {RANGE} = "
        f"{json.dumps(EXAMPLE)}."
    )


def print_story(registry: Registry, facts: list[dict[str, Json]]) -> None:
    """Print every fact of the chosen plugins, the traceback last, then their collisions."""
    for fact in facts:
        for name, value in fact.items():
            text = cell(value) or "none"
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
