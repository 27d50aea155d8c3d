import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prunebench.errors import SpecError
from prunebench.statistics.interval import Summary, around, half_width, summarise

VALUES = st.lists(st.integers(-1000, 1000).map(lambda x: x / 100), min_size=2, max_size=12)


def test_a_worked_interval():
    """90, 92, 97: mean 93, squares 9 + 1 + 16 = 26 over 2; t(0.975; 2) is 4.303."""
    found = summarise([90, 92, 97])

    assert found.mean == pytest.approx(93)
    assert found.sd == pytest.approx(13**0.5)
    assert (found.n, found.level) == (3, 0.95)
    assert found.low == pytest.approx(93 - 4.3027 * (13 / 3) ** 0.5, abs=1e-3)
    assert found.high == pytest.approx(93 + 4.3027 * (13 / 3) ** 0.5, abs=1e-3)


def test_one_value_has_no_interval_and_none_no_summary():
    """What is not known is None, never 0."""
    assert summarise([0.5]) == Summary(0.5, None, 1, None, None, 0.95)
    assert summarise([]) is None


def test_equal_values_have_an_interval_without_width():
    """Nothing varies; nothing warns."""
    assert summarise([0.5, 0.5, 0.5], 0.9) == Summary(0.5, 0.0, 3, 0.5, 0.5, 0.9)


@pytest.mark.parametrize(("n", "width"), [(5, 0.31), (8, 0.21), (10, 0.18)])
def test_half_widths_that_are_planned_with(n, width):
    """A deviation of 0.25 points leaves +-0.31 with five seeds, 0.21 with eight, 0.18 with ten."""
    assert half_width(0.25 / n**0.5, n - 1) == pytest.approx(width, abs=0.005)


@settings(deadline=None, max_examples=50)
@given(VALUES, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_interval_is_scipys(values, level):
    """The interval that scipy gives for the mean is the oracle wherever the values vary."""
    found = summarise(values, level)

    if found.sd == 0:
        assert found.low == found.high == found.mean
    else:
        wanted = stats.ttest_1samp(values, 0).confidence_interval(level)
        assert found.low == pytest.approx(wanted.low, abs=1e-9)
        assert found.high == pytest.approx(wanted.high, abs=1e-9)


def test_an_unknown_error_leaves_no_ends():
    """Neither end is guessed."""
    assert around(1.0, None, None) == (None, None)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_fraction(level):
    """95 instead of 0.95 is a slip, and says so."""
    with pytest.raises(SpecError, match=r"write 0.95 for 95 %"):
        summarise([1, 2], level)
