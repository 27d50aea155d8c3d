import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.errors import SpecError
from prunebench.statistics.paired import paired
from prunebench.statistics.rules import (
    equivalence_p,
    equivalent,
    noninferior,
    noninferiority_p,
    superior,
)
from prunebench.statistics.welch import Cell, welch

GAIN = paired([0.2, 0.3, 0.25, 0.2, 0.3], "greater")
"""Mean 0.25, deviation 0.05; half-widths 0.0621 (95 %) and 0.0477 (90 %)."""

HUNDREDTHS = st.lists(st.integers(-60, 60).map(lambda x: x / 100), min_size=3, max_size=8)


def spread_around(mean, sd=0.05, n=5):
    """Give an unpaired difference with the same error on both sides."""
    return welch(Cell(mean, sd, n), Cell(0, sd, n), "greater")


def test_superior_needs_significance_and_size():
    """All five differences are positive: p = 1/32, and the mean is 0.25."""
    assert superior(GAIN) == "CONFIRMED"
    assert superior(GAIN, margin=0.25) == "CONFIRMED"
    assert superior(GAIN, margin=0.3) == "INCONCLUSIVE"
    assert superior(GAIN, margin=0.4) == "REFUTED"
    assert superior(GAIN, alpha=0.01) == "INCONCLUSIVE"


def test_superior_takes_the_p_of_the_family():
    """One of two tests with five seeds cannot be significant: 2/32 > 0.05."""
    assert superior(GAIN, adjusted_p=2 / 32) == "INCONCLUSIVE"
    assert superior(GAIN, adjusted_p=0.05) == "CONFIRMED"


def test_worse_in_every_seed_refutes_superiority():
    """The whole 95 % interval lies below 0."""
    assert superior(paired([-0.2, -0.3, -0.25], "greater")) == "REFUTED"


def test_noise_settles_nothing():
    """Three seeds on both sides of 0."""
    noise = paired([-0.5, 0.4, 0.2], "greater")

    assert superior(noise) == "INCONCLUSIVE"
    assert equivalent(noise, 0.3) == "INCONCLUSIVE"
    assert noninferior(noise, 0.3) == "INCONCLUSIVE"


@pytest.mark.parametrize("alternative", ["less", "two-sided"])
def test_superiority_is_one_sided(alternative):
    """A p against something else must not decide it."""
    with pytest.raises(SpecError, match="'greater'"):
        superior(paired([1, 2, 3], alternative))


def test_equivalent_asks_the_90_percent_interval_to_lie_inside():
    """0.25 +- 0.0477 ends at 0.2977."""
    assert equivalent(GAIN, 0.298) == "CONFIRMED"
    assert equivalent(GAIN, 0.297) == "INCONCLUSIVE"


def test_equivalence_is_refuted_outside_the_95_percent_interval():
    """0.25 +- 0.0621 begins at 0.1879."""
    assert equivalent(GAIN, 0.188) == "INCONCLUSIVE"
    assert equivalent(GAIN, 0.187) == "REFUTED"
    assert equivalent(paired([-0.2, -0.3, -0.25, -0.2, -0.3]), 0.187) == "REFUTED"


def test_noninferior_asks_the_one_sided_bound():
    """-0.25 +- 0.0477: the lower bound is -0.2977, the upper one -0.2023."""
    loss = paired([-0.2, -0.3, -0.25, -0.2, -0.3])

    assert noninferior(loss, 0.298) == "CONFIRMED"
    assert noninferior(loss, 0.297) == "INCONCLUSIVE"
    assert noninferior(loss, 0.203) == "INCONCLUSIVE"
    assert noninferior(loss, 0.202) == "REFUTED"
    assert noninferior(GAIN, 0) == "CONFIRMED"


@pytest.mark.parametrize(
    "bare",
    [paired([9.0], "greater"), welch(Cell(9), Cell(0), "greater")],
    ids=["one seed", "single published runs"],
)
def test_a_single_run_settles_nothing(bare):
    """However large the difference."""
    assert superior(bare) == "INCONCLUSIVE"
    assert equivalent(bare, 0.5) == "INCONCLUSIVE"
    assert noninferior(bare, 0.5) == "INCONCLUSIVE"
    assert equivalence_p(bare, 0.5) is None
    assert noninferiority_p(bare, 0.5) is None


def test_no_difference_in_any_seed():
    """Identical results are equivalent and not inferior; none is better."""
    same = paired([0.0] * 6, "greater")

    assert superior(same) == "INCONCLUSIVE"
    assert equivalent(same, 0.1) == "CONFIRMED"
    assert noninferior(same, 0.1) == "CONFIRMED"
    assert equivalence_p(same, 0.1) == noninferiority_p(same, 0.1) == 0


