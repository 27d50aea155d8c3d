"""Rounds, medians and spreads on given numbers."""

import pytest

from benchmarks.speed.case import Contest
from benchmarks.speed.pairs import Spread, measure, spread, timed


def test_the_spread_is_median_and_tenths():
    """Of 0 to 10, the tenths lie at 1 and 9 and the median at 5, in whatever order they come."""
    assert spread([10, 0, 9, 1, 8, 2, 7, 3, 6, 4, 5]) == Spread(5, 1, 9)


def test_tenths_between_rounds_are_interpolated():
    """Of two rounds the tenths lie a tenth of the way in, of one they are that round."""
    got = spread([1.0, 2.0])

    assert (got.median, got.low, got.high) == pytest.approx((1.5, 1.1, 1.9))
    assert spread([3.0]) == Spread(3.0, 3.0, 3.0)


def test_sides_take_turns_and_every_other_round_is_reversed():
    """After warming up once, ours goes first, then last, then first."""
    heard = []

    def side(name, seconds):
        return lambda: (heard.append(name), {name: seconds})[1]

    contest = Contest((side("ours", 1.0), side("plain", 2.0)), lambda: heard.append("warm"))
    got = measure(contest, 3)

    assert heard == ["warm", "ours", "plain", "plain", "ours", "ours", "plain"]
    assert got == ({"ours": 1.0, "plain": 2.0},) * 3


def test_one_turn_may_tell_several_times():
    """What a turn says of several sides is kept together."""
    got = measure(Contest((lambda: {"ours": 3.0, "inside": 2.0},)), 1)

    assert got == ({"ours": 3.0, "inside": 2.0},)


def test_time_passes_forwards():
    """Seconds are those of the work, which is done once."""
    done = []
    got = timed(lambda: done.append(1))

    assert done == [1]
    assert 0 <= got < 60
