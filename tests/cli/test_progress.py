"""The display, on a recorded terminal and without one."""

import io
import logging
import re

import pytest
from rich.console import Console

from prunebench.api import StageEvent
from prunebench.cli import progress
from prunebench.cli.progress import Display


def event(what, key="a", title="dense [red]net[/red]", **more):
    """Make an event of one stage."""
    return StageEvent(what=what, kind="train", key=key, title=title, **more)


@pytest.fixture
def terminal():
    """Record a terminal of 80 columns."""
    return Console(file=io.StringIO(), force_terminal=True, width=80, highlight=False)


def shown(display):
    """Render what stands on the terminal now, without colours."""
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    console.print(display._bars.live.renderable)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", console.file.getvalue())
    return [" ".join(line.strip(" ━╸╺").split()) for line in text.splitlines() if line.strip()]


def test_bars_follow_the_events(terminal):
    """The run's bar counts ended stages; a stage has a bar while it runs, with its steps."""
    with Display(3, terminal) as display:
        display.prunebench_stage_event(event("started"))
        started = shown(display)
        display.prunebench_stage_event(event("progress", done=5, total=20))
        going = shown(display)
        display.prunebench_stage_event(event("finished", seconds=1.0))
        display.prunebench_stage_event(event("blocked", key="b"))
        ended = shown(display)

    assert started == ["0/3 0:00:00 stages done", "0:00:00 dense [red]net[/red]"]
    assert going[1] == "5/20 0:00:00 dense [red]net[/red]"
    assert ended == ["2/3 0:00:00 stages done"]


def test_failures_are_said_as_text(terminal):
    """A failure is a line above the bars; brackets are no markup, control characters go."""
    with Display(1, terminal) as display:
        display.prunebench_stage_event(event("failed", message="no [bold]\x1b[31m luck"))

    assert "failed: dense [red]net[/red]: no [bold][31m luck" in terminal.file.getvalue()


def test_without_a_terminal_lines_are_rare(monkeypatch):
    """Many stages in a moment give no line; after a while one; failures always one."""
    console = Console(file=io.StringIO(), width=80)
    clock = iter([0.0, *[1.0] * 50, *[11.0] * 50])
    monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
    with Display(100, console) as display:
        for number in range(60):
            display.prunebench_stage_event(event("finished", key=str(number), title="a stage"))
        display.prunebench_stage_event(event("failed", message="why"))
    lines = console.file.getvalue().splitlines()

    assert lines == [
        "51 of 100 stages done, last: a stage",
        "failed: dense [red]net[/red]: why",
    ]


def test_warnings_are_said_while_it_shows():
    """What prunebench logs as a warning is a line; afterwards nobody listens."""
    console = Console(file=io.StringIO(), width=80)
    logger = logging.getLogger("prunebench.somewhere")
    with Display(0, console):
        logger.info("a stage ends")
        logger.warning("change %s", "something")
    logger.warning("later")

    assert console.file.getvalue() == "warning: change something\n"
