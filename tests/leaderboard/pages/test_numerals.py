"""Numbers as they are printed."""

import pytest

from prunebench.leaderboard.pages import numerals


@pytest.mark.parametrize(
    "written",
    [
        numerals.percent,
        numerals.points,
        numerals.probability,
        numerals.count,
        numerals.size,
        numerals.duration,
        numerals.number,
    ],
)
def test_no_number_is_a_dash(written):
    """None is never printed as a word or as 0."""
    assert written(None) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.03125, "3.13"),
        (0.15625, "15.63"),
        (0.00005, "0.01"),
        (-0.03125, "−3.13"),
        (0.97424999, "97.42"),
        (1.0, "100.00"),
        (-1e-9, "0.00"),
    ],
)
def test_halves_are_rounded_up(value, text):
    """Percent has one rounding everywhere: that of people, by the decimals that are written."""
    assert numerals.percent(value) == text
    assert numerals.points(value).lstrip("+") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0312, "0.031 s"),
        (59, "59 s"),
        (60, "1 min"),
        (90, "1.5 min"),
        (5400, "1.5 h"),
        (10**6, "278 h"),
    ],
)
def test_durations_have_the_unit_that_reads(seconds, text):
    """Sixty seconds are a minute."""
    assert numerals.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (999, "999"), (1000, "1 k"), (266610, "267 k"), (1.5e9, "1.5 G")]
)
def test_sizes_have_three_digits(value, text):
    """Large counts are rounded."""
    assert numerals.size(value) == text


def test_a_time_that_is_none_stays_as_it_is():
    """Text of strangers cannot break a page by being no date."""
    assert numerals.day("soon") == "soon"
    assert numerals.day("2025-01-31T23:30:00-05:00") == "1 February 2025"
