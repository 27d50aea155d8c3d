"""The tables of one board."""

from collections.abc import Iterator, Sequence

from prunebench.core.digest import Json
from prunebench.leaderboard.board import Board, BoardCell, Standing
from prunebench.leaderboard.number import Difference, Score
from prunebench.leaderboard.tables.table import Table, table

SCORE = "mean sd low high n expected best worst"
DIFFERENCE = (
    "difference difference_low difference_high pairs test p adjusted_p tests effect detectable "
    "verdict"
)


def board_tables(board: Board) -> Iterator[Table]:
    """Give standings, cells and fronts."""
    yield standings_table(board)
    yield cells_table(board)
    yield fronts_table(board)


def standings_table(board: Board) -> Table:
    """List the methods, with the area and the mean accuracy at each ratio."""
    ratios = " ".join(f"accuracy_{one}" for one in board.ratios)
    columns = f"method control_of unranked covered expected_trials {prefixed(SCORE, 'area')}"
    rows: list[list[Json]] = [
        [
            *head(one),
            *score_values(one.area),
            *difference_values(one.area.difference),
            ", ".join(badge.text for badge in one.badges),
            *(found.accuracy.mean for found in one.cells),
        ]
        for one in board.standings
    ]
    return table(f"{board.slug}/standings", f"{columns} {DIFFERENCE} badges {ratios}", rows)


def head(one: Standing) -> list[Json]:
    """Say which method a line is about, and whether it is ranked."""
    return [one.method, one.control_of, one.unranked, one.covered, one.expected]


def cells_table(board: Board) -> Table:
    """List every method at every ratio."""
    columns = f"method control_of ratio density reached failed excluded outcomes {SCORE}"
    rows = [
        [one.method, one.control_of, *cell_values(found)]
        for one in board.standings
        for found in one.cells
    ]
    return table(f"{board.slug}/cells", f"{columns} {DIFFERENCE}", rows)


def cell_values(found: BoardCell) -> list[Json]:
    """Write a cell."""
    return [
        found.ratio,
        found.density,
        found.reached,
        found.failed,
        found.excluded,
        found.outcomes,
        *score_values(found.accuracy),
        *difference_values(found.accuracy.difference),
    ]


def fronts_table(board: Board) -> Table:
    """List the points of all fronts."""
    columns = "front method ratio density cost unit accuracy on_front frequency dominated seeds"
    rows: list[list[Json]] = [
        [
            front.cost,
            one.method,
            one.ratio,
            one.density,
            one.cost,
            front.unit,
            one.accuracy,
            one.on_front,
            one.frequency,
            one.dominated,
            front.seeds,
        ]
        for front in board.fronts
        for one in front.points
    ]
    return table(f"{board.slug}/fronts", columns, rows)


def score_values(one: Score) -> Sequence[Json]:
    """Write a score, in the order of `SCORE`."""
    places = (one.rank.best, one.rank.worst) if one.rank else (None, None)
    return [one.mean, one.sd, one.low, one.high, one.n, one.expected, *places]


def difference_values(one: Difference | None) -> Sequence[Json]:
    """Write a difference, in the order of `DIFFERENCE`."""
    if one is None:
        return [None] * len(DIFFERENCE.split())
    estimate = (one.mean, one.low, one.high, one.n)
    tested = (one.test, one.p, one.adjusted_p, one.tests)
    return [*estimate, *tested, one.effect, one.detectable, one.verdict]


def prefixed(names: str, prefix: str) -> str:
    """Put a word before each name."""
    return " ".join(f"{prefix}_{name}" for name in names.split())
