"""What the options before the command say."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from prunebench.plugin.registry import Registry


@dataclass(frozen=True)
class Invocation:
    """The top-level options.

    Parameters
    ----------
    debug
        Whether every error shows its traceback.
    blocked
        Plugins to leave out.
    """

    debug: bool = False
    blocked: tuple[str, ...] = ()

    def registry(self) -> Registry:
        """Load the plugins; what they print while they load goes to stderr."""
        from prunebench.plugin.registry import load_registry

        with redirect_stdout(sys.stderr):
            return load_registry(self.blocked)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