def test_the_same_loss_in_every_seed():
    """Nothing varies: the loss of 0.5 is taken at its word."""
    loss = paired([-0.5] * 6, "greater")

    assert superior(loss) == "REFUTED"
    assert equivalent(loss, 0.3) == "REFUTED"
    assert noninferior(loss, 0.3) == "REFUTED"
    assert equivalence_p(loss, 0.3) == noninferiority_p(loss, 0.3) == 1
    assert noninferior(loss, 0.5) == "INCONCLUSIVE"


def test_published_cells_go_through_the_same_rules():
    """With sd 0.05 and n = 5 twice: se 0.0316, df 8, half-widths 0.0729 and 0.0588."""
    assert superior(spread_around(0.1)) == "CONFIRMED"
    assert superior(spread_around(-0.1)) == "REFUTED"
    assert superior(spread_around(0.05)) == "INCONCLUSIVE"
    assert equivalent(spread_around(0.1), 0.16) == "CONFIRMED"
    assert equivalent(spread_around(0.1), 0.158) == "INCONCLUSIVE"
    assert equivalent(spread_around(0.1), 0.02) == "REFUTED"
    assert noninferior(spread_around(-0.1), 0.16) == "CONFIRMED"
    assert noninferior(spread_around(-0.1), 0.04) == "REFUTED"


@settings(deadline=None, max_examples=50)
@given(HUNDREDTHS, st.sampled_from([0.1, 0.25, 0.5]))
def test_verdicts_and_p_values_agree(values, margin):
    """The interval is inside exactly where the p value is below 0.05."""
    evidence = paired(values)

    assert (equivalent(evidence, margin) == "CONFIRMED") == (equivalence_p(evidence, margin) < 0.05)
    assert (noninferior(evidence, margin) == "CONFIRMED") == (
        noninferiority_p(evidence, margin) < 0.05
    )


@settings(deadline=None, max_examples=50)
@given(HUNDREDTHS, st.sampled_from([0.1, 0.25, 0.5]))
def test_the_rules_do_not_contradict_each_other(values, margin):
    """What is the same is not worse; what is worse is not better."""
    evidence = paired(values, "greater")

    if equivalent(evidence, margin) == "CONFIRMED":
        assert noninferior(evidence, margin) == "CONFIRMED"
    if noninferior(evidence, margin) == "REFUTED":
        assert equivalent(evidence, margin) != "CONFIRMED"
        assert superior(evidence) != "CONFIRMED"


@settings(deadline=None, max_examples=50)
@given(HUNDREDTHS.filter(lambda values: len(set(values)) > 1), st.sampled_from([0.1, 0.5]))
def test_statsmodels_agrees_on_pairs(values, margin):
    """Its two one-sided tests of paired samples."""
    weightstats = pytest.importorskip("statsmodels.stats.weightstats")
    wanted = weightstats.DescrStatsW(values).ttost_mean(-margin, margin)

    evidence = paired(values)

    assert equivalence_p(evidence, margin) == pytest.approx(wanted[0], abs=1e-9)
    assert noninferiority_p(evidence, margin) == pytest.approx(wanted[1][1], abs=1e-9)


def test_statsmodels_agrees_on_cells():
    """Its two one-sided tests of unpaired samples with unequal variances."""
    weightstats = pytest.importorskip("statsmodels.stats.weightstats")
    x, y = [93.1, 93.4, 93.0, 93.3, 93.2], [93.0, 93.5, 92.9, 93.6]
    wanted = weightstats.ttost_ind(x, y, -0.5, 0.5, usevar="unequal")

    found = welch(cell_of(x), cell_of(y))

    assert equivalence_p(found, 0.5) == pytest.approx(wanted[0])
    assert noninferiority_p(found, 0.5) == pytest.approx(wanted[1][1])


def cell_of(values):
    """Print runs as a paper would."""
    one = paired(values)
    return Cell(one.mean, one.sd, one.n)


def test_a_margin_must_be_one():
    """An equivalence within nothing, or a margin with the sign of the loss."""
    with pytest.raises(SpecError, match=r"above 0, got 0"):
        equivalent(GAIN, 0)
    with pytest.raises(SpecError, match=r"above 0"):
        equivalence_p(GAIN, -1)
    with pytest.raises(SpecError, match=r"at least 0, got -0\.3"):
        noninferior(GAIN, -0.3)
    with pytest.raises(SpecError, match=r"at least 0"):
        noninferiority_p(GAIN, -1)
