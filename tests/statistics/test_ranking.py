import numpy as np
import pandas as pd
import pytest
from scipy import stats

from prunebench.statistics.ranking import (
    TOO_FEW_METHODS,
    TOO_FEW_PROBLEMS,
    Ranking,
    nemenyi,
    problem_scores,
    rank,
)

ACCURACY = "test_accuracy_last"


def scores(rows, names="abc"):
    """Lay out scores, one row per problem."""
    return pd.DataFrame(rows, columns=list(names))


@pytest.mark.parametrize(
    ("methods", "differences"),
    [
        (3, [1.91, 1.48, 1.05, 0.86, 0.61]),
        (5, [3.52, 2.73, 1.93, 1.57, 1.11]),
        (8, [6.06, 4.70, 3.32, 2.71, 1.92]),
        (12, [9.62, 7.45, 5.27, 4.30, 3.04]),
    ],
)
def test_critical_differences(methods, differences):
    """Figures at 5 % for 3, 5, 10, 15 and 30 problems."""
    found = [nemenyi(methods, problems) for problems in (3, 5, 10, 15, 30)]

    assert found == pytest.approx(differences, abs=0.005)


def test_critical_difference_of_the_published_table():
    """Demšar's Table 5(a): q(0.05) is 2.343 for three and 3.164 for ten classifiers."""
    assert nemenyi(3, 1) == pytest.approx(2.343 * 2**0.5, abs=1e-3)
    assert nemenyi(10, 1) == pytest.approx(3.164 * (110 / 6) ** 0.5, abs=3e-3)


def test_four_problems_are_too_few():
    """In these very words, whatever the number of methods."""
    found = rank(scores([[0.1, 0.2, 0.3]] * 4))

    assert found == Ranking("too few problems to rank", 4)
    assert TOO_FEW_PROBLEMS == "too few problems to rank"


def test_two_methods_are_too_few():
    """A third with a gap does not count: it is not ranked on the problems it was run on."""
    gap = scores([[0.1, 0.2, 0.3]] * 5)
    gap.loc[2, "b"] = np.nan

    assert rank(gap) == Ranking(TOO_FEW_METHODS, 5, ("b",))


def test_a_clear_order():
    """Ten problems, all with one order: mean ranks 1, 2, 3, and a difference of 1.05 to exceed.

    1 and 2 tie, 2 and 3 tie, 1 and 3 do not.
    """
    found = rank(scores([[0.1, 0.3, 0.2]] * 10))

    assert found.refusal == ""
    assert found.mean_ranks == {"b": 1, "c": 2, "a": 3}
    assert list(found.mean_ranks) == ["b", "c", "a"]
    assert found.places == {"b": (1, 2), "c": (1, 3), "a": (2, 3)}
    assert found.critical_difference == pytest.approx(1.05, abs=0.005)
    assert found.p == pytest.approx(stats.chi2.sf(20, 2))


def test_ties_share_their_mean_rank():
    """The two best tie in every problem: rank 1.5 both."""
    found = rank(scores([[0.3, 0.3, 0.2]] * 5))

    assert found.mean_ranks == {"a": 1.5, "b": 1.5, "c": 3}


def test_low_losses_are_good():
    """The smallest has rank 1."""
    found = rank(scores([[0.1, 0.3, 0.2]] * 5), lower_is_better=True)

    assert found.mean_ranks == {"a": 1, "c": 2, "b": 3}


def test_without_a_significant_friedman_test_all_tie():
    """Each method is best in two of six problems: nobody takes a place of his own."""
    found = rank(scores([[1, 2, 3], [2, 3, 1], [3, 1, 2]] * 2))

    assert found.p == pytest.approx(1)
    assert found.places == {"a": (1, 3), "b": (1, 3), "c": (1, 3)}


def test_a_difference_without_a_significant_friedman_test_does_not_count():
    """Rank sums 23, 14, 14, 15, 9: 12 * 1227 / 150 - 90 = 8.16 on 4 degrees of freedom, p = 0.086.

    The extremes are 2.8 apart, more than the critical difference of 2.73, and tie all the same.
    """
    ranks = [[5, 4, 3, 2, 1], [5, 2, 4, 3, 1], [5, 3, 4, 2, 1], [5, 3, 2, 4, 1], [3, 2, 1, 4, 5]]

    found = rank(scores(ranks, "abcde"), lower_is_better=True)

    assert found.p == pytest.approx(stats.chi2.sf(8.16, 4))
    assert found.mean_ranks["a"] - found.mean_ranks["e"] > found.critical_difference
    assert set(found.places.values()) == {(1, 5)}


def test_all_equal_is_a_tie_without_a_warning():
    """Friedman's statistic is 0 / 0 there."""
    found = rank(scores([[0.5, 0.5, 0.5]] * 5))

    assert found.p == 1
    assert set(found.places.values()) == {(1, 3)}


def test_friedman_is_scipys():
    """The test of the raw scores is the test of their ranks."""
    values = np.random.default_rng(3).normal(size=(7, 4))

    assert rank(scores(values, "abcd")).p == pytest.approx(
        stats.friedmanchisquare(*values.T).pvalue
    )


def test_ratios_of_one_pair_are_one_problem(make_frame):
    """Five ratios on one network are one score: the mean over ratios of the means over seeds."""
    frame = make_frame(
        *[
            ([0.1 * t, 0.1 * t + 0.02], {"method": method, "target": f"0.{t}"})
            for method in ("a", "b", "c")
            for t in range(1, 6)
        ]
    )

    found = problem_scores(frame, ACCURACY)

    assert found.index.to_list() == [("digits", "mlp")]
    assert found.iloc[0].to_dict() == pytest.approx({"a": 0.31, "b": 0.31, "c": 0.31})
    assert rank(found).refusal == "too few problems to rank"


def test_scores_are_of_the_cells_that_all_measured(make_frame):
    """At 0.2 b is missing, at 0.1 c diverged, so 0.5 is compared; d measured nothing."""
    measured = {
        "a": {"0.5": 0.9, "0.2": 0.1, "0.1": 0.2},
        "b": {"0.5": 0.8, "0.1": 0.3},
        "c": {"0.5": 0.7, "0.2": 0.3, "0.1": None},
        "d": {"0.5": None},
    }
    frame = make_frame(
        *[
            ([value], {"method": method, "target": target})
            for method, by_target in measured.items()
            for target, value in by_target.items()
        ],
        ([0.5], {"method": "e", "control_of": "a"}),
        ([0.5], {"method": "dense", "protocol": "dense", "target": ""}),
    )

    found = problem_scores(frame, ACCURACY)

    assert found.columns.to_list() == ["a", "b", "c", "d"]
    assert found.iloc[0, :3].to_dict() == pytest.approx({"a": 0.9, "b": 0.8, "c": 0.7})
    assert np.isnan(found.iloc[0, 3])


def test_five_problems_from_a_frame_are_ranked(make_frame):
    """Problems differ in data set or model; a method absent from one of them is not ranked."""
    problems = [("m", "d1"), ("m", "d2"), ("m", "d3"), ("n", "d1"), ("n", "d2")]
    frame = make_frame(
        *[
            ([value, value], {"method": method, "model": model, "dataset": dataset})
            for model, dataset in problems
            for method, value in (("a", 0.9), ("b", 0.8), ("c", 0.7))
        ],
        ([0.99], {"method": "late", "model": "m", "dataset": "d1"}),
    )

    found = rank(problem_scores(frame, ACCURACY))

    assert found.mean_ranks == {"a": 1, "b": 2, "c": 3}
    assert (found.problems, found.incomplete) == (5, ("late",))
