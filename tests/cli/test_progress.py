"""The display, on a recorded terminal and without one."""

import io
import logging
import re
from types import SimpleNamespace

import pytest
from rich.console import Console

from prunebench.api import StageEvent
from prunebench.cli import progress
from prunebench.cli.progress import Display
from prunebench.plan.stage import Stage
from prunebench.run.forecast import Forecast
from prunebench.run.pace import Pace
from prunebench.run.workload import Work


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


def test_lines_grow_rarer(monkeypatch):
    """At first every ten seconds, later every twentieth of the time so far: a day has 130 lines.

    Up to 200 s there are 20; from there on the time grows by a twentieth from line to line, so a
    day has ln(86400 / 200) / ln(1 / 0.95) = 118 more. A training of an hour gives lines, too.
    """
    console = Console(file=io.StringIO(), width=80)
    clock = iter(range(86401))
    monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
    with Display(2, console) as display:
        for second in range(86400):
            said = event("progress", title="a long one", done=second, total=86400)
            display.prunebench_stage_event(said)
    lines = console.file.getvalue().splitlines()

    assert 120 <= len(lines) <= 140
    assert lines[0] == "0 of 2 stages done, now: a long one"


@pytest.fixture
def pace():
    """Keep time of two trainings of 100 steps of 50 images, 20 s each, on a clock set by hand."""
    stages = [Stage("train", {"number": number}, (), "a training") for number in range(2)]
    works = {made.key: Work("train", "net", steps=100, batch=50) for made in stages}
    costs = {made.key: 20.0 for made in stages}
    now = [0.0]
    kept = Pace(Forecast(stages, works, costs), clock=lambda: now[0])

    def tell(second, what, **more):
        now[0] = second
        said = event(what, key=stages[0].key, title="a training", **more)
        kept.hear(said)
        return said

    return SimpleNamespace(pace=kept, tell=tell)


def test_the_bar_tells_what_is_left(terminal, pace):
    """Nothing before something was measured; then the time left and the images of all workers."""
    with Display(2, terminal, pace.pace) as display:
        display.prunebench_stage_event(pace.tell(0.0, "started"))
        early = shown(display)
        for second in range(1, 11):
            display.prunebench_stage_event(
                pace.tell(float(second), "progress", done=5 * second, total=100)
            )
        late = shown(display)

    assert early[0] == "0/2 0:00:00 stages done"
    assert late[0] == "0/2 0:00:00 stages done, about 30 seconds left, 250 images/s"


def test_lines_tell_what_is_left(pace, monkeypatch):
    """Without a terminal the same facts stand in the line."""
    console = Console(file=io.StringIO(), width=80)
    clock = iter([0.0, *range(100)])
    monkeypatch.setattr(progress, "monotonic", lambda: float(next(clock)))
    with Display(2, console, pace.pace) as display:
        display.prunebench_stage_event(pace.tell(0.0, "started"))
        for second in range(1, 13):
            display.prunebench_stage_event(
                pace.tell(float(second), "progress", done=5 * second, total=100)
            )

    assert console.file.getvalue() == (
        "0 of 2 stages done, about 29 seconds left, 250 images/s, now: a training\n"
    )


def test_warnings_are_said_while_it_shows():
    """What prunebench logs as a warning is a line; afterwards nobody listens."""
    console = Console(file=io.StringIO(), width=80)
    logger = logging.getLogger("prunebench.somewhere")
    with Display(0, console):
        logger.info("a stage ends")
        logger.warning("change %s", "something")
    logger.warning("later")

    assert console.file.getvalue() == "warning: change something\n"
