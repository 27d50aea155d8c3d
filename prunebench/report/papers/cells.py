"""Cells of a published table: ours, theirs, the difference, and whether theirs lies in ours."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from statistics import fmean, stdev

from prunebench.experiment.layout import Layout
from prunebench.report.papers.place import OF_DENSE
from prunebench.report.papers.published import Published
from prunebench.report.prose import signed
from prunebench.report.spread import Pick, Spread, seed_means
from prunebench.report.table import Cell
from prunebench.report.tables.accuracy import note
from prunebench.report.wording import NOTHING, percent, percent_spread
from prunebench.results.measurement import Measurement
from prunebench.statistics.interval import summarise

NOT_RUN = "not run"
POINTS = {"last": "test_{}_last", "selected": "test_{}_selected", "best": "test_{}_best"}
"""Columns of our rows by the step that is compared."""

LEVEL = 0.95
"""Confidence of the interval that a published number is held against."""


@dataclass(frozen=True)
class Quantity:
    """What the numbers of a column are.

    Parameters
    ----------
    pick
        Accuracy or error of one trial, as a fraction.
    base
        By seed, what a change is counted from; None for numbers that are no changes.
    """

    pick: Pick
    base: Mapping[int, float] | None = None

    @property
    def is_change(self) -> bool:
        """Whether numbers are printed with their sign."""
        return self.base is not None

    def by_seed(self, rows: Sequence[Measurement]) -> dict[int, float]:
        """Give one number per seed; a change is paired with the unpruned network of its seed."""
        found = seed_means(rows, self.pick)
        if self.base is None:
            return found
        return {seed: found[seed] - self.base[seed] for seed in found if seed in self.base}

    def spread(self, rows: Sequence[Measurement]) -> Spread | None:
        """Give mean and deviation over seeds; None where nothing was measured."""
        found = list(self.by_seed(rows).values())
        if not found:
            return None
        return Spread(fmean(found), stdev(found) if len(found) > 1 else None, len(found))


def quantity(layout: Layout, dense: Sequence[Measurement]) -> Quantity:
    """Say what the numbers of pruned networks are; `dense` is what changes are counted from."""
    plain = dense_quantity(layout)
    if layout.metric not in OF_DENSE:
        return plain
    return Quantity(plain.pick, seed_means(dense, plain.pick))


def dense_quantity(layout: Layout) -> Quantity:
    """Say what the unpruned network's numbers are."""
    what = "top5" if layout.metric.startswith("top5") else "accuracy"
    column = attrgetter(POINTS[layout.point].format(what))
    if layout.metric == "test_error":
        return Quantity(lambda row: None if column(row) is None else 1 - column(row))
    return Quantity(column)


def ours_cell(rows: Sequence[Measurement], what: Quantity, usual: int | None) -> Cell:
    """Write mean and deviation of ours, and how many seeds where that is not evident."""
    found = what.spread(rows)
    bad: Counter[str] = Counter(row.status for row in rows if row.status != "ok")
    text = written(found, what)
    if found is None:
        text = ", ".join(sorted(bad)) or (NOTHING if rows else NOT_RUN)
    return Cell(text, note(rows, found, bad, usual))


def written(found: Spread | None, what: Quantity) -> str:
    """Write mean and deviation; a change has its sign."""
    if found is None or not what.is_change:
        return percent_spread(found)
    deviation = "" if found.deviation is None else f" (± {percent(found.deviation)})"
    return f"{signed(found.mean)}{deviation}"


def theirs_cell(one: Published, marks: str, usual: str | None) -> Cell:
    """Write a published number as it is printed, and its n where the caption does not say it."""
    text = one.mean.replace("-", "−")
    if one.metric in OF_DENSE and one.value > 0:
        text = f"+{text.lstrip('+')}"
    if one.sd:
        text = f"{text} (± {one.sd})"
    return Cell(text, runs(one) if one.n != usual else "", marks)


def difference_cell(rows: Sequence[Measurement], one: Published | None, what: Quantity) -> Cell:
    """Write ours minus theirs in points, and whether theirs lies in the t interval of ours."""
    ours = summarise(what.by_seed(rows).values(), LEVEL)
    if ours is None or one is None:
        return Cell("")
    theirs = one.value / 100
    if ours.low is None or ours.high is None:
        verdict = "no interval"
    else:
        verdict = "inside" if ours.low <= theirs <= ours.high else "outside"
    return Cell(signed(ours.mean - theirs), verdict)


def runs(one: Published) -> str:
    """Say of how many runs a published number is the mean."""
    return f"n = {one.n}" if one.n else "n not stated"
