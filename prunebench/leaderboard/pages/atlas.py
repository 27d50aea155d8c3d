"""Where everything of a site lies, and how each method looks in drawings."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prunebench.leaderboard.board import Leaderboard
from prunebench.leaderboard.listed import Trial
from prunebench.leaderboard.slugs import slug, slugs

INDEX, SUBMISSIONS, HISTORY = "index.html", "submissions.html", "history.html"
SHORT = 16
"""Digits of an address that are shown."""

ANCHOR = 12
"""Digits of a trial by which its place on a page is found."""

REPLACED = ("older submission", "another version", "another environment", "superseded")
"""Standings of reports that gave way to another."""

DENSE = "dense"
"""Label of the method and of the protocol of a dense network."""


@dataclass(frozen=True)
class Atlas:
    """Paths within the site.

    Parameters
    ----------
    boards
        By slug.
    methods, names
        Pages, and slugs, by label.
    sheets
        Pages of trials by path, with the keys of the trials on them.
    trials
        Page and anchor by key.
    looks
        Number of the colour, mark and dashes by method.
    granularities
        What a method prunes, by method.
    bundles
        Where the file of a bundle lies, by address; empty where files are not part of the site.
    has_history
        Whether there is a page of history.
    """

    boards: Mapping[str, str]
    methods: Mapping[str, str]
    names: Mapping[str, str]
    sheets: Mapping[str, tuple[str, ...]]
    trials: Mapping[str, str]
    looks: Mapping[str, int]
    granularities: Mapping[str, str]
    bundles: Mapping[str, str]
    has_history: bool

    def submission(self, address: str) -> str:
        """Give the place of a bundle on the page of submissions."""
        return f"{SUBMISSIONS}#b-{slug(address[:SHORT])}"

    def download(self, address: str) -> str:
        """Give the path of a bundle's file; empty where it is not part of the site."""
        return self.bundles.get(address, "")


def atlas(board: Leaderboard, bundles: Mapping[str, str]) -> Atlas:
    """Lay out a site.

    Parameters
    ----------
    board
        What it shows.
    bundles
        Paths of the files of bundles by address.
    """
    sheets: dict[str, list[str]] = {}
    for trial in board.trials.values():
        sheets.setdefault(sheet(board, trial), []).append(trial.key)
    anchors = shortened(board.trials)
    trials = {key: f"{path}#t-{anchors[key]}" for path, keys in sheets.items() for key in keys}
    return Atlas(
        boards={one.slug: f"boards/{one.slug}.html" for one in board.boards},
        methods={one.method: f"methods/{one.slug}.html" for one in board.methods},
        names={one.method: one.slug for one in board.methods},
        sheets={path: tuple(keys) for path, keys in sorted(sheets.items())},
        trials=trials,
        looks=looks(board),
        granularities={t.method: t.row.granularity for t in board.trials.values()},
        bundles=bundles,
        has_history=has_history(board),
    )


def shortened(keys: Iterable[str]) -> dict[str, str]:
    """Name trials by the first digits of their keys, or by all of it where two begin alike."""
    named = slugs(keys)
    starts = Counter(name[:ANCHOR] for name in named.values())
    return {
        key: name[:ANCHOR] if starts[name[:ANCHOR]] == 1 else name for key, name in named.items()
    }


def sheet(board: Leaderboard, trial: Trial) -> str:
    """Give the page on which a trial stands: with its siblings of other ratios and seeds."""
    if trial.row.method_id == DENSE:
        return f"trials/dense/{slug(f'{trial.row.dataset} {trial.row.model}')}.html"
    names = {one.method: one.slug for one in board.methods}
    name = names.get(trial.method) or slug(trial.method)
    room = trial.board if trial.division == "closed" and trial.board else "open"
    return f"trials/{room}/{name}.html"


def looks(board: Leaderboard) -> dict[str, int]:
    """Give each method a number: those of their own by name, then controls."""
    own = sorted(one.method for one in board.methods if not one.control_of)
    controls = sorted(one.method for one in board.methods if one.control_of)
    return {method: place for place, method in enumerate([*own, *controls])}


def has_history(board: Leaderboard) -> bool:
    """Say whether anything was replaced, doubted or contradicted."""
    return bool(
        board.conflicts
        or any(one.superseded_by for one in board.bundles)
        or any(is_replacing(trial) for trial in board.trials.values())
        or any(badge.word == "disputed" for t in board.trials.values() for badge in t.badges)
    )


def is_replacing(trial: Trial) -> bool:
    """Say whether other reports of a trial gave way to it."""
    return any(one.standing in REPLACED for one in trial.reports)
