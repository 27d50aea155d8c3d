"""What the page of a board is told."""

from typing import Any

from prunebench.leaderboard.board import Board, BoardCell, Leaderboard, Standing
from prunebench.leaderboard.pages.atlas import Atlas
from prunebench.leaderboard.pages.drawings import accuracy_drawing, front_drawing
from prunebench.leaderboard.pages.method_view import mean
from prunebench.leaderboard.pages.method_view import measured as trials_of
from prunebench.leaderboard.pages.plots import quiet_swatch

CLOSE = 0.02
"""Relative distance of the kept share from the one asked for, up to which it is not pointed out."""


def board_view(board: Board, site: Leaderboard, atlas: Atlas) -> dict[str, Any]:
    """Give what the page of a board is told."""
    own = [one for one in board.standings if not one.control_of]
    drawn = [(front, front_drawing(front, board, atlas)) for front in board.fronts]
    prunes = {atlas.granularities.get(one.method, "") for one in board.standings}
    words = {badge.word for one in board.standings for badge in one.badges}
    return {
        "board": board,
        "heading": f"{board.model} on {board.dataset}, {board.protocol}",
        "own": own,
        "controls": [one for one in board.standings if one.control_of],
        "legend_order": sorted(own, key=final, reverse=True),
        "epochs": epochs_in_all(board, site),
        "dense_epochs": dense_epochs(board, site),
        "quiet": quiet_swatch(),
        "is_off": is_off,
        "some_off": any(is_off(cell) for one in board.standings for cell in one.cells),
        "granularities": sorted(filter(None, prunes)),
        "words": sorted(words),
        "measured": measured(board),
        "curve": accuracy_drawing(board, atlas),
        "fronts": [(front, drawing) for front, drawing in drawn if drawing],
    }


def epochs_in_all(board: Board, site: Leaderboard) -> dict[str, float | None]:
    """Give the epochs that each method's networks took, as a mean over its trials."""
    return {
        one.method: mean(trial.row.total_epochs for trial in trials_of(one, site))
        for one in board.standings
    }


def dense_epochs(board: Board, site: Leaderboard) -> float | None:
    """Give the epochs that the dense networks took."""
    keys = board.dense.trials if board.dense else ()
    return mean(site.trials[key].row.total_epochs for key in keys if key in site.trials)


def final(standing: Standing) -> float:
    """Give the accuracy at the end of a method's line; methods without one come last."""
    known = [c.accuracy.mean for c in standing.cells if c.accuracy.mean is not None]
    return known[-1] if known else -1.0


def is_off(cell: BoardCell) -> bool:
    """Say whether a method keeps clearly more or less than was asked for."""
    return cell.reached is not None and abs(cell.reached / cell.density - 1) > CLOSE


def measured(board: Board) -> set[int]:
    """Give the places of the compressions at which anything was submitted."""
    return {
        place
        for standing in board.standings
        for place, cell in enumerate(standing.cells)
        if cell.trials
    }
