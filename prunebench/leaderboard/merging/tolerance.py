"""When two outcomes of one trial on different machines agree."""

from collections.abc import Iterable, Sequence

from prunebench.leaderboard.merging.candidate import Candidate
from prunebench.statistics.interval import summarise
from prunebench.statistics.tolerance import ROUNDING, tolerance

SIZES_APART = 0.02
"""Share by which kept sizes may differ: on other machines other weights may be the smallest."""


def tolerated(accuracies: Sequence[float]) -> tuple[float, float] | None:
    """Give the accuracies that agree with those of some seeds: mean ± width.

    The width is three standard deviations, at least half a point and at most five.

    >>> tolerated([0.5, 0.5, 0.5])
    (0.495, 0.505)
    """
    found = summarise(accuracies)
    if found is None:
        return None
    width = tolerance(found.sd)
    return found.mean - width, found.mean + width


def agrees(found: Candidate, shown: Candidate, cell: Iterable[float]) -> bool:
    """Say whether an outcome agrees with the one shown.

    Parameters
    ----------
    found, shown
        Outcomes of one trial.
    cell
        Accuracies of all seeds that the bundle of the one shown has in that cell.
    """
    if found.row.status != shown.row.status or found.network != shown.network:
        return False
    if not all(map(near, found.sizes, shown.sizes)):
        return False
    accuracy, span = found.row.test_accuracy_last, tolerated(list(cell))
    if accuracy is None or span is None:
        return accuracy == shown.row.test_accuracy_last
    return span[0] - ROUNDING <= accuracy <= span[1] + ROUNDING


def near(one: int | None, other: int | None) -> bool:
    """Say whether two counts are nearly the same.

    >>> near(1000, 1015), near(1000, 2000), near(None, None), near(None, 1)
    (True, False, True, False)
    """
    if one is None or other is None:
        return one == other
    return abs(one - other) <= SIZES_APART * max(one, other)
