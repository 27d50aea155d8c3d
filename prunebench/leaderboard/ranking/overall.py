"""What can be said of methods across the pairs of a suite."""

from collections.abc import Mapping, Sequence

import pandas as pd

from prunebench.leaderboard.board import Board, Overall, OverallLine, Standing
from prunebench.leaderboard.merging.placed import Placed
from prunebench.leaderboard.number import Rank
from prunebench.leaderboard.ranking.places import place_order
from prunebench.leaderboard.ratios import ratio
from prunebench.leaderboard.steady import steady
from prunebench.statistics.cells import CELL
from prunebench.statistics.matrix import Matrix, win_tie_loss
from prunebench.statistics.ranking import (
    TOO_FEW_METHODS,
    TOO_FEW_PROBLEMS,
    Ranking,
    rank,
)
from prunebench.suite.coverage import Coverage
from prunebench.suite.suite import Suite

ACCURACY = "test_accuracy_last"

WORDS = {
    TOO_FEW_PROBLEMS: "too few pairs to rank",
    TOO_FEW_METHODS: "too few methods with complete coverage to rank",
}

LAST = -1.0
"""Score of a method that did not end well on a pair: below any accuracy."""


def overall(
    place: tuple[Suite, str],
    boards: Sequence[Board],
    trials: Sequence[Placed],
    coverages: Mapping[str, Coverage],
) -> Overall:
    """Rank methods across pairs under one protocol, or say why not.

    Parameters
    ----------
    place
        Suite and protocol.
    boards
        Of that protocol.
    trials
        Of these boards.
    coverages
        What each method has of the whole suite.
    """
    suite, protocol = place
    complete = [label for label, found in coverages.items() if found.is_complete]
    ranking = rank(scores(suite, boards, complete)) if complete else Ranking(TOO_FEW_METHODS, 0)
    refusal = ranking.refusal
    if len(suite.pairs) < 5:  # the pairs are the suite's, whatever was submitted
        refusal = TOO_FEW_PROBLEMS
    matrix = tallies(trials, protocol)
    labels = sorted({one.label for one in trials if not one.control_of})
    lines = [line(label, coverages[label], ranking) for label in labels]
    return Overall(
        protocol=protocol,
        pairs=len(suite.pairs),
        refusal=WORDS.get(refusal, refusal),
        p=steady(ranking.p),
        critical_difference=steady(ranking.critical_difference),
        lines=tuple(sorted(lines, key=lambda one: place_order(one.rank, one.method))),
        methods=tuple(sorted(matrix.methods)),
        tallies=dict(sorted(matrix.tallies.items())),
        cells=matrix.cells,
    )


def scores(suite: Suite, boards: Sequence[Board], complete: Sequence[str]) -> pd.DataFrame:
    """Give areas, pairs against methods."""
    by_pair = {(one.dataset, one.model): one for one in boards}
    rows = [standings(by_pair.get((pair.dataset, pair.model)), complete) for pair in suite.pairs]
    return pd.DataFrame(rows, columns=sorted(complete), dtype="float64")


def standings(board: Board | None, complete: Sequence[str]) -> dict[str, float]:
    """Give the areas of methods on one board."""
    found = board.standings if board else ()
    return {one.method: area(one) for one in found if one.method in complete and not one.control_of}


def area(one: Standing) -> float:
    """Give the area that ranks a method; less than any if a seed misses a number."""
    known = one.area.mean is not None and one.area.n == one.area.expected
    return one.area.mean if known and one.area.mean is not None else LAST


def line(label: str, covered: Coverage, ranking: Ranking) -> OverallLine:
    """Describe a method across pairs."""
    means, found = ranking.mean_ranks or {}, ranking.places or {}
    return OverallLine(
        method=label,
        covered=covered.present,
        expected=covered.expected,
        mean_rank=steady(means.get(label)),
        rank=Rank(*found[label], len(found)) if label in found else None,
    )


def tallies(trials: Sequence[Placed], protocol: str) -> Matrix:
    """Count wins, ties and losses over the cells of all pairs."""
    own = [one for one in trials if one.counts and not one.control_of]
    frame = pd.DataFrame(
        {
            "dataset": [one.row.dataset for one in own],
            "model": [one.row.model for one in own],
            "recipe": "",
            "protocol": protocol,
            "target": [ratio(one.row.target_density or 1.0) for one in own],
            "method": [one.label for one in own],
            "seed": [one.row.seed for one in own],
            "draw": 0,
            "status": [one.row.status for one in own],
            "control_of": "",
            ACCURACY: pd.Series([one.row.test_accuracy_last for one in own], dtype="float64"),
        }
    )
    return win_tie_loss(frame, ACCURACY, by=CELL)
