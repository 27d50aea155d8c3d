from collections import Counter
from itertools import product
from math import ceil, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prunebench.errors import SpecError
from prunebench.statistics.paired import (
    EXACT,
    decisive,
    every_sum,
    paired,
    seeds_needed,
    sign_flip,
    smallest_p,
    wilcoxon,
)

ALTERNATIVES = ["greater", "less", "two-sided"]
DIFFERENCES = st.lists(st.integers(-50, 50).map(lambda x: x / 100), min_size=1, max_size=9)


def test_a_worked_sign_flip():
    """Of the eight signs of 3, 1, -2 the sums are +-6, +-4, +-2 and 0 twice; 2 is reached by three.

    3 + 1 + 2 = 6, 3 + 1 - 2 = 2, 3 - 1 + 2 = 4, 3 - 1 - 2 = 0, and the same with all signs turned.
    """
    assert sign_flip([3, 1, -2], "greater") == 3 / 8
    assert sign_flip([3, 1, -2], "less") == 6 / 8
    assert sign_flip([3, 1, -2], "two-sided") == 6 / 8


def test_patterns_that_tie_with_the_data_count():
    """0.1 + 0.2 - 0.3 is 0 on paper and 5.6e-17 in floating point; two of eight patterns tie.

    Sums of +-0.1 +-0.2 +-0.3: 0.6, 0, 0.2, -0.4, 0.4, -0.2, 0, -0.6; five are at least 0.
    """
    assert sign_flip([0.1, 0.2, -0.3], "greater") == 5 / 8
    assert sign_flip([0.3 - 0.2, 0.2 - 0.1, -0.1], "greater") == 4 / 8


@settings(deadline=None, max_examples=50)
@given(DIFFERENCES, st.sampled_from(ALTERNATIVES))
def test_sign_flip_is_counted_pattern_by_pattern(values, alternative):
    """A loop over all sign patterns, in whole hundredths, finds the same share."""
    whole = [round(value * 100) for value in values]
    observed = sum(whole)
    extreme = {
        "greater": lambda total: total >= observed,
        "less": lambda total: total <= observed,
        "two-sided": lambda total: abs(total) >= abs(observed),
    }[alternative]
    totals = [
        sum(s * w for s, w in zip(signs, whole, strict=True))
        for signs in product((1, -1), repeat=len(whole))
    ]

    assert sign_flip(values, alternative) == sum(map(extreme, totals)) / len(totals)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize(
    "values", [[4, -1, 2, 7, 3], [1, 1, 1, -1, -1, 2], [-3, -1, -4, -1, -5, -9, -2, -6]]
)
def test_sign_flip_is_scipys(values, alternative):
    """The permutation test of scipy flips the signs of one sample too."""
    wanted = stats.permutation_test(
        (np.array(values, dtype=float),),
        np.mean,
        permutation_type="samples",
        n_resamples=np.inf,
        alternative=alternative,
    )

    assert sign_flip(values, alternative) == pytest.approx(wanted.pvalue)


@settings(deadline=None, max_examples=50)
@given(DIFFERENCES)
def test_sign_flip_has_a_floor_and_is_symmetric(values):
    """No p is below 2^-n, and turning all signs turns the alternative."""
    turned = [-value for value in values]

    assert sign_flip(values, "greater") >= 2 ** -len(values)
    assert sign_flip(values, "greater") == sign_flip(turned, "less")
    assert sign_flip(values, "two-sided") == sign_flip(turned, "two-sided")


@settings(deadline=None, max_examples=50)
@given(DIFFERENCES)
def test_the_two_sided_p_doubles_the_smaller_one(values):
    """The distribution is symmetric; 1 is the most a p can be."""
    smaller = min(sign_flip(values, "greater"), sign_flip(values, "less"))

    assert sign_flip(values, "two-sided") == pytest.approx(min(1, 2 * smaller))


