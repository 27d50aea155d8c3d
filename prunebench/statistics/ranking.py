"""Mean ranks over independent problems, or the reason why there are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from prunebench.statistics.cells import CELL, Seeds, cells_of
from prunebench.statistics.compare import own_rows

PROBLEM = ("dataset", "model")
"""What makes a problem: the ratios of one pair are not problems of their own."""

PROBLEMS = 5
METHODS = 3
TOO_FEW_PROBLEMS = "too few problems to rank"
TOO_FEW_METHODS = "too few methods to rank"


@dataclass(frozen=True)
class Ranking:
    """Methods in order of their mean rank, as far as an order can be told.

    Parameters
    ----------
    refusal
        Why there is no ranking; empty if there is one.
    problems
        Number of independent problems.
    incomplete
        Methods that lack a score on some problem, and are not ranked.
    mean_ranks
        By method, the best first; rank 1 is best, ties share their mean rank. Empty if refused.
    p
        Friedman's test that all methods are alike; None if refused.
    critical_difference
        Nemenyi's; mean ranks closer than this are not told apart. None if refused.
    places
        By method, first and last place (from 1) that it may take: methods closer than the
        critical difference tie, and all tie unless Friedman's p is at most alpha.
    """

    refusal: str
    problems: int
    incomplete: tuple[str, ...] = ()
    mean_ranks: dict[str, float] | None = None
    p: float | None = None
    critical_difference: float | None = None
    places: dict[str, tuple[int, int]] | None = None


def problem_scores(frame: pd.DataFrame, column: str, by: Sequence[str] = CELL) -> pd.DataFrame:
    """Give one score per problem and method: the mean over the cells that all methods measured.

    Parameters
    ----------
    frame
        Results; controls and the dense network are passed over.
    column
        The number averaged: over draws, seeds, then cells.
    by
        Columns that make a cell, among them data set and model.

    Returns
    -------
    pandas.DataFrame
        Problems (rows) against methods (columns). NaN where a method measured nothing in a
        problem; all NaN where those that did share no cell.
    """
    own = own_rows(frame)
    places = [list(by).index(name) for name in PROBLEM]
    problems: dict[tuple[str, ...], dict[tuple[str, ...], dict[str, float]]] = {}
    for cell, sides in cells_of(own, column, by).items():
        cells = problems.setdefault(tuple(cell[place] for place in places), {})
        cells[cell] = {method: over_seeds(seeds) for method, seeds in sides.items()}
    scores = {problem: over_cells(cells) for problem, cells in problems.items()}
    return pd.DataFrame(scores).T.reindex(columns=own["method"].unique())


def over_cells(cells: Mapping[tuple[str, ...], Mapping[str, float]]) -> "pd.Series[float]":
    """Average every method over the cells that all methods with any number measured."""
    table = pd.DataFrame(dict(cells), dtype="float64").T.sort_index()
    means: pd.Series[float] = table.dropna(axis=1, how="all").dropna().mean()
    return means


def over_seeds(seeds: Seeds) -> float:
    """Average the seeds that have a number; NaN for none."""
    known = [value for value in seeds.values() if value is not None]
    return float(np.mean(known)) if known else float("nan")


def rank(scores: pd.DataFrame, *, lower_is_better: bool = False, alpha: float = 0.05) -> Ranking:
    """Rank methods by their mean rank over problems; refuse where that would mean nothing.

    Fewer than five independent problems are too few, whatever number of ratios each has; so are
    fewer than three methods with a score on all of them.

    Parameters
    ----------
    scores
        Problems (rows) against methods (columns), such as `problem_scores` gives.
    lower_is_better
        For losses, steps and costs.
    alpha
        Level of both tests.

    References
    ----------
    Demšar 2006, "Statistical comparisons of classifiers over multiple data sets", section 3.2.
    """
    complete = scores.dropna(axis=1)
    incomplete = tuple(str(name) for name in scores.columns if name not in complete.columns)
    if len(scores) < PROBLEMS:
        return Ranking(TOO_FEW_PROBLEMS, len(scores), incomplete)
    if len(complete.columns) < METHODS:
        return Ranking(TOO_FEW_METHODS, len(scores), incomplete)
    ranks = complete.rank(axis=1, ascending=lower_is_better)
    means = {str(name): float(value) for name, value in ranks.mean().sort_values().items()}
    p, difference = friedman(ranks), nemenyi(len(means), len(scores), alpha)
    places = tied_places(means, difference if p <= alpha else float("inf"))
    return Ranking("", len(scores), incomplete, means, p, difference, places)


def friedman(ranks: pd.DataFrame) -> float:
    """Give the p value of Friedman's test; 1 if all methods tie everywhere."""
    if (ranks.nunique(axis=1) == 1).all():
        return 1.0
    return float(stats.friedmanchisquare(*ranks.to_numpy().T).pvalue)


def nemenyi(methods: int, problems: int, alpha: float = 0.05) -> float:
    """Give the critical difference of mean ranks: q sqrt(k (k + 1) / (6 N)).

    q is the quantile of the studentized range of k normal deviates, divided by sqrt(2).

    References
    ----------
    Nemenyi 1963, "Distribution-free multiple comparisons".

    Examples
    --------
    >>> round(nemenyi(8, 5), 2)
    4.7
    """
    quantile = stats.studentized_range.ppf(1 - alpha, methods, np.inf) / np.sqrt(2)
    return float(quantile * np.sqrt(methods * (methods + 1) / (6 * problems)))


def tied_places(means: dict[str, float], difference: float) -> dict[str, tuple[int, int]]:
    """Give the places that each method may take, such as (1, 3).

    The first is one more than the methods that are better by more than the difference, the last
    leaves out those that are worse by more.
    """
    return {
        name: (
            1 + sum(mean - other > difference for other in means.values()),
            len(means) - sum(other - mean > difference for other in means.values()),
        )
        for name, mean in means.items()
    }
