"""An overall rank needs five problems; below, the words stand in its place."""

import pytest

from prunebench.report.comparisons.compared import comparisons
from prunebench.report.comparisons.comparison import Contrasts
from prunebench.report.comparisons.ranks import rank_table, ranking_of, standing
from prunebench.report.grid import grids


@pytest.fixture
def arranged(make_row):
    """Give three methods on some problems, in the same order on each."""

    def make(problems, accuracies=(0.9, 0.8, 0.7)):
        return grids(
            [
                make_row(
                    dataset=f"data{problem}", method=method, seed=seed, test_accuracy_last=accuracy
                )
                for problem in range(problems)
                for method, accuracy in zip("abc", accuracies, strict=True)
                for seed in (0, 1)
            ],
            {},
        )

    return make


def test_four_problems_are_too_few(arranged):
    """However many sizes and seeds there are."""
    found = ranking_of(arranged(4))

    assert standing(found).startswith("too few problems to rank (4 problems of at least 5")
    assert rank_table(found) is None


def test_eight_problems_in_one_order_are_ranked(arranged):
    """Mean ranks 1, 2, 3; the critical difference for 3 and 8 is 2.344 x sqrt(12 / 48) = 1.17."""
    table = rank_table(ranking_of(arranged(8)))

    assert [[str(cell) for cell in row] for row in table.rows] == [
        ["a", "1", "1–2"],
        ["b", "2", "1–3"],
        ["c", "3", "2–3"],
    ]
    assert "Nemenyi's critical difference: 1.17" in table.remark
    assert standing(ranking_of(arranged(8))) == "see the table of ranks, over 8 problems"


def test_the_tables_of_a_run_name_their_network_and_end_with_the_rank(arranged):
    """With several networks every title says which; with one it does not."""
    many = comparisons([Contrasts(grid) for grid in arranged(5)], {})
    one = comparisons([Contrasts(grid) for grid in arranged(1)], {})

    assert many[0].title == "Wins, ties and losses · data0"
    assert many[-1].title == "Overall rank"
    assert [table.title for table in one] == ["Wins, ties and losses", "Compared with a"]
    assert "Overall rank: too few problems to rank (1 problem" in one[0].remark
