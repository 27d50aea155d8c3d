"""What the page of a method is told: its lines on all boards, and what it costs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from prunebench.leaderboard.board import Leaderboard, Standing
from prunebench.leaderboard.listed import MethodPage, Trial
from prunebench.leaderboard.pages.atlas import Atlas
from prunebench.leaderboard.pages.views import plain

ADDRESS = re.compile(r"(https?://[^\s<>\"']+[^\s<>\"'.,;)])")
"""A web address in a text, without the stop behind it."""

LONGEST = 1000
"""Letters of a method's source."""


@dataclass(frozen=True)
class Cost:
    """Means over the trials of a board; None where no trial has the number.

    Parameters
    ----------
    trials
        How many.
    epochs, macs
        Of all training, the dense one included.
    samples, scoring
        Images that the method drew, and seconds that it took.
    retraining
        Seconds.
    """

    trials: int
    epochs: float | None
    macs: float | None
    samples: float | None
    scoring: float | None
    retraining: float | None


def method_view(method: MethodPage, board: Leaderboard, atlas: Atlas) -> dict[str, Any]:
    """Give what the page of a method is told."""
    trials = [board.trials[key] for key in method.trials if key in board.trials]
    lines = [
        (one, standing)
        for one in board.boards
        for standing in one.standings
        if standing.method == method.method
    ]
    return {
        "method": method,
        "paper": ADDRESS.split(method.paper[:LONGEST]),
        "granularity": atlas.granularities.get(method.method, ""),
        "lines": lines,
        "ratios": max((one.ratios for one, _ in lines), key=len, default=()),
        "costs": [(one, cost(measured(standing, board))) for one, standing in lines],
        "settings": [(name, plain(value)) for name, value in sorted(method.settings.items())],
        "opened": [trial for trial in trials if trial.division == "open"],
    }


def measured(standing: Standing, board: Leaderboard) -> list[Trial]:
    """Give the trials of a method on one board."""
    keys = [key for cell in standing.cells for key in cell.trials]
    return [board.trials[key] for key in keys if key in board.trials]


def cost(trials: Iterable[Trial]) -> Cost:
    """Average what trials cost."""
    rows = [trial.row for trial in trials]
    return Cost(
        trials=len(rows),
        epochs=mean(row.total_epochs for row in rows),
        macs=mean(row.total_macs for row in rows),
        samples=mean(row.method_samples for row in rows),
        scoring=mean(row.method_seconds for row in rows),
        retraining=mean(row.seconds for row in rows),
    )


def mean(values: Iterable[float | None]) -> float | None:
    """Average the numbers among some values."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