def test_all_patterns_are_tried():
    """Two differences have four sums, twenty a million."""
    assert sorted(every_sum(np.array([1.0, 10.0]))) == [-11, -9, 9, 11]
    assert sign_flip([1.0] * EXACT, "greater") == 2**-EXACT


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("n", [12, 19, 20])
def test_many_patterns_are_counted_as_by_adding_up(n, alternative):
    """Of whole numbers the sums and how many patterns have each are found value by value."""
    values = np.random.default_rng(n).integers(-20, 30, n).tolist()
    ways = Counter({0: 1})
    for value in values:
        both = Counter()
        for total, number in ways.items():
            both[total + value] += number
            both[total - value] += number
        ways = both
    observed = sum(values)
    reached = {
        "greater": sum(number for total, number in ways.items() if total >= observed),
        "less": sum(number for total, number in ways.items() if total <= observed),
        "two-sided": sum(number for total, number in ways.items() if abs(total) >= abs(observed)),
    }

    assert sign_flip([value / 1000 for value in values], alternative) == reached[alternative] / 2**n


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("n", [21, 24, 29])
def test_drawn_patterns_are_counted_one_by_one(n, alternative):
    """The signs of each value are drawn in turn from the generator with seed 0."""
    values = np.random.default_rng(n).normal(0.3, 1, n)
    generator = np.random.default_rng(0)
    sums = sum(generator.choice((-value, value), 200_000) for value in values)
    extreme = {
        "greater": sums >= values.sum(),
        "less": sums <= values.sum(),
        "two-sided": abs(sums) >= abs(values.sum()),
    }[alternative]

    assert sign_flip(values, alternative) == (1 + extreme.sum()) / 200_001


def test_beyond_twenty_the_patterns_are_drawn_and_it_is_said():
    """21 ones would have p = 2^-21; 200 000 random patterns cannot tell it from 1 in 200 001."""
    found = paired([1.0] * (EXACT + 1), "greater")

    assert not found.exact
    assert paired([1.0] * EXACT, "greater").exact
    assert found.p == pytest.approx(1 / 200_001)


def test_drawn_patterns_come_near_the_exact_share_and_repeat():
    """With 16 ones and 9 minus ones the number of plus signs is binomial."""
    values = [1.0] * 16 + [-1.0] * 9

    found = sign_flip(values, "greater")

    assert found == pytest.approx(stats.binom.sf(15, 25, 0.5), abs=0.003)
    assert sign_flip(values, "greater") == found


def test_a_worked_result():
    """0.2, 0.4, 0.6: mean 0.4, deviation 0.2, so t = 0.4 / (0.2 / sqrt(3)) = 2 sqrt(3)."""
    found = paired([0.2, 0.4, 0.6], "greater")

    assert (found.n, found.df, found.alternative, found.exact) == (3, 2, "greater", True)
    assert found.mean == found.estimate == pytest.approx(0.4)
    assert found.sd == pytest.approx(0.2)
    assert found.se == pytest.approx(0.2 / 3**0.5)
    assert found.low == pytest.approx(0.4 - 4.3027 * found.se, abs=1e-4)
    assert found.high == pytest.approx(0.4 + 4.3027 * found.se, abs=1e-4)
    assert found.low90 == pytest.approx(0.4 - 2.9200 * found.se, abs=1e-4)
    assert found.high90 == pytest.approx(0.4 + 2.9200 * found.se, abs=1e-4)
    assert found.p == found.p_wilcoxon == 1 / 8
    assert found.p_t == pytest.approx(stats.t.sf(2 * 3**0.5, 2))


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_t_is_scipys_paired_test(alternative):
    """Given to scipy are the two sides, to us their differences."""
    x, y = [0.9, 0.8, 0.95, 0.7], [0.85, 0.81, 0.9, 0.6]
    wanted = stats.ttest_rel(x, y, alternative=alternative)

    found = paired([a - b for a, b in zip(x, y, strict=True)], alternative)

    assert found.p_t == pytest.approx(wanted.pvalue)
    interval = stats.ttest_rel(x, y).confidence_interval(0.9)
    assert (found.low90, found.high90) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_a_margin_moves_the_hypothesis_not_the_interval(alternative):
    """Asking whether d exceeds 0.1 is asking whether d - 0.1 exceeds 0."""
    values = [0.3, 0.05, 0.2, 0.25]
    found = paired(values, alternative, margin=0.1)
    moved = paired([value - 0.1 for value in values], alternative)

    assert found.margin == 0.1
    assert (found.p, found.p_wilcoxon) == (moved.p, moved.p_wilcoxon)
    assert found.p_t == pytest.approx(moved.p_t)
    assert (found.low, found.high) == (paired(values).low, paired(values).high)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 10_000), min_size=2, max_size=9, unique=True), st.data())
