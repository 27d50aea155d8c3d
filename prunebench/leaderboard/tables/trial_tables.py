"""The table of all trials, and what it names by a number or a digest: plugins, environments."""

from prunebench.core.digest import Json
from prunebench.leaderboard.board import Leaderboard
from prunebench.leaderboard.listed import Source, Trial
from prunebench.leaderboard.ratios import ratio
from prunebench.leaderboard.steady import steady
from prunebench.leaderboard.tables.table import Table, table

SHORT = 16
"""Digits of digests and addresses, as on pages and in names of files."""

PROBLEM = ("dataset", "model", "protocol")

FACTS = (
    "target_density",
    "regularized_by",
    "seed",
    "draw",
    "status",
    "reason",
    "test_accuracy_last",
    "test_accuracy_selected",
    "validation_accuracy",
    "density",
    "params_kept",
    "macs_physical",
    "macs_sparse",
    "steps",
    "epochs",
    "total_epochs",
    "dense_epochs",
    "tuning_epochs",
    "pruning_epochs",
    "dense_macs",
    "tuning_macs",
    "pruning_macs",
    "retraining_macs",
    "total_macs",
    "seconds",
    "metrics",
)
"""Columns of a trial that are taken from its row, numbers to ten digits."""


def trials_table(board: Leaderboard) -> Table:
    """List all trials; what a method, a plugin or an environment has is in their tables."""
    plugins = {source: place for place, source in enumerate(sources(board), 1)}
    machines = {digest: place for place, digest in enumerate(environments(board), 1)}
    columns = (
        f"trial division ranked method ratio {' '.join((*PROBLEM, *FACTS))} "
        "weights environment plugin bundle badges"
    )
    rows = [
        [
            *trial_facts(one),
            one.row.weights_digest[:SHORT],
            machines.get(one.row.environment),
            plugins.get(one.source),
            one.bundle[:SHORT],
            ", ".join(badge.text for badge in one.badges),
        ]
        for one in board.trials.values()
    ]
    return table("trials", columns, rows)


def trial_facts(one: Trial) -> list[Json]:
    """Say which trial a line is about, and what was measured."""
    row = one.row
    return [
        one.key,
        one.division,
        one.ranked,
        one.method,
        ratio(row.target_density) if row.target_density else "",
        *(getattr(row, name) for name in PROBLEM),
        *(short(getattr(row, name)) for name in FACTS),
    ]


def short(value: Json) -> Json:
    """Cut a number to the digits that mean something."""
    return steady(value) if isinstance(value, float) else value


def sources(board: Leaderboard) -> list[Source]:
    """Give the plugins that trials come from, in order."""
    found = {one.source for one in board.trials.values() if one.source.distribution}
    return sorted(found, key=lambda one: (one.distribution, one.version, one.digest))


def plugins_table(board: Leaderboard) -> Table:
    """List the plugins by the number that trials name them by."""
    rows: list[list[Json]] = [
        [place, one.distribution, one.version, one.digest]
        for place, one in enumerate(sources(board), 1)
    ]
    return table("plugins", "plugin distribution version source_digest", rows)


def environments(board: Leaderboard) -> list[str]:
    """Give the digests of environments of all bundles, in order."""
    return sorted({digest for one in board.bundles for digest in one.environments})


def environments_table(board: Leaderboard) -> Table:
    """List the facts of every environment, by the number that trials name it by."""
    known = {digest: facts for one in board.bundles for digest, facts in one.environments.items()}
    rows: list[list[Json]] = [
        [place, digest, name, value]
        for place, digest in enumerate(environments(board), 1)
        for name, value in sorted(known[digest].items())
        if name != "id"
    ]
    return table("environments", "environment digest fact value", rows)
