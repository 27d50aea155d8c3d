"""When two outcomes of one trial on different machines agree."""

from collections.abc import Iterable, Sequence

from prunebench.leaderboard.merging.candidate import Candidate
from prunebench.statistics.interval import summarise

POINTS = 0.005
"""Half a point of accuracy."""

DEVIATIONS = 3

ROUNDING = 1e-9


def tolerated(accuracies: Sequence[float]) -> tuple[float, float] | None:
    """Give the accuracies that agree with those of some seeds: mean ± max(3 sd, 0.5 points).

    >>> tolerated([0.5, 0.5, 0.5])
    (0.495, 0.505)
    """
    found = summarise(accuracies)
    if found is None:
        return None
    width = max(DEVIATIONS * (found.sd or 0.0), POINTS)
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
    if found.row.status != shown.row.status:
        return False
    accuracy, span = found.row.test_accuracy_last, tolerated(list(cell))
    if accuracy is None or span is None:
        return accuracy == shown.row.test_accuracy_last
    return span[0] - ROUNDING <= accuracy <= span[1] + ROUNDING
