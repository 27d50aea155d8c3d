"""Write the parts of reference.md that are read from the code; see also generate_methods.

Each public function gives Markdown; cog puts it into the page: ``cog -r docs/reference.md``.
Only what prunebench itself ships is listed, whatever else is installed.
"""

import inspect
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import Field, fields
from typing import Any, get_type_hints

import click

from prunebench.cli import main
from prunebench.cli.summary import details
from prunebench.contracts.observer import StageEvent
from prunebench.contracts.protocol import Protocol
from prunebench.contracts.settings import type_text
from prunebench.experiment.choice import text
from prunebench.experiment.recipe import PRESETS, preset_names
from prunebench.experiment.schema import ExperimentFile, benchmark_names, benchmark_path
from prunebench.plugin import hookspecs
from prunebench.plugin.offer import Kind, Offer
from prunebench.plugin.registry import load_registry
from prunebench.results.measurement import Measurement
from prunebench.training.recipe import FineTune, Recipe

DISTRIBUTION = "prunebench"
FACTS = (
    *("paper", "granularity", "scores_at", "needs", "model", "recipe", "start", "budget"),
    *("unit", "direction", "formats"),
)
TYPED = ("Setting", "Type", "Default", "Meaning")
SCHEMA_ROW = ("`schema`", "Version of this table.")
MODULES = re.compile(r"\b(?:prunebench|typing|collections\.abc)(?:\.[a-z_]+)*\.(?=[A-Z])")


def commands() -> str:
    """Describe every command with its options."""
    return "\n".join(command_section(path, command) for path, command in walk((), main))


