"""The progress display: an observer like any plugin's, registered for one run."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from prunebench.api import StageEvent, hookimpl
from prunebench.cli.text import one_line

if TYPE_CHECKING:
    from types import TracebackType

LINE_SECONDS = 10.0
"""Without a terminal: at most one line in so many seconds, failures apart."""


class Display:
    """Shows how far a run is: bars on a terminal, now and then a line elsewhere.

    Parameters
    ----------
    total
        Stages to run.
    """

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        console = Console(stderr=True)
        self._bars = bars(console) if console.is_terminal else None
        self._whole: TaskID | None = None
        self._stages: dict[str, TaskID] = {}
        self._last_line = monotonic()

    def __enter__(self) -> Display:
        if self._bars is not None and self.total:
            self._bars.start()
            self._whole = self._bars.add_task("stages", total=self.total)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    @hookimpl
    def prunebench_stage_event(self, event: StageEvent) -> None:
        """Show one event."""
        ended = event.what in ("finished", "failed", "blocked")
        self.done += ended
        if event.what == "failed":
            self.say(f"failed: {event.title}: {event.message}")
        if self._bars is None:
            self.tell(event)
        elif ended:
            self.end(self._bars, event)
        else:
            self.advance(self._bars, event)

    def tell(self, event: StageEvent) -> None:
        """Write a line if the last one is long enough ago."""
        if event.what == "finished" and monotonic() - self._last_line >= LINE_SECONDS:
            self._last_line = monotonic()
            self.say(f"{self.done} of {self.total} stages done, last: {event.title}")

    def say(self, text: str) -> None:
        """Write a line to stderr, above the bars."""
        if self._bars is not None:
            self._bars.console.print(Text(one_line(text)))
        else:
            click.echo(one_line(text), err=True)

    def advance(self, bars: Progress, event: StageEvent) -> None:
        """Show a stage that is under way."""
        if event.key not in self._stages:
            self._stages[event.key] = bars.add_task(one_line(event.title), total=None)
        if event.total:
            bars.update(self._stages[event.key], completed=event.done, total=event.total)

    def end(self, bars: Progress, event: StageEvent) -> None:
        """Take a stage off the display and count it."""
        if event.key in self._stages:
            bars.remove_task(self._stages.pop(event.key))
        if self._whole is not None:
            bars.update(self._whole, completed=self.done)


def bars(console: Console) -> Progress:
    """Lay out the bars; titles are text, never markup."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
