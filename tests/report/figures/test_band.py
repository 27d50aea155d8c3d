from math import sqrt
from operator import attrgetter

import pytest
from scipy import stats

from prunebench.report.figures.band import Band, band, band_of, band_phrase, kind_for

ACCURACY = attrgetter("test_accuracy_last")


def test_the_range_goes_from_the_smallest_to_the_largest_seed():
    """Mean (1 + 2 + 6) / 3 = 3, between 1 and 6."""
    assert band_of([2.0, 6.0, 1.0], "range") == Band(3.0, 1.0, 6.0, 3)


def test_the_interval_is_students():
    """1, 2, 3, 4, 5: mean 3, sd sqrt(10 / 4), t(0.975; 4) = 2.776."""
    half = 2.7764451 * sqrt(2.5) / sqrt(5)

    found = band_of([1.0, 2.0, 3.0, 4.0, 5.0], "interval")

    assert (found.mean, found.seeds) == (3.0, 5)
    assert (found.low, found.high) == pytest.approx((3 - half, 3 + half))
    assert (found.low, found.high) == pytest.approx(
        stats.t.interval(0.95, 4, loc=3, scale=stats.sem([1, 2, 3, 4, 5]))
    )


@pytest.mark.parametrize("kind", ["range", "interval"])
def test_one_seed_has_no_width(kind):
    """It is a point; no seed at all is no band."""
    assert band_of([0.7], kind) == Band(0.7, 0.7, 0.7, 1)
    assert band_of([], kind) is None


def test_draws_are_averaged_within_their_seed_first(make_row):
    """Seed 0 has the draws 0.2 and 0.4, so the range is 0.3 to 0.6 and not 0.2 to 0.6."""
    rows = [make_row(draw=d, test_accuracy_last=a) for d, a in enumerate((0.2, 0.4))]
    rows.append(make_row(seed=1, test_accuracy_last=0.6))

    found = band(rows, ACCURACY, "range")

    assert (found.low, found.high, found.seeds) == pytest.approx((0.3, 0.6, 2))


def test_diverged_trials_have_no_part(make_row):
    """What has no accuracy widens nothing; what collapsed has one and stays."""
    rows = [
        make_row(test_accuracy_last=0.9),
        make_row(seed=1, status="collapsed", test_accuracy_last=0.1),
        make_row(seed=2, status="diverged", test_accuracy_last=0.5),
    ]

    assert band(rows, ACCURACY, "range") == Band(0.5, 0.1, 0.9, 2)


@pytest.mark.parametrize(("seeds", "kind"), [(1, "range"), (4, "range"), (5, "interval")])
def test_intervals_need_five_seeds(make_row, seeds, kind):
    """With fewer an interval is many times wider than what was measured."""
    rows = [make_row(seed=seed, test_accuracy_last=0.5) for seed in range(seeds)]

    assert kind_for([rows], ACCURACY) == kind


def test_a_lost_seed_does_not_change_the_kind(make_row):
    """What most cells have seeds for is drawn for all; cells without any do not count."""
    whole = [make_row(seed=seed, test_accuracy_last=0.5) for seed in range(5)]

    assert kind_for([whole, whole, whole[:2], []], ACCURACY) == "interval"
    assert kind_for([whole, whole[:2], whole[:2]], ACCURACY) == "range"
    assert kind_for([], ACCURACY) == "range"


def test_captions_name_the_kind():
    """An error bar that does not say what it is means nothing."""
    assert "95 % t interval" in band_phrase("interval")
    assert "from the smallest to the largest seed" in band_phrase("range")
