"""The part of a trajectory that a training runs through, and how a key says it."""

from dataclasses import dataclass

from prunebench.core.digest import Json
from prunebench.training.recipe import Recipe, Timetable


@dataclass(frozen=True)
class Stretch:
    """A training whose length depends on the mask: floor(length · min(R, cap)) + extra."""

    cap: float | None
    extra: int


@dataclass(frozen=True)
class Course:
    """The part of a trajectory that a training runs through.

    Parameters
    ----------
    table
        The schedule.
    start, stop
        First step, and the step after the last; None = the schedule's end.
    stretch
        Replaces `stop` where the length depends on the mask.
    """

    table: Timetable
    start: int = 0
    stop: int | None = None
    stretch: Stretch | None = None

    @property
    def end(self) -> int:
        """The step after the last, before any stretching."""
        return self.table.steps if self.stop is None else self.stop


def schedule_spec(recipe: Recipe, course: Course) -> dict[str, Json]:
    """Give a course as JSON: truncated at its last step, or as the rule that will lengthen it."""
    if course.stretch is None:
        return {"start": course.start, "stop": course.end} | course.table.until(course.end)
    return {
        "start": course.start,
        "rule": "same-compute",
        "cap": course.stretch.cap,
        "extra": course.stretch.extra,
        "unit": recipe.unit,
        "length": recipe.length,
        "lr": recipe.lr,
        "milestones": list(recipe.milestones),
        "decay": recipe.decay,
        "warmup": recipe.warmup,
        "evaluate_every": recipe.evaluate_every,
        "epoch_steps": course.table.epoch_steps,
    }
