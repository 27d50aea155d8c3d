"""Differences paired by seed: their mean, its interval, and the exact sign-flip test."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from math import inf
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from prunebench.errors import SpecError
from prunebench.statistics.interval import around
from prunebench.statistics.sample import ROUNDING, Values, deviation, finite
from prunebench.statistics.tail import Alternative, checked, tail

EXACT = 20
"""Up to so many differences every sign pattern is tried (a million)."""

PATTERNS = 200_000
"""Random sign patterns that stand for all of them beyond that."""


@dataclass(frozen=True)
class Paired:
    """What the differences of pairs say.

    Parameters
    ----------
    n, mean, sd
        Number of differences, their mean and sample standard deviation (None for one difference).
    low, high
        Two-sided 95 % t interval of the mean; None for one difference.
    low90, high90
        The same at 90 %: each end is a one-sided 95 % bound.
    p
        Sign-flip test of mean = `margin`.
    p_wilcoxon, p_t
        Cross-checks: the signed-rank test and the t test of the same; None where undefined
        (nothing differs from the margin; nothing varies, or a single difference).
    alternative
        What the three p values are against: ``"greater"`` or ``"less"`` (one-sided), or
        ``"two-sided"``.
    exact
        Whether `p` tried all 2^n sign patterns, or 200 000 random ones.
    margin
        The mean under the hypothesis tested.
    """

    n: int
    mean: float
    sd: float | None
    low: float | None
    high: float | None
    low90: float | None
    high90: float | None
    p: float
    p_wilcoxon: float | None
    p_t: float | None
    alternative: Alternative
    exact: bool
    margin: float = 0.0

    @property
    def estimate(self) -> float:
        """The mean difference."""
        return self.mean

    @property
    def se(self) -> float | None:
        """Standard error of the mean: sd / sqrt(n)."""
        return None if self.sd is None else self.sd / self.n**0.5

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the interval: n - 1."""
        return None if self.sd is None else self.n - 1.0


def paired(
    differences: Iterable[float], alternative: Alternative = "two-sided", margin: float = 0.0
) -> Paired:
    """Test differences x - y, one per seed.

    Parameters
    ----------
    differences
        Draws of one seed are averaged before.
    alternative
        Claims are one-sided, comparisons two-sided.
    margin
        The three p values ask about mean - margin; the intervals are of the mean itself.

    Raises
    ------
    SpecError
        If there is no difference, or one is not finite.
    """
    sample = finite(differences)
    if not len(sample):
        msg = "there is no difference to test; the two sides share no seed."
        raise SpecError(msg)
    n, mean, sd, shifted = len(sample), fmean(sample), deviation(sample), sample - margin
    se = None if sd is None else sd / n**0.5
    low, high = around(mean, se, n - 1, 0.95)
    low90, high90 = around(mean, se, n - 1, 0.90)
    return Paired(
        n=n,
        mean=mean,
        sd=sd,
        low=low,
        high=high,
        low90=low90,
        high90=high90,
        p=sign_flip(shifted, alternative),
        p_wilcoxon=wilcoxon(shifted, alternative),
        p_t=tail((mean - margin) / se, n - 1, alternative) if se else None,
        alternative=alternative,
        exact=n <= EXACT,
        margin=margin,
    )


def sign_flip(differences: Iterable[float], alternative: Alternative = "two-sided") -> float:
    """Give the p value of the sign-flip permutation test; the statistic is the mean.

    Under the hypothesis each difference could as well have the other sign. p is the share of the
    2^n sign patterns whose mean is at least as extreme as the observed one. Beyond 20 differences
    it is (1 + k) / (1 + N) for k of N = 200 000 random patterns, always the same ones.

    References
    ----------
    Fisher 1935, "The Design of Experiments", section 21; for the random patterns Phipson & Smyth
    2010, "Permutation p-values should never be zero".

    Examples
    --------
    >>> sign_flip([0.3, 0.1, 0.2, 0.4, 0.1], "greater")  # 1 of 32
    0.03125
    """
    sample = finite(differences)
    exact = len(sample) <= EXACT
    patterns, beyond = (2 ** len(sample), every_beyond) if exact else (PATTERNS, random_beyond)
    extreme = min(patterns, beyond(sample, *bounds(sample, alternative)))
    return extreme / patterns if exact else (1 + extreme) / (1 + patterns)