def test_signed_ranks_are_scipys_where_nothing_ties(sizes, data):
    """The oracle is the exact table in scipy of the signed-rank statistic."""
    signs = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=9, max_size=9))
    values = [sign * size for sign, size in zip(signs, sizes, strict=False)]

    for alternative in ALTERNATIVES:
        wanted = stats.wilcoxon(values, alternative=alternative, method="exact").pvalue
        assert wilcoxon(values, alternative) == pytest.approx(wanted)


def test_signed_ranks_drop_zeros_and_share_ties():
    """Without the zero, 1, 1, 2 have ranks 1.5, 1.5, 3: all plus is one of eight patterns.

    With a minus on one of the ties the ranks sum to 3; 6, 3 (three times) of eight reach it.
    """
    assert wilcoxon([0, 1, 1, 2], "greater") == 1 / 8
    assert wilcoxon([0.1, 0.3 - 0.2, -0.2, 0], "greater") == 5 / 8
    assert wilcoxon([-1, 1, 2], "greater") == 3 / 8


def test_ties_up_to_rounding_are_ties():
    """0.2 - 0.3 is a little nearer to 0 than -0.1; its rank must not show it, as above."""
    assert 0.2 - 0.3 > -0.1
    assert wilcoxon([0.2 - 0.3, 0.1, 0.2], "greater") == 3 / 8


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_no_difference_at_all(alternative):
    """Nothing varies and nothing differs: p is 1, the cross-checks are undefined, nothing warns."""
    found = paired([0.0] * 5, alternative)

    assert (found.mean, found.sd, found.low, found.high) == (0, 0, 0, 0)
    assert (found.p, found.p_wilcoxon, found.p_t) == (1, None, None)


def test_equal_differences():
    """Each seed gains the same: the sign-flip test stands, t is undefined."""
    found = paired([0.5] * 6, "two-sided")

    assert (found.low, found.high, found.p_t) == (0.5, 0.5, None)
    assert found.p == found.p_wilcoxon == 2 / 64


def test_one_seed_gives_no_interval():
    """One difference is above 0 with probability one half."""
    found = paired([0.3], "greater")

    assert (found.n, found.sd, found.se, found.df) == (1, None, None, None)
    assert (found.low, found.high, found.low90, found.high90) == (None, None, None, None)
    assert (found.p, found.p_t) == (0.5, None)


def test_what_cannot_be_tested_is_refused():
    """No seed, a number that is none, or a side that is none."""
    with pytest.raises(SpecError, match="share no seed"):
        paired([])
    with pytest.raises(SpecError, match="finite"):
        paired([float("nan")])
    with pytest.raises(SpecError, match="alternative"):
        sign_flip([1.0], "up")


@pytest.mark.parametrize(
    ("n", "one", "two"),
    [
        (3, 0.125, 0.25),
        (5, 0.03125, 0.0625),
        (6, 0.015625, 0.03125),
        (8, 0.00390625, 0.0078125),
        (10, 0.0009765625, 0.001953125),
        (0, 1, 1),
    ],
)
def test_smallest_p(n, one, two):
    """All signs equal: one pattern of 2^n, or two."""
    assert smallest_p(n, "greater") == smallest_p(n, "less") == one
    assert smallest_p(n, "two-sided") == two
    assert sign_flip([1.0] * n, "greater") == one


def test_five_seeds_decide_one_claim_and_no_comparison():
    """Five never reach 0.05 two-sided; one-sided they carry one test and not two."""
    assert decisive(5, "greater")
    assert not decisive(5, "greater", tests=2)
    assert not decisive(5, "two-sided")
    assert decisive(6, "two-sided")
    assert not decisive(5, "greater", alpha=0.01)


@pytest.mark.parametrize(("tests", "seeds"), [(1, 5), (2, 6), (3, 6), (5, 7), (10, 8), (20, 9)])
def test_seeds_needed(tests, seeds):
    """ceil(log2(m / 0.05)): 7 for five tests, 8 for ten; one more if two-sided."""
    assert seeds_needed(tests) == seeds == ceil(log2(tests / 0.05))
    assert seeds_needed(tests, alternative="two-sided") == seeds + 1
    assert not decisive(seeds - 1, "greater", tests)
