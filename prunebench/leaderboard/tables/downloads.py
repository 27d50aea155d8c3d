"""Every table of a leaderboard as CSV and JSON."""

from collections.abc import Iterator

from prunebench.core.digest import Json
from prunebench.leaderboard.board import Board, Leaderboard
from prunebench.leaderboard.tables.board_tables import board_tables
from prunebench.leaderboard.tables.table import Table, table, to_csv, to_json
from prunebench.leaderboard.tables.trial_tables import (
    environments_table,
    plugins_table,
    trials_table,
)


def downloads(board: Leaderboard) -> dict[str, bytes]:
    """Write all tables, by path: those of one board below its slug."""
    head: dict[str, Json] = {
        "suite": board.suite,
        "newest": board.newest,
        "bundles": [one.address for one in board.bundles],
    }
    files = {}
    for one in tables(board):
        files[f"{one.path}.csv"] = to_csv(one).encode()
        files[f"{one.path}.json"] = to_json(one, head).encode()
    return dict(sorted(files.items()))


def tables(board: Leaderboard) -> Iterator[Table]:
    """Give the tables of the whole suite, then those of each board."""
    yield boards_table(board)
    yield methods_table(board)
    yield overall_table(board)
    yield matrix_table(board)
    yield trials_table(board)
    yield plugins_table(board)
    yield environments_table(board)
    yield open_table(board)
    yield bundles_table(board)
    yield reruns_table(board)
    yield reports_table(board)
    for one in board.boards:
        yield from board_tables(one)


def boards_table(board: Leaderboard) -> Table:
    """List the boards."""
    columns = "board dataset model protocol methods ranked seeds images detectable_median"
    return table("boards", columns, [board_line(one) for one in board.boards])


def board_line(one: Board) -> list[Json]:
    """Describe a board in a line."""
    own = [standing for standing in one.standings if not standing.control_of]
    ranked = sum(standing.rank is not None for standing in own)
    size = one.detectable.median if one.detectable else None
    where: list[Json] = [one.slug, one.dataset, one.model, one.protocol]
    return [*where, len(own), ranked, one.seeds, one.images, size]


def methods_table(board: Leaderboard) -> Table:
    """List the methods."""
    columns = "method control_of paper distributions versions covered expected boards badges"
    rows: list[list[Json]] = [
        [
            one.method,
            one.control_of,
            one.paper,
            " ".join(sorted({source.distribution for source in one.sources})),
            " ".join(sorted({source.version for source in one.sources})),
            one.covered,
            one.expected,
            " ".join(one.boards),
            ", ".join(badge.text for badge in one.badges),
        ]
        for one in board.methods
    ]
    return table("methods", columns, rows)


def overall_table(board: Leaderboard) -> Table:
    """List the standings across pairs."""
    columns = "protocol pairs refusal method covered expected mean_rank best worst"
    rows: list[list[Json]] = [
        [
            one.protocol,
            one.pairs,
            one.refusal,
            line.method,
            line.covered,
            line.expected,
            line.mean_rank,
            line.rank.best if line.rank else None,
            line.rank.worst if line.rank else None,
        ]
        for one in board.overall
        for line in one.lines
    ]
    return table("overall", columns, rows)


def matrix_table(board: Leaderboard) -> Table:
    """List wins, ties and losses."""
    columns = "protocol method other wins ties losses untested"
    rows: list[list[Json]] = [
        [one.protocol, *pair, tally.wins, tally.ties, tally.losses, tally.untested]
        for one in board.overall
        for pair, tally in one.tallies.items()
    ]
    return table("matrix", columns, rows)


def open_table(board: Leaderboard) -> Table:
    """List in what the trials of the open division depart from the suite."""
    found = [(key, one) for key in board.open for one in board.trials[key].departures]
    rows: list[list[Json]] = [
        [key, board.trials[key].method, one.field, str(one.found), str(one.pinned)]
        for key, one in found
    ]
    return table("open", "trial method field found pinned", rows)


def bundles_table(board: Leaderboard) -> Table:
    """List the bundles."""
    columns = "bundle created submitter url trials shown methods superseded_by badges command"
    rows: list[list[Json]] = [
        [
            one.address,
            one.created,
            one.submitter,
            one.url,
            one.trials,
            one.shown,
            ", ".join(one.methods),
            one.superseded_by,
            ", ".join(badge.text for badge in one.badges),
            one.command,
        ]
        for one in board.bundles
    ]
    return table("bundles", columns, rows)


def reruns_table(board: Leaderboard) -> Table:
    """List the trials that were run again."""
    columns = "bundle trial date by submitted measured tolerance agrees how"
    rows: list[list[Json]] = [
        [
            one.address,
            rerun.trial,
            rerun.date,
            rerun.by,
            rerun.submitted,
            rerun.measured,
            rerun.tolerance,
            rerun.agrees,
            rerun.how,
        ]
        for one in board.bundles
        for rerun in one.reruns
    ]
    return table("reproduced", columns, rows)


def reports_table(board: Leaderboard) -> Table:
    """List what bundles say of trials of which several speak: history and conflicts."""
    columns = "trial method bundle submitter created accuracy status weights version standing"
    rows: list[list[Json]] = [
        [
            key,
            one.method,
            said.bundle,
            said.submitter,
            said.created,
            said.accuracy,
            said.status,
            said.weights,
            said.source.version,
            said.standing,
        ]
        for key, one in board.trials.items()
        if len(one.reports) > 1
        for said in one.reports
    ]
    return table("history", columns, rows)
