"""``prunebench list``: what can be named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from prunebench.cli.group import HelpfulGroup
from prunebench.cli.invocation import Invocation, pass_invocation
from prunebench.cli.text import print_table

if TYPE_CHECKING:
    from prunebench.plugin.offer import Kind
    from prunebench.plugin.registry import Registry
    from prunebench.training.recipe import Recipe

KINDS: tuple[Kind, ...] = ("method", "model", "dataset", "protocol", "metric", "template")


@click.group(name="list", cls=HelpfulGroup, epilog="Example: prunebench list methods")
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


@listing.command(epilog="Example: prunebench list benchmarks")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def benchmarks(*, as_json: bool) -> None:
    """List the shipped benchmarks."""
    from prunebench.experiment.schema import benchmark_names
    from prunebench.experiment.shipped import benchmark_path, read_toml

    titles = {name: str(read_toml(benchmark_path(name))["name"]) for name in benchmark_names()}
    print_titles(titles, as_json=as_json)


@listing.command(epilog="Example: prunebench list suites")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def suites(*, as_json: bool) -> None:
    """List the suites of leaderboards."""
    from prunebench.suite.file import find_suite, suite_names

    titles = {label: find_suite(label).title for label in suite_names()}
    print_titles(titles, as_json=as_json)


@listing.command(epilog="Example: prunebench list recipes")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def recipes(*, as_json: bool) -> None:
    """List the shipped recipes."""
    from prunebench.experiment.recipe import preset_names, recipe

    titles = {name: recipe_title(recipe(name, {})) for name in preset_names()}
    print_titles(titles, as_json=as_json)


def recipe_title(recipe: Recipe) -> str:
    """Describe a recipe in a few words."""
    return (
        f"{recipe.length} {recipe.unit}, batch {recipe.batch}, {recipe.optimiser}, "
        f"learning rate {recipe.lr:g}"
    )


def print_titles(titles: dict[str, str], *, as_json: bool) -> None:
    """Print titles by name."""
    if as_json:
        facts = [{"name": name, "title": title} for name, title in titles.items()]
        click.echo(json.dumps(facts, indent=2))
    else:
        print_table(("name", "title"), [list(pair) for pair in titles.items()])


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
