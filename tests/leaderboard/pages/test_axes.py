"""Axes: places of numbers, and round numbers beside them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.leaderboard.pages.axes import Axis, axis, coordinate, log_ticks, ticks

NUMBERS = st.floats(1e-6, 1e12, allow_nan=False)


def test_a_straight_axis_has_equal_steps():
    """A quarter of the way in numbers is a quarter in places, also downward."""
    assert Axis(0, 4, 100, 0).place(1) == 75
    assert Axis(0, 4, 100, 0).place(9) == 0


def test_a_logarithmic_axis_has_equal_ratios():
    """From 1 to 16, 2 stands at a quarter."""
    assert Axis(1, 16, 0, 100, log=True).place(2) == pytest.approx(25)


@given(st.lists(NUMBERS, min_size=1, max_size=9))
def test_every_cost_lies_on_its_axis(values):
    """The smallest and the largest number have room to their ends, and ticks lie between."""
    holds(axis(values, (0, 100), log=True), values)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_every_accuracy_lies_on_its_axis(values):
    """So do fractions, however close together."""
    holds(axis(values, (0, 100)), values)


def holds(found, values):
    """Hold an axis against its numbers."""
    edge = 1e-8 * (found.high - found.low)

    assert all(0 < found.place(value) < 100 for value in values)
    assert all(found.low - edge <= tick <= found.high + edge for tick in found.ticks())


@given(NUMBERS, st.floats(1.001, 1e6))
def test_there_are_neither_too_few_nor_too_many_ticks(low, factor):
    """One to eight numbers stand beside any axis."""
    assert 1 <= len(ticks(low, low * factor)) <= 8
    assert 1 <= len(log_ticks(low, low * factor)) <= 13


@given(st.floats(-1e4, 1e4))
def test_a_coordinate_is_short(place):
    """It has a tenth at most, and no sign without a number."""
    assert re.fullmatch(r"-?\d+(\.[1-9])?", coordinate(place))
    assert coordinate(place) != "-0"
    assert float(coordinate(place)) == pytest.approx(place, abs=0.051)