def walk(
    path: tuple[str, ...], command: click.Command
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Walk over a command and those below it, in alphabetical order."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from walk((*path, name), below)


def command_section(path: tuple[str, ...], command: click.Command) -> str:
    """Describe one command: purpose, arguments, options, example."""
    words = ["prunebench", *path]
    arguments = [p.human_readable_name for p in command.params if isinstance(p, click.Argument)]
    rows = [option_row(p) for p in command.params if isinstance(p, click.Option)]
    parts = [
        f"### `{' '.join([*words, *arguments])}`\n",
        f"{inspect.cleandoc(command.help or '')}\n",
        table(("Option", "Meaning"), rows),
        f"{quoted_example(command.epilog or '')}\n",
    ]
    return "\n".join(part for part in parts if part.strip())


def option_row(option: click.Option) -> tuple[str, str]:
    """Write one option: its flags and value, its meaning and default."""
    choices = getattr(option.type, "choices", ())
    value = option.metavar or " | ".join(map(str, choices)) or option.type.name
    *short, last = option.opts
    written = last if option.is_flag else f"{last} {value}"
    shown = f" Default: `{option.default}`." if option.show_default else ""
    return ", ".join(f"`{flag}`" for flag in (*short, written)), f"{option.help or ''}{shown}"


def quoted_example(epilog: str) -> str:
    """Set the command of an epilog such as ``Example: prunebench plan`` as code."""
    lead, _, command = epilog.partition(": ")
    return f"{lead}: `{command}`" if command else epilog


def things(kind: Kind) -> str:
    """Describe everything of one kind that prunebench ships."""
    registry = load_registry()
    offers = [registry.find(kind, name) for name in registry.names(kind)]
    ours = [offer for offer in offers if offer.origin.distribution == DISTRIBUTION]
    return "\n".join(thing_section(offer) for offer in ours)


def thing_section(offer: Offer[object]) -> str:
    """Describe one thing: description, facts, settings."""
    said: dict[str, Any] = details(offer)
    facts = [f"{name.replace('_', ' ')}: {fact(said[name])}" for name in FACTS if said.get(name)]
    is_protocol = isinstance(offer.item, Protocol)  # described by its start and budget
    parts = [
        f"### `{offer.name}`\n",
        "" if is_protocol else f"{marked(said['description'])}\n",
        "\n".join(f"- {line}" for line in facts) + "\n",
        table(
            ("Setting", "Default", "Meaning") if is_protocol else TYPED,
            map(protocol_row if is_protocol else setting_row, said["settings"]),
        ),
    ]
    return "\n".join(part for part in parts if part.strip())


def fact(value: object) -> str:
    """Write a fact; several with commas."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def setting_row(setting: dict[str, Any]) -> tuple[str, ...]:
    """Write one setting of a method, model or data set."""
    default = shown(setting["default"])
    return f"`{setting['name']}`", f"`{setting['type']}`", default, setting["help"]


def protocol_row(setting: dict[str, Any]) -> tuple[str, ...]:
    """Write one setting of a protocol, which its class explains."""
    name = setting["name"]
    return f"`{name}`", shown(setting["default"]), explained(Protocol)[name]


def shown(value: object) -> str:
    """Write a default as a person would type it."""
    if value == "":
        return ""
    return "none" if value is None else f"`{text(value)}`"  # type: ignore[arg-type] # as typed


def experiment_keys() -> str:
    """List the keys of an experiment's TOML."""
    described = ExperimentFile.model_fields.items()
    return table(
        ("Key", "Meaning"), [(f"`{name}`", field.description or "") for name, field in described]
    )


def benchmarks() -> str:
    """List the shipped benchmarks."""
    rows = []
    for name in benchmark_names():
        said = tomllib.loads(benchmark_path(name).read_text("utf-8"))
        rows.append((f"`{name}`", said["name"], said.get("about", "")))
    return table(("Benchmark", "Title", "Source"), rows)


def recipe_fields() -> str:
    """List the fields of a recipe with their defaults."""
    meanings = {"decay": "Factor of the rate at each milestone."} | explained(Recipe)
    own = [f for f in fields(Recipe) if f.name not in ("name", "finetune")]
    rows = [field_row(Recipe, f, f.name, meanings[f.name]) for f in own]
    tuning = explained(FineTune)
    rows += [
        field_row(FineTune, f, f"finetune.{f.name}", f"Fine-tuning. {tuning[f.name]}")
        for f in fields(FineTune)
    ]
    return table(("Field", *TYPED[1:]), rows)


def field_row(owner: type, field: Field[Any], name: str, meaning: str) -> tuple[str, ...]:
    """Write one field of a dataclass."""
    kind = type_text(get_type_hints(owner)[field.name])
    return f"`{name}`", f"`{kind}`", shown(field.default), meaning


def presets() -> str:
    """Quote every preset."""
    return "\n".join(map(preset, preset_names()))


def preset(name: str) -> str:
    """Quote one preset with its comments."""
    written = PRESETS.joinpath(f"{name}.toml").read_text("utf-8")
    return f"### Preset `{name}`\n\n```toml\n{written}```\n"


def hooks() -> str:
    """Describe every hook: signature and purpose."""
    found = [f for name, f in vars(hookspecs).items() if name.startswith("prunebench_")]
    return "\n".join(
        f"### `{hook.__name__}`\n\n```python\ndef {hook.__name__}{signature(hook)}: ...\n```\n\n"
        f"{summary(hook)}\n"
        for hook in found
    )


def signature(function: Any) -> str:
    """Write a signature with bare names of types."""
    return MODULES.sub("", str(inspect.signature(function)))


def summary(item: object) -> str:
    """Give a docstring up to its first section."""
    written = inspect.cleandoc(getattr(item, "__doc__", None) or "")
    return marked(re.split(r"\n\n\w+\n-+\n", written)[0])


def event_fields() -> str:
    """List what an observer hears."""
    return table(("Field", "Meaning"), glossary(StageEvent))


def columns() -> str:
    """List the columns of a result row."""
    return table(("Column", "Meaning"), [*glossary(Measurement), SCHEMA_ROW])


def glossary(owner: type) -> list[tuple[str, str]]:
    """Give the Parameters section of a docstring as rows: names, and what they mean together."""
    return [
        (", ".join(f"`{name}`" for name in names), meaning) for names, meaning in entries(owner)
    ]


def explained(owner: type) -> dict[str, str]:
    """Give the meaning of each name of a Parameters section."""
    return {name: meaning for names, meaning in entries(owner) for name in names}


def entries(owner: type) -> list[tuple[list[str], str]]:
    """Read the Parameters section of a NumPy docstring."""
    section = inspect.cleandoc(owner.__doc__ or "").split("Parameters\n----------\n")[1]
    found = re.split(r"\n(?=\S)", section.split("\n\n")[0])
    pairs = [entry.partition("\n") for entry in found]
    return [(names.split(", "), " ".join(text.split())) for names, _, text in pairs]


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; empty without rows."""
    lines = [f"| {' | '.join(map(cell, row))} |" for row in rows]
    if not lines:
        return ""
    rule = "|".join([" --- "] * len(headers))
    return "\n".join([f"| {' | '.join(headers)} |", f"|{rule}|", *lines, ""])


def cell(content: str) -> str:
    """Keep a text within its cell."""
    return marked(" ".join(content.split())).replace("|", "\\|")


def marked(docstring: str) -> str:
    """Turn a docstring's double backticks into Markdown's single ones."""
    return docstring.replace("``", "`")
