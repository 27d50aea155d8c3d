"""The progress display: an observer like any plugin's, registered for one run."""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column
from rich.text import Text

from prunebench.api import StageEvent, hookimpl
from prunebench.cli.text import one_line

if TYPE_CHECKING:
    from types import TracebackType

LINE_SECONDS = 10.0
"""Without a terminal: at most one line in so many seconds, failures and warnings apart."""

COUNT_WIDTH = 13
"""Room for 999999/999999: the bars of stages stand below the one of the run."""


class Display:
    """Shows how far a run is: bars on a terminal, now and then a line elsewhere.

    What prunebench logs as a warning is shown too.

    Parameters
    ----------
    total
        Stages to run.
    console
        Where to; stderr by default.
    """

    def __init__(self, total: int, console: Console | None = None) -> None:
        self.total, self.done = total, 0
        self.console = console or Console(stderr=True, highlight=False)
        self._bars = Bars(self.console, total) if self.console.is_terminal and total else None
        self._warnings = Warnings(self)
        self._last_line = monotonic()

    def __enter__(self) -> Display:
        logging.getLogger("prunebench").addHandler(self._warnings)
        if self._bars is not None:
            self._bars.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.live.stop()
        logging.getLogger("prunebench").removeHandler(self._warnings)

    @hookimpl
    def prunebench_stage_event(self, event: StageEvent) -> None:
        """Show one event."""
        self.done += event.what in ("finished", "failed", "blocked")
        if event.what == "failed":
            self.say(f"failed: {event.title}: {event.message}")
        if self._bars is not None:
            self._bars.show(event, self.done)
        elif event.what == "finished" and monotonic() - self._last_line >= LINE_SECONDS:
            self._last_line = monotonic()
            self.say(f"{self.done} of {self.total} stages done, last: {event.title}")

    def say(self, text: str) -> None:
        """Write a line, above the bars if there are any."""
        self.console.print(Text(one_line(text)), soft_wrap=True)


class Bars:
    """One bar for the whole run, and below it one for every stage under way.

    Parameters
    ----------
    console
        A terminal.
    total
        Stages to run.
    """

    def __init__(self, console: Console, total: int) -> None:
        self._total = total
        self._whole, self._stages = bars(console, "bold"), bars(console, "dim")
        self._all = self._whole.add_task("stages done", total=total, count=f"0/{total}")
        self._under_way: dict[str, TaskID] = {}
        self.live = Live(
            Group(self._whole, self._stages), console=console, transient=True, refresh_per_second=8
        )

    def show(self, event: StageEvent, done: int) -> None:
        """Show one event; `done` stages have ended."""
        if event.what == "started":
            title = one_line(event.title)
            self._under_way[event.key] = self._stages.add_task(title, total=None, count="")
        elif event.what == "progress" and event.key in self._under_way:
            task = self._under_way[event.key]
            count = f"{event.done}/{event.total}"
            self._stages.update(task, completed=event.done, total=event.total, count=count)
        elif event.key in self._under_way:
            self._stages.remove_task(self._under_way.pop(event.key))
        self._whole.update(self._all, completed=done, count=f"{done}/{self._total}")


def bars(console: Console, style: str) -> Progress:
    """Lay out a set of bars; titles are text, never markup."""
    return Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}", justify="right", table_column=Column(width=COUNT_WIDTH)),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False, style=style),
        console=console,
    )


class Warnings(logging.Handler):
    """Lets a display say what is logged as a warning.

    Parameters
    ----------
    display
        Who says it.
    """

    def __init__(self, display: Display) -> None:
        super().__init__(logging.WARNING)
        self._display = display

    def emit(self, record: logging.LogRecord) -> None:
        """Say one warning."""
        self._display.say(f"warning: {record.getMessage()}")
