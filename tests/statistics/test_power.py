import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.errors import SpecError
from prunebench.statistics.power import detectable_difference, noncentrality, power_of


@pytest.mark.parametrize(
    ("n", "unpaired", "paired"),
    [(3, 0.61, 0.65), (5, 0.40, 0.34), (6, 0.36, 0.29), (8, 0.30, 0.23), (10, 0.26, 0.20)],
)
def test_what_seeds_can_see_at_a_deviation_of_0_2(n, unpaired, paired):
    """The figures the presets were chosen by: 80 % power, 5 % two-sided."""
    assert detectable_difference(0.2, n) == pytest.approx(paired, abs=0.005)
    assert detectable_difference(0.2, n, paired=False) == pytest.approx(unpaired, abs=0.005)


def test_many_seeds_see_what_the_normal_distribution_says():
    """(1.95996 + 0.84162) / sqrt(n), and 1.64485 for the one-sided quantile."""
    two = detectable_difference(1, 40_000)
    one = detectable_difference(1, 40_000, alternative="greater")

    assert two == pytest.approx((1.95996 + 0.84162) / 200, rel=1e-3)
    assert one == pytest.approx((1.64485 + 0.84162) / 200, rel=1e-3)
    assert detectable_difference(1, 40_000, alternative="less") == one


@pytest.mark.parametrize("n", [3, 5, 8])
@pytest.mark.parametrize("goal", [0.5, 0.8, 0.95])
def test_statsmodels_agrees(n, goal):
    """Its solvers for the t test of one and of two samples."""
    power = pytest.importorskip("statsmodels.stats.power")
    paired = power.TTestPower().solve_power(nobs=n, alpha=0.05, power=goal)
    unpaired = power.TTestIndPower().solve_power(nobs1=n, alpha=0.05, power=goal)

    assert detectable_difference(1, n, power=goal) == pytest.approx(float(paired), rel=1e-4)
    assert detectable_difference(1, n, power=goal, paired=False) == pytest.approx(
        float(unpaired), rel=1e-4
    )


def test_few_seeds_and_small_levels_have_an_answer():
    """Two seeds at 0.1 %: a huge difference, found without a warning."""
    found = noncentrality(1, 0.8, 0.001, "two-sided")

    assert power_of(found, 1, 0.001, "two-sided") == pytest.approx(0.8)
    assert found > 100


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 12), st.floats(0.01, 5))
def test_it_scales_with_the_deviation_and_falls_with_the_seeds(n, sd):
    """Twice the deviation hides twice the difference; another seed shows more."""
    found = detectable_difference(sd, n)

    assert detectable_difference(2 * sd, n) == pytest.approx(2 * found)
    assert detectable_difference(sd, n + 1) < found
    assert detectable_difference(sd, n, alternative="greater") < found


def test_limits():
    """One seed sees nothing; without any deviation everything is seen."""
    assert detectable_difference(0.2, 1) is None
    assert detectable_difference(0, 5) == 0


@pytest.mark.parametrize(
    "wrong", [{"sd": -1}, {"power": 0.01}, {"power": 1}, {"alpha": 0}, {"power": 80}]
)
def test_what_has_no_answer_is_refused(wrong):
    """A power in percent, or one that chance alone gives."""
    with pytest.raises(SpecError, match="alpha < power < 1"):
        detectable_difference(**({"sd": 0.2, "n": 5} | wrong))
