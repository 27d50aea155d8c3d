"""A finished leaderboard as plain data; pages and downloads are functions of it and nothing else.

Accuracies, areas and differences are fractions in [0, 1]. Everything is in the order in which it
is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from prunebench.leaderboard.badge import Badge
from prunebench.leaderboard.front import Front
from prunebench.leaderboard.listed import Conflict, MethodPage, Submission, Trial
from prunebench.leaderboard.number import Difference, Rank, Score
from prunebench.statistics.matrix import Tally

__all__ = [
    "Board",
    "BoardCell",
    "Dense",
    "Detectable",
    "Difference",
    "Leaderboard",
    "Overall",
    "OverallLine",
    "Rank",
    "Score",
    "Standing",
]


@dataclass(frozen=True)
class BoardCell:
    """A method at one compression.

    Parameters
    ----------
    density, ratio
        Kept fraction asked for, and its compression, such as ``"4x"``.
    accuracy
        Test accuracy at the last step.
    reached
        Mean kept fraction that was reached; None where nothing was measured.
    trials
        Keys of the trials, by seed; those disputed and in conflict too, which enter no number.
    excluded
        How many of them are disputed or in conflict.
    failed
        How many of the others did not end well: collapsed, diverged, failed or blocked.
    outcomes
        What became of the others, such as ``"4 of 5 (1 diverged)"``; how many give one class for
        every image is said too.
    """

    density: float
    ratio: str
    accuracy: Score
    reached: float | None
    trials: tuple[str, ...]
    excluded: int
    failed: int
    outcomes: str


@dataclass(frozen=True)
class Standing:
    """A method on one board.

    Parameters
    ----------
    method
        Its label; text of strangers.
    cells
        By density, as `Board.densities`.
    area
        Mean accuracy over log2(compression), from the least to the largest compression.
    rank
        By `area`; None where the method is not ranked.
    unranked
        Why it is not ranked, such as ``"4 of 6 cells"``; empty where it is.
    covered, expected
        Trials that are there, of those that the suite asks for on this board.
    control_of
        Label of the method that it is a control of; such are shown and never ranked.
    badges
        With counts of trials.
    """

    method: str
    cells: tuple[BoardCell, ...]
    area: Score
    rank: Rank | None
    unranked: str
    covered: int
    expected: int
    control_of: str
    badges: tuple[Badge, ...]


@dataclass(frozen=True)
class Detectable:
    """Differences that a board's seeds find with 80 % power at the 5 % level, before Holm.

    Parameters
    ----------
    smallest, median, largest
        Over all comparisons with the reference.
    """

    smallest: float
    median: float
    largest: float


@dataclass(frozen=True)
class Dense:
    """The dense networks of a board.

    Parameters
    ----------
    accuracy
        Over seeds.
    trials
        Keys, by seed.
    """

    accuracy: Score
    trials: tuple[str, ...]


@dataclass(frozen=True)
class Board:
    """One data set, model and protocol.

    Parameters
    ----------
    slug
        Of lower-case letters, digits and hyphens; unique, for file names.
    dataset, model, protocol
        Labels, of the suite.
    densities, ratios
        Kept fractions, the largest first, and compressions such as ``"2x"``.
    reference
        Label of the method that others are compared with.
    seeds, classes, images
        Seeds asked for; classes and test images of the data set.
    standings
        The leaders by name, other ranked methods by their mean; then unranked ones; then controls.
    leaders
        The ranked method of the largest mean area, and those not told apart from it, by name.
    dense
        None where no bundle has dense networks.
    fronts
        Accuracy against each cost; empty where no two points share their seeds.
    detectable
        None where no comparison has two seeds that differ.
    tests
        Tests that were used, such as ``("t",)``.
    remarks
        Sentences that belong below the table: mixed environments, mixed versions.
    """

    slug: str
    dataset: str
    model: str
    protocol: str
    densities: tuple[float, ...]
    ratios: tuple[str, ...]
    reference: str
    seeds: int
    classes: int
    images: int
    standings: tuple[Standing, ...]
    dense: Dense | None
    fronts: tuple[Front, ...]
    detectable: Detectable | None
    tests: tuple[str, ...]
    remarks: tuple[str, ...]
    leaders: tuple[str, ...] = ()


@dataclass(frozen=True)
class OverallLine:
    """A method over all pairs of the suite, under one protocol.

    Parameters
    ----------
    method
        Its label.
    covered, expected
        Trials of the whole suite that are there, of those asked for.
    mean_rank, rank
        Over pairs, by area; None where there is no ranking, or the method's coverage has gaps.
    """

    method: str
    covered: int
    expected: int
    mean_rank: float | None
    rank: Rank | None


@dataclass(frozen=True)
class Overall:
    """What can be said across the pairs of the suite, under one protocol.

    Parameters
    ----------
    protocol
        Label.
    pairs
        Number of pairs of data set and model that the suite has.
    refusal
        Why there is no ranking, such as ``"too few pairs to rank"``; empty if there is one.
    p, critical_difference
        Friedman's, and Nemenyi's at 5 %; None without a ranking.
    lines
        Ranked ones first.
    methods
        Those of the matrix, by name.
    tallies
        Wins, ties and losses over cells by (method, other method), both ways round.
    cells
        Number of cells that the matrix counts.
    """

    protocol: str
    pairs: int
    refusal: str
    p: float | None
    critical_difference: float | None
    lines: tuple[OverallLine, ...]
    methods: tuple[str, ...]
    tallies: Mapping[tuple[str, str], Tally]
    cells: int


@dataclass(frozen=True)
class Leaderboard:
    """Everything that a site shows.

    Parameters
    ----------
    suite, title, about
        ``"tiny@1.0"``, and what the suite says of itself.
    reference
        Label of the method that others are compared with.
    newest
        When the newest bundle was made, UTC in ISO 8601; the only date there is.
    boards
        By data set, model and protocol in the order of the suite.
    overall
        One per protocol.
    methods
        By label.
    trials
        Every row that has a page, by key: closed, open, dense, controls, and sides of conflicts.
    open
        Keys of the trials of the open division, which are listed and not ranked.
    bundles
        By date and address, the newest first.
    conflicts
        By trial.
    statement
        How differences are tested, in words.
    matrix_statement
        What the matrices count, in words.
    """

    suite: str
    title: str
    about: str
    reference: str
    newest: str
    boards: tuple[Board, ...]
    overall: tuple[Overall, ...]
    methods: tuple[MethodPage, ...]
    trials: Mapping[str, Trial]
    open: tuple[str, ...]
    bundles: tuple[Submission, ...]
    conflicts: tuple[Conflict, ...]
    statement: str
    matrix_statement: str
