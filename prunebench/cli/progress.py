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
from prunebench.cli.text import one_line, roughly

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from prunebench.run.pace import Pace

LINE_SECONDS = 10.0
"""Without a terminal: at most one line in so many seconds, failures and warnings apart."""

LINE_SHARE = 0.05
"""And at most one in this part of the time so far: a night gives a page of lines, not a book."""

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
    pace
        Knows what is left and how fast it goes; it hears every event first.
    """

    def __init__(
        self, total: int, console: Console | None = None, pace: Pace | None = None
    ) -> None:
        self.total, self.done, self.pace = total, 0, pace
        self.console = console or Console(stderr=True, highlight=False)
        self._bars = Bars(self.console, total) if self.console.is_terminal and total else None
        self._warnings = Warnings(self)
        self._began = self._last_line = monotonic()

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
            self._bars.show(event, self.done, outlook(self.pace))
        elif event.what in ("finished", "progress"):
            self.write(event, monotonic())

    def write(self, event: StageEvent, now: float) -> None:
        """Write a line, where the last one is long enough ago."""
        if now - self._last_line < max(LINE_SECONDS, LINE_SHARE * (now - self._began)):
            return
        self._last_line = now
        doing = f"{'last' if event.what == 'finished' else 'now'}: {event.title}"
        facts = [f"{self.done} of {self.total} stages done", *outlook(self.pace), doing]
        self.say(", ".join(facts))

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

    def show(self, event: StageEvent, done: int, said: Sequence[str] = ()) -> None:
        """Show one event; `done` stages have ended, and more is `said` of the run."""
        if event.what == "started":
            title = one_line(event.title)
            self._under_way[event.key] = self._stages.add_task(title, total=None, count="")
        elif event.what == "progress" and event.key in self._under_way:
            task = self._under_way[event.key]
            count = f"{event.done}/{event.total}"
            self._stages.update(task, completed=event.done, total=event.total, count=count)
        elif event.key in self._under_way:
            self._stages.remove_task(self._under_way.pop(event.key))
        text = ", ".join(["stages done", *said])
        count = f"{done}/{self._total}"
        self._whole.update(self._all, completed=done, count=count, description=text)


def outlook(pace: Pace | None) -> list[str]:
    """Say how long a run goes on and how fast it trains, as far as that is known."""
    if pace is None or not pace.is_known:
        return []
    rate = pace.throughput
    speed = [f"{rate:.0f} images/s"] if rate >= 1 else []
    return [f"about {roughly(pace.remaining)} left", *speed]


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
