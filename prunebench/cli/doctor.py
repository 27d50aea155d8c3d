"""``prunebench doctor``: what of a model can be pruned, and by which methods."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prunebench.cli.asking import FOLDER, data_folder
from prunebench.cli.invocation import Invocation, pass_invocation, talk_to_stderr
from prunebench.cli.text import one_line, print_table

if TYPE_CHECKING:
    from prunebench.experiment.experiment import Experiment
    from prunebench.plan.problem import Problem
    from prunebench.plugin.registry import Registry

MANY = 3
"""Names in one cell of a table; JSON has them all."""


@click.command(epilog="Example: prunebench doctor --model resnet20 --dataset cifar10")
@click.option("--model", metavar="NAME[key=value]", help="Model; the data set's own by default.")
@click.option(
    "--dataset", metavar="NAME", default="digits", show_default=True, help="Whose images it reads."
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    metavar="NAME[key=value],...",
    help="Methods to try; all by default.",
)
@click.option(
    "--data-dir",
    type=FOLDER,
    envvar="PRUNEBENCH_DATA",
    help="Folder of the data sets. [env: PRUNEBENCH_DATA]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@pass_invocation
def doctor(
    invocation: Invocation,
    /,
    model: str | None,
    dataset: str,
    methods: tuple[str, ...],
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Say what of a model can be pruned, and by which methods."""
    from prunebench.plan.checkup import checkup

    with talk_to_stderr():
        registry = invocation.registry()
        asked = experiment(registry, model, dataset, methods)
        facts: dict[str, Any] = checkup(
            registry, problem(registry, asked, data_folder(data_dir)), asked.methods
        )
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    print_model(facts)
    print_layers(facts["layers"])
    print_groups(facts["groups"])
    print_methods(facts["methods"])


def experiment(
    registry: Registry, model: str | None, dataset: str, methods: tuple[str, ...]
) -> Experiment:
    """Read the names as a run would; without methods all of them."""
    from prunebench.experiment.choice import split_outside
    from prunebench.experiment.schema import validate

    named = [part for written in methods for part in split_outside(written)]
    return validate(
        {
            "model": [model] if model else [],
            "dataset": [dataset],
            "methods": [*(named or registry.names("method"))],
        },
        "the command line",
    )


def problem(registry: Registry, asked: Experiment, data: Path) -> Problem:
    """Describe the model on images of the data set, of which none is read."""
    from prunebench.plan.problem import make_problem

    model = asked.models[0] if asked.models else None
    return make_problem(registry, asked, (asked.datasets[0], model), data)


def print_model(facts: dict[str, Any]) -> None:
    """Print the whole network in one line."""
    size = "x".join(map(str, facts["shape"]))
    click.echo(
        one_line(
            f"{facts['model']} on {facts['dataset']} ({size}, {facts['classes']} classes): "
            f"{facts['params']:,} parameters, {facts['prunable']:,} of them prunable under recipe "
            f"{facts['recipe']}, {facts['macs']:,} multiply-adds"
        )
    )


def print_layers(layers: list[dict[str, Any]]) -> None:
    """Print sizes, and what weight and channel methods may do to every layer."""
    click.echo("\nLayers")
    rows = [
        [
            layer["name"],
            layer["kind"],
            "x".join(map(str, layer["shape"])),
            f"{layer['weights']:,}",
            f"{layer['macs']:,}",
            "yes" if layer["by_weight"] else "no: the recipe leaves it out",
            some(layer["by_channel"]) if layer["by_channel"] else f"no: {layer['whole']}",
        ]
        for layer in layers
    ]
    print_table(("name", "kind", "shape", "weights", "macs", "by weight", "by channel"), rows)


def print_groups(groups: list[dict[str, Any]]) -> None:
    """Print who writes and who reads the channels of each group."""
    click.echo("\nChannel groups" if groups else "\nNo channel groups.")
    if not groups:
        return
    rows = [
        [
            group["name"],
            group["kind"] + (", joined" if group["joined"] else ""),
            str(group["size"]),
            spans(group["producers"]),
            some(group["members"]) if group["members"] else spans(group["consumers"]),
        ]
        for group in groups
    ]
    print_table(("name", "kind", "size", "written by", "read by (a block: holds)"), rows)


def print_methods(methods: list[dict[str, Any]]) -> None:
    """Print which methods can prune the model, and how far."""
    click.echo("\nMethods")
    rows = [
        [
            fact["method"],
            fact["granularity"],
            "yes" if fact["applicable"] else "no",
            smallest(fact),
            fact["reason"] or left_whole(fact["left_whole"]),
        ]
        for fact in methods
    ]
    print_table(
        ("method", "removes", "applies", "smallest density", "why not, or what stays whole"), rows
    )


def smallest(fact: dict[str, Any]) -> str:
    """Write the smallest density of a channel method; weights can all go."""
    least = fact.get("smallest_density")
    return f"{least:.2g}" if least else ""


def left_whole(reasons: dict[str, str]) -> str:
    """Name the groups that stay whole, once for every reason."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        by_reason.setdefault(reason, []).append(name)
    return "; ".join(f"{reason}: {some(names)}" for reason, names in by_reason.items())


def spans(written: list[dict[str, Any]]) -> str:
    """Name the modules of a side."""
    from prunebench.core.layout import Span
    from prunebench.plan.checkup import span_text

    return some([span_text(Span(**span)) for span in written])


def some(names: list[str]) -> str:
    """Name the first few, and count the others."""
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return ", ".join(names[:MANY]) + more
