from statistics import fmean

import pytest

from prunebench.report.spread import Spread
from prunebench.report.wording import (
    clipped,
    count,
    duration,
    memory,
    moment,
    percent,
    percent_spread,
    plain,
    printable,
    rounded,
    times,
)


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (percent(0.93764), "93.76"),
        (percent(0.8, 1), "80.0"),
        (percent_spread(Spread(0.9376, 0.002, 5)), "93.76 (± 0.20)"),
        (percent_spread(Spread(0.9376, None, 1)), "93.76"),
        (moment("2026-01-31T23:30:00-01:00"), "2026-02-01 00:30 UTC"),
        (moment("2026-01-31T23:30:00"), "2026-01-31T23:30:00"),
        (times(4.504), "4.50×"),
        (count(14728266), "14,728,266"),
        (count(2.5e9), "2,500,000,000"),
        (plain(160.0), "160"),
        (plain(0.001), "0.001"),
        (duration(0.04), "40 ms"),
        (duration(0.0), "0.0 s"),
        (memory(1536), "1.5 KiB"),
        (memory(0.0), "0 B"),
        (duration(59.96), "1 min 00 s"),
        (duration(75), "1 min 15 s"),
        (duration(7322), "2 h 02 min"),
        (clipped("magnitude", 9), "magnitude"),
        (clipped("magnitude", 5), "magn…"),
        (printable("a\x00b\u202ec\nd"), "a\ufffdb\ufffdc\nd"),
    ],
)
def test_numbers_are_written_as_the_papers_do(got, wanted):
    """Percent with two decimals, the deviation in brackets, factors with a cross."""
    assert got == wanted


@pytest.mark.parametrize(
    ("images", "wanted"),
    [
        ([9803, 9804] * 4, "98.04"),  # 98.035 exactly; as a float a little below
        ([9793, 9794] * 4, "97.94"),  # 97.935 exactly; as a float a little above
        ([9804, 9803, 9804, 9803, 9803, 9804, 9803, 9804], "98.04"),
    ],
)
def test_a_mean_that_ends_in_a_half_is_written_in_one_way(images, wanted):
    """Averaged as fractions or in percent, in any order: away from zero."""
    as_fractions = percent(fmean(right / 10_000 for right in images))
    in_percent = str(rounded(fmean(100 * (right / 10_000) for right in images)))
    summed = str(rounded(sum(100 * right / 10_000 for right in reversed(images)) / 8))

    assert [as_fractions, in_percent, summed] == [wanted] * 3


@pytest.mark.parametrize("write", [percent, percent_spread, times, count, plain, duration, memory])
def test_nothing_measured_is_a_dash(write):
    """A missing number is never 0."""
    assert write(None) == "–"
