"""TensorBoard: what stages took and how trainings went, where the variable names a folder.

It is an observer like anyone's: it hears events, writes files of its own and changes nothing.
"""

import os
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from prunebench.api import StageEvent, hookimpl
from prunebench.errors import SpecError

FOLDER = "PRUNEBENCH_TENSORBOARD"
"""Variable that names the folder to write into; without it nothing is written or imported."""

ODD = re.compile(r"[^A-Za-z0-9._=,+\[\]-]+")
LONGEST = 100
"""Letters of a title that a folder's name keeps."""


@hookimpl
def prunebench_stage_event(event: StageEvent) -> None:
    folder = os.environ.get(FOLDER)
    if folder and event.what in ("finished", "failed"):
        tracker(folder).hear(event)


@cache
def tracker(folder: str) -> "Tracker":
    """Make the one tracker of a folder in this process."""
    return Tracker(Path(folder))


class Tracker:
    """Writes event files: one run for every training, one for all stages of this process.

    Whatever is written is written whole and closed at once: a run that is killed leaves complete
    files, and one that goes on adds its own beside them.

    Parameters
    ----------
    folder
        What ``tensorboard --logdir`` is given.

    Raises
    ------
    SpecError
        If tensorboard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        require_tensorboard()
        self.folder = folder
        self.counts: Counter[str] = Counter()
        self.file = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"

    def hear(self, event: StageEvent) -> None:
        """Write what a stage took, and the curve of a training; why another failed."""
        if event.what == "failed":
            said = text_summary(f"failed/{event.kind}", f"{event.title}: {event.message}")
            self.write_next(f"failed/{event.kind}", said)
            return
        if event.seconds:  # else another process has done it, whose time this is
            name = f"seconds/{event.kind}"
            self.write_next(name, scalar_summary(name, event.seconds))
        curve = event.record.get("curve")
        if isinstance(curve, Mapping):
            self.write_once(self.folder / run_name(event), curve)

    def write_next(self, name: str, summary: Any) -> None:
        """Append to what is said of all stages; each name counts by itself."""
        self.counts[name] += 1
        append(self.folder / "stages" / self.file, [(self.counts[name], summary)])

    def write_once(self, run: Path, curve: Mapping[str, Any]) -> None:
        """Write a training's curve as a run of its own, whole or not at all, unless it is there."""
        if any(run.glob("events.*")):
            return
        unfinished = run / f"unfinished.{os.getpid()}"  # no name that TensorBoard would read
        unfinished.unlink(missing_ok=True)
        points = [(step, scalar_summary(name, value)) for name, step, value in points_of(curve)]
        append(unfinished, points)
        unfinished.rename(run / self.file)


def append(path: Path, summaries: Sequence[tuple[int, Any]]) -> None:
    """Append summaries with their steps to a file, which is begun if it is not there."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    path.parent.mkdir(parents=True, exist_ok=True)
    now = time.time()
    events = [Event(wall_time=now, step=step, summary=said) for step, said in summaries]
    if not path.exists():
        events.insert(0, Event(wall_time=now, file_version="brain.Event:2"))
    with path.open("ab") as file:
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())


def require_tensorboard() -> None:
    """Import what writes summaries.

    Raises
    ------
    SpecError
        If it is not installed.
    """
    try:
        import tensorboard.plugins.scalar.summary_v2
        import tensorboard.plugins.text.summary_v2  # noqa: F401 - both are needed later
    except ImportError as error:
        msg = (
            f"{FOLDER} asks for event files, and {error.name or 'tensorboard'} is not installed; "
            f"pip install 'prunebench[tracking]', or unset {FOLDER}."
        )
        raise SpecError(msg) from error


def scalar_summary(tag: str, value: float) -> Any:
    """Make the message for one number."""
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb

    return scalar_pb(tag, value)


def text_summary(tag: str, text: str) -> Any:
    """Make the message for a text, which TensorBoard would read as Markdown: it is set as code."""
    from tensorboard.plugins.text.summary_v2 import text_pb

    return text_pb(tag, "\n".join(f"    {line}" for line in text.splitlines()))


def points_of(curve: Mapping[str, Any]) -> Iterator[tuple[str, int, float]]:
    """Give (name, step, value) of what a curve holds; values that were not finite are left out."""
    for name, values in curve.items():
        if name != "step" and values:
            for step, value in zip(curve["step"], values, strict=True):
                if value is not None:
                    yield name, step, value


def run_name(event: StageEvent) -> str:
    """Name a training's run: its title, and the beginning of its key, as titles may repeat."""
    title = ODD.sub(" ", event.title).strip(" .")[:LONGEST]
    return f"{title} {event.key[:8]}"
