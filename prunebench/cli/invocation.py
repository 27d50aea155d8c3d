"""What the options before the command say."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

import click

from prunebench.cli.text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from prunebench.plugin.offer import Inventory, Origin
    from prunebench.plugin.registry import Collision, Registry


@dataclass(frozen=True)
class Invocation:
    """The top-level options.

    Parameters
    ----------
    debug
        Whether every error shows its traceback.
    blocked
        Plugins to leave out.
    files
        Plugins that are Python files.
    folders
        Folders of such files.
    """

    debug: bool = False
    blocked: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()

    def registry(self) -> Registry:
        """Load the plugins, once; what they print while they load goes to stderr."""
        return self._registry

    @cached_property
    def _registry(self) -> Registry:
        from prunebench.plugin.registry import load_registry

        with talk_to_stderr():
            found = load_registry(self.blocked, files=self.files, folders=self.folders)
        for line in [*remarks(found.inventory), *shadowed(found.collisions)]:
            click.echo(f"prunebench: {one_line(line)}", err=True)
        return found

    @property
    def inventory(self) -> Inventory | None:
        """What loading the plugins left; None where no command has loaded them."""
        loaded: Registry | None = vars(self).get("_registry")
        return None if loaded is None else loaded.inventory


def remarks(inventory: Inventory) -> list[str]:
    """Say what is to be known whatever the command: files left out, and what is to go."""
    left_out = [f for f in inventory.failures if f.origin.is_file]
    return [
        *(f"{f.origin.target} is left out, for it cannot be loaded: {f.reason}" for f in left_out),
        *(f"plugin {p.origin}: {text}" for p in inventory.plugins for text in p.deprecations),
    ]


def shadowed(collisions: Iterable[Collision]) -> list[str]:
    """Say which files offer a name that prunebench's own keeps: what they offer is never run."""
    return [
        f"warning: {file.distribution} offers {collision.kind} {collision.name!r}, which "
        f"prunebench's own keeps; rename it{or_leave_out(file, [collision.holder])}."
        for collision in collisions
        if collision.holder
        for file in collision.origins
        if file.is_file
    ]


def or_leave_out(own: Origin, others: Collection[Origin]) -> str:
    """Say how others are left out; nothing where that would leave out the plugin itself."""
    names = sorted({other.entry_point for other in others})
    if own.entry_point in names:
        return ""
    return f", or leave the other out with {' '.join(f'--no-plugin {name}' for name in names)}"


def talk_to_stderr() -> redirect_stdout[TextIO]:
    """Send what plugins print to stderr while a block runs: stdout is for results."""
    return redirect_stdout(sys.stderr)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