def bounds(sample: Values, alternative: Alternative) -> tuple[float, float]:
    """Give the sums that are extreme: those up to the first bound, and those from the second on.

    Patterns that tie with the observed one must count, whatever order their sums rounded in.
    """
    observed, slack = float(sample.sum()), ROUNDING * float(np.abs(sample).sum())
    if checked(alternative) == "two-sided":
        return slack - abs(observed), abs(observed) - slack
    return (-inf, observed - slack) if alternative == "greater" else (observed + slack, inf)


def every_beyond(sample: Values, low: float, high: float) -> int:
    """Count those of all 2^n sums that are at most `low` or at least `high`, twice if both.

    Each is a sum of one half of the sample and one of the other: those of the other are sorted, and
    looked up. Of twenty values that are a thousand searches instead of a million sums.
    """
    half = len(sample) // 2
    one, other = every_sum(sample[:half]), np.sort(every_sum(sample[half:]))
    above = len(other) - np.searchsorted(other, high - one, side="left")
    return int(above.sum() + np.searchsorted(other, low - one, side="right").sum())


def every_sum(sample: Values) -> Values:
    """Give the sums under all 2^n sign patterns; bit i of a place is set where i has a minus."""
    sums = np.zeros(1)
    for value in sample:
        sums = np.concatenate((sums + value, sums - value))
    return sums


def random_beyond(sample: Values, low: float, high: float) -> int:
    """Count in the same way among the sums under 200 000 random patterns, the same ones each time.

    Eight signs at a time are one byte, by which their sum is looked up.
    """
    sums = np.zeros(PATTERNS)
    for number, signs in enumerate(random_signs(len(sample))):
        sums += every_sum(sample[8 * number : 8 * number + 8])[signs]
    return int((sums >= high).sum() + (sums <= low).sum())


@lru_cache(maxsize=4)
def random_signs(n: int) -> NDArray[np.uint8]:
    """Draw patterns of n signs, eight to a byte; a set bit is minus: (bytes, patterns)."""
    generator = np.random.default_rng(0)
    minus = [generator.choice((True, False), PATTERNS) for _ in range(n)]
    return np.packbits(minus, axis=0, bitorder="little")


def wilcoxon(differences: Iterable[float], alternative: Alternative = "two-sided") -> float | None:
    """Give the p value of the signed-rank test; None if no difference is left.

    Zeros are dropped and ties share their mean rank; the distribution is the sign-flip one of the
    signed ranks, so it is exact with ties too.

    References
    ----------
    Wilcoxon 1945, "Individual comparisons by ranking methods".
    """
    sample = finite(differences)
    # Equal differences of accuracies differ in their last bits; they must tie.
    sizes = np.round(np.abs(sample), 12)
    kept = sizes > 0
    if not kept.any():
        return None
    return sign_flip(np.sign(sample[kept]) * stats.rankdata(sizes[kept]), alternative)


def smallest_p(n: int, alternative: Alternative = "greater") -> float:
    """Give the smallest p that the exact sign-flip test of n differences can reach.

    One of the 2^n patterns if one-sided, two if two-sided.
    """
    sides = 2 if checked(alternative) == "two-sided" else 1
    return min(1.0, sides / float(2**n))


def decisive(
    n: int, alternative: Alternative = "greater", tests: int = 1, alpha: float = 0.05
) -> bool:
    """Say whether n seeds can be significant at all, with Holm over `tests` tests.

    Examples
    --------
    >>> decisive(5, "greater"), decisive(5, "two-sided"), decisive(6, "two-sided")
    (True, False, True)
    """
    return smallest_p(n, alternative) * tests <= alpha


def seeds_needed(tests: int = 1, alpha: float = 0.05, alternative: Alternative = "greater") -> int:
    """Give the fewest seeds with which each of `tests` tests can be significant.

    One-sided it is ceil(log2(tests / alpha)), two-sided one more.

    Examples
    --------
    >>> [seeds_needed(tests) for tests in (1, 5, 10)]
    [5, 7, 8]
    """
    return next(n for n in count(1) if decisive(n, alternative, tests, alpha))
