"""The same command without one plugin."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from prunebench.plugin.blame import Blame
    from prunebench.plugin.offer import Inventory

WORDS = "prunebench.cli.words"
"""Where the context of a command keeps the words it was typed with."""


def signature(error: BaseException, context: click.Context) -> str:
    """Give what the message of an error ends with: the plugin that it comes from, if any."""
    inventory = getattr(context.obj, "inventory", None)
    if inventory is None:
        return ""
    from prunebench.plugin.blame import accused

    blame = accused(error, inventory.plugins)
    return f" {note(blame, inventory, context)}" if blame is not None else ""


def note(blame: Blame, inventory: Inventory, context: click.Context) -> str:
    """Name a plugin, and the command that leaves it out."""
    from prunebench.plugin.blame import called

    words = context.find_root().meta.get(WORDS, ())
    meant = called(blame.name, inventory.plugins)
    offered = {(str(offer.kind), offer.name) for plugin in meant for offer in plugin.offers}
    left = without_names(words, offered)
    return blame.note(shlex.join(["prunebench", "--no-plugin", blame.name, *left]))


def without_names(words: Sequence[str], offered: Container[tuple[str, str]]) -> list[str]:
    """Take names out of the options that list them; an option without any is left out.

    >>> without_names(["run", "--methods", "obd,lamp[p=2]", "--seeds", "1"], {("method", "lamp")})
    ['run', '--methods', 'obd', '--seeds', '1']
    """
    from prunebench.experiment.choice import split_outside

    found: list[str] = []
    waiting = list(words)
    while waiting:
        flag, joined, value = waiting.pop(0).partition("=")
        kind = flag.removeprefix("--").removesuffix("s")
        if not (flag.startswith("--") and kind in KINDS and (joined or waiting)):
            found.append(flag + joined + value)
            continue
        listed = split_outside(value if joined else waiting.pop(0))
        kept = ",".join(one for one in listed if (kind, base(one)) not in offered)
        if kept:
            found += [f"{flag}={kept}"] if joined else [flag, kept]
    return found


KINDS = ("method", "protocol", "dataset", "model", "metric", "template")
"""What options list by name, as ``--methods`` or ``--method``."""


def base(choice: str) -> str:
    """Give the name of a choice without its settings.

    >>> base(" lamp[p=2] ")
    'lamp'
    """
    return choice.partition("[")[0].strip()
