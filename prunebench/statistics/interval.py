"""Mean of a sample with its t interval."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean

from scipy import stats

from prunebench.errors import SpecError
from prunebench.statistics.sample import deviation, finite


@dataclass(frozen=True)
class Summary:
    """A mean and how well it is known.

    Parameters
    ----------
    mean
        Mean of the values.
    sd
        Sample standard deviation (n - 1 below the line); None for one value.
    n
        Number of values.
    low, high
        Ends of the interval; None for one value.
    level
        Its confidence, such as 0.95.
    """

    mean: float
    sd: float | None
    n: int
    low: float | None
    high: float | None
    level: float


def summarise(values: Iterable[float], level: float = 0.95) -> Summary | None:
    """Give mean, deviation and t interval of a sample; None for no values.

    The interval is mean +- t(1 - (1 - level) / 2; n - 1) * sd / sqrt(n).

    Raises
    ------
    SpecError
        If a value is not finite, or `level` is not between 0 and 1.

    References
    ----------
    Student 1908, "The probable error of a mean".
    """
    sample = finite(values)
    if not len(sample):
        return None
    n, sd = len(sample), deviation(sample)
    mean = fmean(sample)
    low, high = around(mean, None if sd is None else sd / n**0.5, n - 1, level)
    return Summary(mean, sd, n, low, high, level)


def half_width(se: float, df: float, level: float = 0.95) -> float:
    """Give half the width of a t interval.

    Parameters
    ----------
    se
        Standard error of the estimate.
    df
        Degrees of freedom.
    level
        Confidence of the two-sided interval.

    Raises
    ------
    SpecError
        If `level` is not between 0 and 1.
    """
    if not 0 < level < 1:
        msg = f"the level of an interval lies between 0 and 1, got {level}; write 0.95 for 95 %."
        raise SpecError(msg)
    return quantile((1 + level) / 2, df) * se


@lru_cache(maxsize=1024)
def quantile(probability: float, df: float) -> float:
    """Give a quantile of Student's t; intervals of a report ask for the same few again and again.

    Parameters
    ----------
    probability
        Of a smaller value.
    df
        Degrees of freedom.
    """
    return float(stats.t.ppf(probability, df))


def around(
    estimate: float, se: float | None, df: float | None, level: float = 0.95
) -> tuple[float, float] | tuple[None, None]:
    """Give the ends of a t interval around an estimate; None twice without a standard error."""
    if se is None or df is None:
        return None, None
    width = half_width(se, df, level)
    return estimate - width, estimate + width
