"""What a case came to: its samples, and the verdict on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from benchmarks.speed.case import Case, Goal, Kind, Sample, Size, Surroundings
from benchmarks.speed.pairs import Spread, measure, spread

GROSS = 0.6
"""Below this ratio to the tight loop something is broken, whatever else the machine does."""

REPEATS: Mapping[Size, int] = {"full": 9, "short": 3, "tiny": 1}


@dataclass(frozen=True)
class Outcome:
    """A line of the table.

    Parameters
    ----------
    case, about
        As in `Case`.
    kind, formula
        What the values are, and how they come from a sample.
    unit, amount
        What a turn held; the unit is empty where only time is told.
    samples, values
        By round.
    goal
        None where nothing was promised of such an amount.
    is_guarded
        As in `Case`.
    """

    case: str
    about: str
    kind: Kind
    formula: str
    unit: str
    amount: int
    samples: tuple[Sample, ...]
    values: tuple[float, ...]
    goal: Goal | None = None
    is_guarded: bool = False

    @cached_property
    def spread(self) -> Spread:
        """Median and tenths of the values."""
        return spread(self.values)

    @property
    def is_met(self) -> bool | None:
        """Whether the median keeps the goal; None without one."""
        return None if self.goal is None else self.goal.is_met(self.spread.median)

    @property
    def is_gross(self) -> bool:
        """Whether a guarded ratio is so low that something is broken."""
        return self.is_guarded and self.spread.median < GROSS

    @property
    def seconds(self) -> dict[str, float]:
        """Median seconds of a turn by side, ours first."""
        sides = sorted(self.samples[0], key=lambda side: side != "ours")
        return {side: median(sample[side] for sample in self.samples) for side in sides}


def outcome_of(case: Case, where: Surroundings, repeats: int) -> Outcome:
    """Measure a case."""
    amount = case.amount.of(where)
    samples = measure(case.prepare(where, amount), rounds(case, where.size, repeats))
    return Outcome(
        case=case.name,
        about=case.about,
        kind=case.value.kind,
        formula=case.value.about,
        unit=case.amount.unit,
        amount=amount,
        samples=samples,
        values=tuple(case.value.of(sample) for sample in samples),
        goal=case.goal if is_judged(case, where.size) else None,
        is_guarded=case.is_guarded and where.size != "tiny",
    )


def is_judged(case: Case, size: Size) -> bool:
    """Say whether a goal holds for an amount of work: never for a few steps."""
    return size == "full" or (size == "short" and not case.is_scaled)


def rounds(case: Case, size: Size, asked: int) -> int:
    """Count a case's rounds: those asked for, fewer where they take long, then one when short."""
    if case.repeats is None:
        return asked
    return min(asked, 1 if size == "short" else case.repeats)
