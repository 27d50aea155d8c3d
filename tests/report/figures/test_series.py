from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import FillBetweenPolyCollection, LineCollection

from prunebench.report.figures.band import Band
from prunebench.report.figures.drawing import panels, style
from prunebench.report.figures.series import (
    Mark,
    Place,
    draw_level,
    draw_series,
    ends,
    halve,
    halvings,
)

MARKS = [Mark(0.5, Band(90.0, 89.0, 92.0, 3)), Mark(0.25, Band(80.0, 75.0, 85.0, 3), hollow=True)]


@pytest.fixture
def axis():
    """Give one empty panel."""
    with style():
        _, (axis,) = panels(["a"])
        yield axis


def test_a_line_has_its_means_bars_and_band(axis):
    """A lone line stands where its densities are; bars and band reach from low to high."""
    draw_series(axis, MARKS, Place(0, 1), "ticket")
    line, hollow = axis.lines
    (fill,) = (c for c in axis.collections if isinstance(c, FillBetweenPolyCollection))
    (bars,) = (c for c in axis.collections if isinstance(c, LineCollection))

    assert line.get_xydata().tolist() == [[50.0, 90.0], [25.0, 80.0]]
    assert hollow.get_xydata().tolist() == [[25.0, 80.0]]
    assert hollow.get_markerfacecolor() == "white"
    assert [s.tolist() for s in bars.get_segments()] == [
        [[50.0, 89.0], [50.0, 92.0]],
        [[25.0, 75.0], [25.0, 85.0]],
    ]
    corners = {tuple(point) for point in fill.get_paths()[0].vertices.tolist()}
    assert corners == {(50.0, 89.0), (50.0, 92.0), (25.0, 75.0), (25.0, 85.0)}


def test_lines_stand_apart_around_the_true_place():
    """The first of three lies to the left (more is kept), the second in place."""
    first, second, third = (Place(number, 3).shift for number in range(3))

    assert first > second == 1.0 > third
    assert first * third == pytest.approx(1.0)


def test_the_dense_network_is_a_line_in_a_band(axis):
    """Without one nothing is added."""
    draw_level(axis, None, "dense")

    assert axis.lines[:] == []

    draw_level(axis, Band(97.5, 97.2, 97.9, 3), "dense")
    (span,) = axis.patches

    assert set(axis.lines[0].get_ydata()) == {97.5}
    assert (span.get_y(), span.get_y() + span.get_height()) == pytest.approx((97.2, 97.9))


def test_the_axis_goes_down_in_halvings(axis):
    """From much on the left to little on the right; 51.3 to 3.6 % shows 50 to 3.125."""
    halve(axis, [0.513, 0.211, 0.036])

    assert axis.get_xticks().tolist() == [3.125, 6.25, 12.5, 25.0, 50.0]
    assert axis.get_xlim()[0] > 51.3
    assert axis.get_xlim()[1] < 3.6


def test_many_octaves_have_few_marks():
    """Down to a thousandth of a percent at most nine marks are written."""
    assert len(halvings(0.3, -16.9)) <= 9
    assert halvings(0.3, -1.2) == [50.0, 100.0]


def test_a_single_density_has_room_and_a_mark():
    """Half an octave on both sides, 14.1 to 28.3 % about 20; round numbers in it are marked."""
    assert ends([0.5]) == (-0.5, -1.5)
    assert halvings(log2(0.2) + 0.5, log2(0.2) - 0.5) == [15.0, 20.0]
    assert halvings(-0.1, -0.9) == [70.0]


@given(st.floats(-16, 0))
def test_every_axis_has_a_mark(middle):
    """Wherever a single density lies, some mark lies on its axis and none beyond the whole."""
    most, least = ends([2.0**middle])
    found = halvings(most, least)

    assert found
    assert all(100 * 2**least <= mark <= min(100.0, 100 * 2**most) for mark in found)
