"""The smallest difference that the seeds at hand can be expected to detect."""

from functools import lru_cache
from math import sqrt

from scipy import optimize, stats

from prunebench.errors import SpecError
from prunebench.statistics.tail import Alternative, checked


def detectable_difference(
    sd: float,
    n: int,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    alternative: Alternative = "two-sided",
    paired: bool = True,
) -> float | None:
    """Give the true difference that a t test finds with probability `power`.

    With se = sd / sqrt(n) and n - 1 degrees of freedom (paired), or se = sd * sqrt(2 / n) and
    2 n - 2 (unpaired), it is se times the non-centrality at which the non-central t exceeds the
    critical value with that probability.

    Parameters
    ----------
    sd
        Deviation of the differences (paired), or of each side (unpaired).
    n
        Seeds, of each side.
    power
        Probability of finding it, above `alpha` and below 1.
    alpha
        Level of the test.
    alternative
        Of the test; one-sided ones see the same size on either side.
    paired
        Whether the two sides share their seeds.

    Returns
    -------
    float or None
        In the unit of `sd`; None for fewer than two seeds.

    Raises
    ------
    SpecError
        If the deviation is negative, or not 0 < alpha < power < 1.

    References
    ----------
    Cohen 1988, "Statistical Power Analysis for the Behavioral Sciences", chapter 2.
    """
    if sd < 0 or not 0 < alpha < power < 1:
        msg = (
            "a detectable difference needs a deviation of at least 0 and 0 < alpha < power < 1, "
            f"got sd = {sd}, alpha = {alpha}, power = {power}."
        )
        raise SpecError(msg)
    if n < 2:
        return None
    df, se = (n - 1, sd / sqrt(n)) if paired else (2 * n - 2, sd * sqrt(2 / n))
    return noncentrality(df, power, alpha, alternative) * se


@lru_cache(maxsize=1024)
def noncentrality(df: float, power: float, alpha: float, alternative: Alternative) -> float:
    """Give the non-centrality at which a t test at level alpha has that power.

    It does not depend on the deviation, so tests of equally many seeds share it.
    """
    upper = 4.0
    while power_of(upper, df, alpha, alternative) < power:
        upper *= 2
    found = optimize.brentq(lambda nc: power_of(nc, df, alpha, alternative) - power, 0, upper)
    return float(found)


def power_of(nc: float, df: float, alpha: float, alternative: Alternative) -> float:
    """Give the probability that a t test at level alpha rejects, for a non-centrality."""
    if checked(alternative) != "two-sided":
        return float(stats.nct.sf(stats.t.isf(alpha, df), df, nc))
    critical = stats.t.isf(alpha / 2, df)
    below = float(stats.nct.cdf(-critical, df, nc))
    # Far below the centre scipy's series gives NaN for what is 0 to any accuracy.
    return float(stats.nct.sf(critical, df, nc)) + (below if below > 0 else 0.0)
