import pytest

from prunebench.report.spread import Spread
from prunebench.report.wording import (
    clipped,
    count,
    duration,
    memory,
    percent,
    percent_spread,
    plain,
    printable,
    times,
)


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (percent(0.93764), "93.76"),
        (percent(0.8, 1), "80.0"),
        (percent_spread(Spread(0.9376, 0.002, 5)), "93.76 (± 0.20)"),
        (percent_spread(Spread(0.9376, None, 1)), "93.76"),
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


@pytest.mark.parametrize("write", [percent, percent_spread, times, count, plain, duration, memory])
def test_nothing_measured_is_a_dash(write):
    """A missing number is never 0."""
    assert write(None) == "–"
