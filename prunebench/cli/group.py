"""Click groups that import a command when it is called, and that turn errors into messages."""

import errno
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

from prunebench.cli.text import printable
from prunebench.cli.without import WORDS, signature
from prunebench.errors import PluginError, PrunebenchError

INTERRUPTED = 130
UNUSABLE = 2
FULL = (errno.ENOSPC, errno.EDQUOT)
"""What writing raises where no room is left; such errors name no file."""


@dataclass(frozen=True)
class LazyCommand:
    """A command that is imported when it is called.

    Parameters
    ----------
    target
        ``package.module:attribute`` of a click command.
    help
        Its line in the list of commands; the same as the first line of its docstring.
    """

    target: str
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class HelpfulGroup(click.Group):
    """A group that suggests the nearest command for a misspelt one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Look a command up as click does."""
        from prunebench.plugin.unknown import suggestion

        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = suggestion(args[0], self.list_commands(ctx))
            msg = f"No such command {args[0]!r}{near}"
            raise click.UsageError(msg, ctx) from error


class LazyGroup(HelpfulGroup):
    """A group whose help lists its commands without importing them.

    Parameters
    ----------
    lazy
        Commands by name.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """List the names in alphabetical order."""
        return sorted(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command; None if there is none of that name."""
        return self.lazy[cmd_name].load() if cmd_name in self.lazy else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.lazy[name].help) for name in self.list_commands(ctx)])


class BorderGroup(LazyGroup):
    """The outermost group: expected errors become one message, an interrupt exit code 130.

    So does an error out of a plugin, whose name its message ends with. Any other is our own bug and
    keeps its traceback.
    """

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Keep the words as they were typed: messages say the same command in another way."""
        words = tuple(args)
        context = super().make_context(info_name, args, parent, **extra)
        context.meta[WORDS] = words
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command within the border."""
        spell_out()
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever read us has seen enough; click ends quietly
        except KeyboardInterrupt:
            click.echo("prunebench: interrupted.", err=True)
            ctx.exit(INTERRUPTED)
        except (Exception, SystemExit) as error:
            told = verdict(error, ctx)
            if told is None:
                raise
            if ctx.params["debug"]:
                click.echo(printable(traceback.format_exc()), err=True, nl=False)
            click.echo(f"prunebench: {printable(told.message)}", err=True)
            ctx.exit(told.exit_code)


@dataclass(frozen=True)
class Verdict:
    """What is said of an error, and the exit code."""

    message: str
    exit_code: int


def verdict(error: BaseException, context: click.Context) -> Verdict | None:
    """Say in a sentence what went wrong; None for what click knows, and for our own bugs."""
    whose = signature(error, context)
    if isinstance(error, PrunebenchError):
        return Verdict(f"{error}{whose}", error.exit_code)
    named = isinstance(error, OSError) and (error.filename is not None or error.errno in FULL)
    if isinstance(error, OSError) and named and not context.params["debug"]:
        return Verdict(f"{unusable(error)}{whose}", UNUSABLE)
    if whose:
        from prunebench.plugin.reason import reason_of

        return Verdict(f"{reason_of(error)}{whose}", PluginError.exit_code)
    return None


def unusable(error: OSError) -> str:
    """Say which file or folder the system refuses, and why."""
    names = [str(name) for name in (error.filename, error.filename2) if name is not None]
    where = names[-1] if names else "a file"
    return f"cannot use {where}: {error.strerror}; mend that, or name another place."


def spell_out() -> None:
    """Change the standard streams: letters that their encoding lacks are written as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
