"""Exact counts."""

from decimal import ROUND_FLOOR, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.core.quota import Overall, PerLayer, Within, overall, removed, uniform
from prunebench.errors import ContractError

DENSITIES = st.floats(0.0, 1.0)


@given(size=st.integers(0, 10**9), percent=st.integers(0, 1000))
def test_removal_is_floored_in_decimals(size, percent):
    """floor((1 − d)·N) for the decimal d that a person typed, whatever N is."""
    typed = Decimal(percent) / 1000

    expected = ((1 - typed) * size).to_integral_value(ROUND_FLOOR)

    assert removed(size, float(typed)) == expected


@pytest.mark.parametrize(
    ("size", "density", "gone"),
    [(10, 0.7, 3), (10, 0.8, 2), (10, 0.1, 9), (10, 1 - 0.9, 9), (10, 1 - 0.7, 7), (3, 2 / 3, 1)],
)
def test_floating_point_loses_no_unit(size, density, gone):
    """Densities that were computed, and lie a hair beside the decimal, count the same."""
    assert removed(size, density) == gone


@given(st.integers(0, 10**6), DENSITIES, DENSITIES)
def test_removal_is_monotone(size, one, other):
    """A smaller density removes at least as much; 1 nothing and 0 everything."""
    small, large = sorted((one, other))

    assert 0 <= removed(size, large) <= removed(size, small) <= size
    assert (removed(size, 1.0), removed(size, 0.0)) == (0, size)


def test_uniform_respects_the_floor():
    """Every layer keeps its share, at least `min_keep`, and no layer more than it has."""
    quota = uniform({"wide": 100, "narrow": 5, "single": 1}, 0.1, min_keep=2)

    assert quota == PerLayer({"wide": 10, "narrow": 2, "single": 1})


def test_overall_counts_all_layers_together():
    """One floor for 105 units, not one per layer."""
    assert overall({"wide": 100, "narrow": 5}, 0.1) == Overall(11)


def test_units_are_counted_not_costed():
    """A quota by cost of units is refused; units have a quota of their own."""
    with pytest.raises(ContractError, match="use Overall"):
        Within(0.5, "units")
