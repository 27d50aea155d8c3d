import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prunebench.errors import SpecError
from prunebench.statistics.welch import Cell, Welch, welch

CELL = st.builds(
    Cell,
    st.integers(0, 10_000).map(lambda x: x / 100),
    st.integers(1, 500).map(lambda x: x / 100),
    st.integers(2, 12),
)


def test_a_worked_comparison():
    """With sd 3 and 4, five runs each: se = sqrt(9 / 5 + 16 / 5) = sqrt(5).

    df = 25 / ((1.8^2 + 3.2^2) / 4) = 100 / 13.48.
    """
    found = welch(Cell(10, 3, 5), Cell(6, 4, 5), "greater")

    assert found.difference == found.estimate == 4
    assert found.se == pytest.approx(5**0.5)
    assert found.df == pytest.approx(100 / 13.48)
    assert found.p == pytest.approx(stats.t.sf(4 / 5**0.5, 100 / 13.48))
    assert (found.alternative, found.margin) == ("greater", 0)


def test_equal_cells_have_the_degrees_of_freedom_of_students_test():
    """With equal deviations and sizes Welch's df is 2 n - 2, and the 95 % point of 8 is 2.306."""
    found = welch(Cell(1, 0.2, 5), Cell(1, 0.2, 5))

    assert found.df == pytest.approx(8)
    assert found.high == pytest.approx(2.306 * 0.2 * 0.4**0.5, abs=1e-4)
    assert found.low == pytest.approx(-found.high)
    assert found.high90 == pytest.approx(1.8595 * 0.2 * 0.4**0.5, abs=1e-4)
    assert found.p == pytest.approx(1)


@settings(deadline=None, max_examples=50)
@given(CELL, CELL, st.sampled_from(["greater", "less", "two-sided"]))
def test_p_is_scipys(x, y, alternative):
    """The oracle is the test of scipy from summary statistics, without equal variances."""
    wanted = stats.ttest_ind_from_stats(
        x.mean, x.sd, x.n, y.mean, y.sd, y.n, equal_var=False, alternative=alternative
    )

    assert welch(x, y, alternative).p == pytest.approx(wanted.pvalue, abs=1e-12)


@settings(deadline=None, max_examples=50)
@given(CELL, CELL)
def test_the_interval_holds_what_the_test_does_not_reject(x, y):
    """A margin at an end of the interval has exactly the p of the interval's level."""
    found = welch(x, y)

    assert welch(x, y, margin=found.low).p == pytest.approx(0.05)
    assert welch(x, y, margin=found.high).p == pytest.approx(0.05)
    assert welch(x, y, "greater", margin=found.low90).p == pytest.approx(0.05)
    assert welch(x, y, "less", margin=found.high90).p == pytest.approx(0.05)


@pytest.mark.parametrize("bare", [Cell(70.0), Cell(70.0, 0.2), Cell(70.0, None, 5), Cell(70, 0, 1)])
def test_a_single_run_leaves_the_difference_only(bare):
    """Without deviation or n there is no error to judge by."""
    full = Cell(71.5, 0.2, 5)

    assert bare.variance is None
    assert welch(full, bare) == Welch(1.5, *[None] * 7, alternative="two-sided")
    assert welch(bare, full).difference == -1.5


def test_deviations_printed_as_zero_give_no_p():
    """0.00 is a rounded deviation: no error, no test, and no warning."""
    found = welch(Cell(2, 0, 5), Cell(1, 0, 5))

    assert (found.se, found.p, found.low, found.high) == (0, None, 1, 1)


@pytest.mark.parametrize(("sd", "n", "complaint"), [(-0.1, 5, "-0.1"), (0.1, 0, "n = 0")])
def test_no_paper_prints_such_a_cell(sd, n, complaint):
    """A slip in a reference table is named."""
    with pytest.raises(SpecError, match=complaint):
        Cell(90, sd, n)


def test_an_unknown_alternative_is_refused():
    """Also where there is nothing to test."""
    with pytest.raises(SpecError, match="alternative"):
        welch(Cell(1), Cell(2), "better")
