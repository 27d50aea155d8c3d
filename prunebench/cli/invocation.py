"""What the options before the command say."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from pathlib import Path

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
    files
        Plugins that are Python files.
    """

    debug: bool = False
    blocked: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    def registry(self) -> Registry:
        """Load the plugins; what they print while they load goes to stderr."""
        from prunebench.plugin.registry import load_registry

        with talk_to_stderr():
            return load_registry(self.blocked, files=self.files)


def talk_to_stderr() -> redirect_stdout[TextIO]:
    """Send what plugins print to stderr while a block runs: stdout is for results."""
    return redirect_stdout(sys.stderr)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
