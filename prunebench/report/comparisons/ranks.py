"""An overall rank of methods over problems, or the words that say why there is none."""

from collections.abc import Sequence
from dataclasses import replace

from prunebench.report.comparisons.comparison import COLUMN, narrow, own_rows
from prunebench.report.grid import Grid
from prunebench.report.prose import counted, listing
from prunebench.report.table import Table, make_table, numbers, words
from prunebench.report.wording import plain
from prunebench.statistics.ranking import METHODS, PROBLEMS, Ranking, problem_scores, rank


def ranking_of(arranged: Sequence[Grid]) -> Ranking:
    """Rank the methods over all data sets and models of a run."""
    rows = [row for grid in arranged for row in own_rows(grid.entries)]
    return rank(problem_scores(narrow(rows), COLUMN))


def standing(found: Ranking) -> str:
    """Say in a few words whether there is an overall rank."""
    if found.refusal:
        return (
            f"{found.refusal} ({counted(found.problems, 'problem')} of at least {PROBLEMS}, with "
            f"at least {METHODS} methods; the sizes of one pair are not problems of their own)"
        )
    return f"see the table of ranks, over {found.problems} problems"


def rank_table(found: Ranking) -> Table | None:
    """Give mean ranks and the places that they allow; None where there is no ranking."""
    if found.mean_ranks is None or found.places is None:
        return None
    table = make_table(
        "Overall rank",
        f"Mean rank over {found.problems} problems (data set and model), each by the mean test "
        "accuracy of the cells that all methods measured; 1 is best. Methods whose mean ranks are "
        "closer than the critical difference share their places.",
        [*words("Method"), *numbers("Mean rank", "Places")],
        [
            [method, plain(mean, 3), "–".join(dict.fromkeys(map(str, found.places[method])))]
            for method, mean in found.mean_ranks.items()
        ],
    )
    left_out = f" Not ranked, for want of a problem: {listing(found.incomplete)}."
    return replace(
        table,
        remark=f"Friedman's test: p = {plain(found.p, 2)}; Nemenyi's critical difference: "
        f"{plain(found.critical_difference, 3)}.{left_out if found.incomplete else ''}",
    )
