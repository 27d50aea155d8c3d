"""What the pages on the whole suite are told: index, submissions, history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prunebench.bundle.packing.sums import file_name
from prunebench.leaderboard.badge import MEANINGS
from prunebench.leaderboard.board import Board, Leaderboard
from prunebench.leaderboard.inputs.intake import Refused
from prunebench.leaderboard.pages.atlas import Atlas, is_replacing
from prunebench.leaderboard.pages.protocols import meaning

TOP = 6
"""Leaders of a board that are named."""

MOST = 500
"""Lines of the history."""

FACTS = 24
"""Facts of an environment that are shown."""


UNSHOWN = ("id", "plugins")
"""Facts of an environment that stand elsewhere."""


@dataclass(frozen=True)
class BoardLine:
    """A board in the list of boards.

    Parameters
    ----------
    board
        Which.
    dense
        Accuracy of its dense networks.
    methods
        Number of methods, without controls.
    top, more
        The method of the largest mean, then those not told apart from it, and how many more.
    """

    board: Board
    dense: float | None
    methods: int
    top: tuple[str, ...]
    more: int


def board_line(board: Board) -> BoardLine:
    """Sum a board up."""
    own = [one for one in board.standings if not one.control_of]
    dense = board.dense.accuracy.mean if board.dense else None
    means = {one.method: one.area.mean or 0.0 for one in own}
    best = max(board.leaders, key=means.__getitem__, default="")
    first = tuple(sorted(board.leaders, key=lambda name: (name != best, name)))
    return BoardLine(board, dense, len(own), first[:TOP], len(first[TOP:]))


def index_view(board: Leaderboard, refused: Sequence[Refused]) -> dict[str, Any]:
    """Give what the first page is told."""
    return {
        "boards": [board_line(one) for one in board.boards],
        "own": [one for one in board.methods if not one.control_of],
        "controls": [one for one in board.methods if one.control_of],
        "meanings": list(MEANINGS.items()),
        "pairs": list(dict.fromkeys(f"{one.model} on {one.dataset}" for one in board.boards)),
        "protocols": [
            one for one in dict.fromkeys(b.protocol for b in board.boards) if meaning(one)
        ],
        "images": list({one.dataset: one.images for one in board.boards if one.images}.items()),
        "pattern": file_name(board.suite, "*"),
        "refused": sorted(refused, key=lambda one: (one.path.name, one.reasons)),
    }


def submissions_view(board: Leaderboard, refused: Sequence[Refused]) -> dict[str, Any]:
    """Give what the page of submissions is told."""
    return {
        "addresses": {one.address for one in board.bundles},
        "environments": {
            one.address: [(name, facts(found)) for name, found in sorted(one.environments.items())]
            for one in board.bundles
        },
        "refused": sorted(refused, key=lambda one: (one.path.name, one.reasons)),
    }


def history_view(board: Leaderboard, atlas: Atlas) -> dict[str, Any]:
    """Give what the page of conflicts and history is told."""
    trials = [board.trials[key] for keys in atlas.sheets.values() for key in keys]
    return {
        "disputed": [
            (trial, badge) for trial in trials for badge in trial.badges if badge.word == "disputed"
        ],
        "superseded": [one for one in board.bundles if one.superseded_by],
        "replaced": [trial for trial in trials if is_replacing(trial)],
        "addresses": {one.address for one in board.bundles},
        "most": MOST,
    }


def facts(environment: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write the facts of an environment, plain ones first; what is nested is written in a line."""
    found = [
        (str(name).replace("_", " "), plain(value))
        for name, value in sorted(environment.items())
        if name not in UNSHOWN and value not in (None, "", [], {})
    ]
    return found[:FACTS]


def plain(value: Any) -> str:
    """Write a value of JSON as people do.

    >>> plain({"torch": "2.11", "numpy": "2.1"}), plain(True), plain([1, 2])
    ('numpy 2.1, torch 2.11', 'yes', '1, 2')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return listed(f"{name} {plain(one)}" for name, one in sorted(value.items()))
    if isinstance(value, list | tuple):
        return listed(map(plain, value))
    return "none" if value is None else str(value)


def listed(texts: Iterable[str]) -> str:
    """Join texts with commas."""
    return ", ".join(texts)
