"""Which template ``report --template NAME`` means: a folder's, a benchmark's or a plugin's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from prunebench.cli.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from prunebench.cli.invocation import Invocation
    from prunebench.errors import UnknownNameError
    from prunebench.plugin.offer import Offer
    from prunebench.report.template import Template


def chosen_template(
    invocation: Invocation, name: str | None, folder: Path | None
) -> Template | None:
    """Find the template that was asked for, if one was: in the folder, of ours, of a plugin.

    Raises
    ------
    SpecError
        If there is a folder and no name.
    UnknownNameError
        If nobody has it.
    PluginLoadError
        If several plugins have it, or the one that would could not be loaded.
    """
    from prunebench.errors import SpecError, UnknownNameError
    from prunebench.report.template import find_template

    if name is None:
        if folder is None:
            return None
        msg = f"which template of {folder}? Name it with --template."
        raise SpecError(msg)
    try:
        found = find_template(name, folder)
    except UnknownNameError as nobody:
        return plugin_template(invocation, name, nobody)
    warn_if_shadowed(invocation, name, folder)
    return found


def plugin_template(invocation: Invocation, name: str, nobody: UnknownNameError) -> Template:
    """Find a plugin's template; `nobody` says that neither the folder nor a benchmark has it."""
    from prunebench.errors import UnknownNameError
    from prunebench.plugin.unknown import suggestion
    from prunebench.report.template import brought

    try:
        offer = invocation.registry().template(name)
    except UnknownNameError as error:
        if suggestion(name, invocation.registry().names("template")) == ".":
            raise nobody from None  # it has the nearer name, if anybody has
        msg = f"{nobody} Nor does a plugin offer it: {error}"
        raise UnknownNameError(msg) from None
    return brought(offer.item, signature(invocation, offer))


def signature(invocation: Invocation, offer: Offer[object]) -> str:
    """Name the plugin of a template, and the same command without it, for messages."""
    from prunebench.cli.without import note
    from prunebench.plugin.blame import blame

    context = click.get_current_context()
    return note(blame(offer.origin), invocation.registry().inventory, context)


def warn_if_shadowed(invocation: Invocation, name: str, folder: Path | None) -> None:
    """Say that a plugin's template of this name is not the one that is used, if there is one."""
    if not has_strangers(invocation) or name not in invocation.registry().names("template"):
        return
    offer = invocation.registry().template(name)
    used = f"that of {folder}" if folder and any(folder.glob(f"{name}.*")) else "the benchmark's"
    line = f"the template {name!r} of plugin {offer.origin} is not used, but {used}."
    click.echo(f"prunebench: {one_line(line)}", err=True)


def has_strangers(invocation: Invocation) -> bool:
    """Say whether there are plugins besides ours, without loading one: that would import torch."""
    from importlib.metadata import entry_points

    from prunebench.contracts.hook import PROJECT

    installed = entry_points(group=PROJECT)
    foreign = any(entry.dist is None or entry.dist.name != PROJECT for entry in installed)
    return foreign or bool(invocation.files or invocation.folders)
