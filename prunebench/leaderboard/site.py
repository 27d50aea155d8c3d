"""A site from a leaderboard: a function of the board, of the files of bundles, and nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from prunebench.leaderboard.board import Leaderboard
from prunebench.leaderboard.inputs.intake import Refused
from prunebench.leaderboard.pages.atlas import HISTORY, INDEX, SUBMISSIONS, Atlas, atlas
from prunebench.leaderboard.pages.board_view import board_view
from prunebench.leaderboard.pages.method_view import method_view
from prunebench.leaderboard.pages.templating import assets, fill
from prunebench.leaderboard.pages.trials_view import trials_view
from prunebench.leaderboard.pages.views import history_view, index_view, submissions_view
from prunebench.leaderboard.tables.downloads import downloads


@dataclass(frozen=True)
class Extras:
    """What a site tells beside the board.

    Parameters
    ----------
    bundles
        Names of the files of bundles by address; empty where they are not part of the site.
    refused
        Files that did not pass the checks.
    """

    bundles: Mapping[str, str] = field(default_factory=dict)
    refused: Sequence[Refused] = ()


def site_files(board: Leaderboard, extras: Extras) -> dict[str, bytes]:
    """Write all files of a site by path, but for the bundles; the same board gives the same."""
    laid = atlas(board, {key: f"bundles/{name}" for key, name in extras.bundles.items()})
    tables = {f"data/{path}": content for path, content in downloads(board).items()}
    written = dict(pages(board, laid, extras, list(tables)))
    return dict(sorted({**assets(), **tables, **written}.items()))


def pages(
    board: Leaderboard, laid: Atlas, extras: Extras, tables: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    """Write the pages, with links to the tables."""
    write = partial(fill, site=board, atlas=laid, navigation=navigation(laid))
    whole, told = of_board(tables, ""), submissions_view(board, extras.refused)
    yield INDEX, write("index.html.j2", INDEX, files=whole, **index_view(board, extras.refused))
    yield SUBMISSIONS, write("submissions.html.j2", SUBMISSIONS, **told)
    if laid.has_history:
        yield HISTORY, write("history.html.j2", HISTORY, **history_view(board, laid))
    for one in board.boards:
        path, own = laid.boards[one.slug], of_board(tables, one.slug)
        yield path, write("board.html.j2", path, files=own, **board_view(one, board, laid))
    for method in board.methods:
        path = laid.methods[method.method]
        yield path, write("method.html.j2", path, **method_view(method, board, laid))
    for path, keys in laid.sheets.items():
        yield path, write("trials.html.j2", path, **trials_view(keys, board, laid))


def navigation(laid: Atlas) -> list[tuple[str, str]]:
    """List what the head of every page leads to."""
    found = [
        (f"{INDEX}#boards", "Boards"),
        (f"{INDEX}#methods", "Methods"),
        (SUBMISSIONS, "Submissions"),
        (f"{INDEX}#submit", "How to submit"),
    ]
    return [*found, (HISTORY, "Conflicts and history")] if laid.has_history else found


def of_board(tables: Sequence[str], slug: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """List the downloads of a board by name and form; without a slug those of the whole suite."""
    room = f"data/{slug}" if slug else "data"
    found: dict[str, list[tuple[str, str]]] = {}
    for path in tables:
        folder, _, name = path.rpartition("/")
        stem, _, form = name.rpartition(".")
        if folder == room:
            found.setdefault(stem, []).append((form.upper(), path))
    return list(found.items())
