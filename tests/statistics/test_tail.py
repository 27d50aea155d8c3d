import pytest
from scipy import stats

from prunebench.errors import SpecError
from prunebench.statistics.tail import checked, tail


def test_tails_of_the_t_table():
    """2.776 is the 97.5 % point of four degrees of freedom in every printed table."""
    assert tail(2.776, 4, "greater") == pytest.approx(0.025, abs=5e-5)
    assert tail(2.776, 4, "less") == pytest.approx(0.975, abs=5e-5)
    assert tail(2.776, 4, "two-sided") == pytest.approx(0.05, abs=5e-5)
    assert tail(-2.776, 4, "two-sided") == pytest.approx(0.05, abs=5e-5)


def test_one_degree_of_freedom_is_the_cauchy_distribution():
    """Then t = 1 has a quarter above it."""
    assert tail(1, 1, "greater") == pytest.approx(0.25)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
@pytest.mark.parametrize("values", [[0.3, -0.1, 0.4], [-1.0, -2.0, -1.5, 0.2]])
def test_tail_is_that_of_scipys_test(values, alternative):
    """The one-sample t test of scipy finds the same p from the data."""
    wanted = stats.ttest_1samp(values, 0, alternative=alternative)

    assert tail(wanted.statistic, len(values) - 1, alternative) == pytest.approx(wanted.pvalue)


def test_an_unknown_alternative_is_refused():
    """A misspelt side must not be taken for the other one."""
    with pytest.raises(SpecError, match="got 'larger'"):
        checked("larger")
    with pytest.raises(SpecError, match="greater, less, two-sided"):
        tail(0, 1, "more")
