import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.errors import SpecError
from prunebench.statistics.multiplicity import holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_a_worked_family():
    """0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1 are 0.04, 0.06, 0.06, 0.04; the last is lifted."""
    found = holm([0.04, 0.01, 0.03, 0.02])

    assert found == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_ties_stay_ties_and_nothing_exceeds_1():
    """Equal evidence is adjusted equally: three halves become 1, as 3 times 0.5 is too much."""
    assert holm([0.5, 0.5, 0.5]) == [1, 1, 1]
    assert holm([0.02, 0.01, 0.01]) == pytest.approx([0.03, 0.03, 0.03])


def test_a_test_without_p_stays_without_and_costs_nothing():
    """None is passed through; the rest are a family of two."""
    assert holm([None, 0.01, None, 0.04]) == [None, 0.02, None, 0.04]
    assert holm([None]) == [None]
    assert holm([]) == []


def test_a_declared_family_costs_what_was_declared():
    """Two tests of a family of five are multiplied by 5 and 4."""
    assert holm([0.01, 0.005, None], tests=5) == pytest.approx([0.04, 0.025, None])


@settings(deadline=None, max_examples=50)
@given(P_VALUES)
def test_adjusting_keeps_the_order_and_never_helps(p_values):
    """Adjusted values are at least the raw ones, in the same order, in [0, 1]."""
    adjusted = holm(p_values)
    by_raw = [after for _, after in sorted(zip(p_values, adjusted, strict=True))]

    assert by_raw == sorted(adjusted)
    assert all(raw <= after <= 1 for raw, after in zip(p_values, adjusted, strict=True))
    assert min(adjusted) == min(1, min(p_values) * len(p_values))


@settings(deadline=None, max_examples=50)
@given(P_VALUES)
def test_statsmodels_agrees(p_values):
    """An independent implementation of the same adjustment."""
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    wanted = multitest.multipletests(p_values, method="holm")[1]

    assert holm(p_values) == pytest.approx(list(wanted))


def test_what_is_no_family_is_refused():
    """A percentage for a p, or more tests than were declared."""
    with pytest.raises(SpecError, match=r"got 1.5"):
        holm([0.1, 1.5])
    with pytest.raises(SpecError, match="a family of 1 cannot hold 2 tests"):
        holm([0.1, 0.2], tests=1)
