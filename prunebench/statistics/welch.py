"""Published cells, mean +- deviation of n runs, compared by Welch's t."""

from dataclasses import dataclass

from prunebench.errors import SpecError
from prunebench.statistics.interval import around
from prunebench.statistics.tail import Alternative, checked, tail


@dataclass(frozen=True)
class Cell:
    """A number as a paper prints it.

    Parameters
    ----------
    mean
        Mean of the runs.
    sd
        Their sample standard deviation; None where none is printed.
    n
        Number of runs; None where it is not stated.

    Raises
    ------
    SpecError
        If the deviation is negative or there is no run.
    """

    mean: float
    sd: float | None = None
    n: int | None = None

    def __post_init__(self) -> None:
        if self.sd is not None and self.sd < 0:
            msg = f"a deviation is at least 0, got {self.sd}; leave it out where none is printed."
            raise SpecError(msg)
        if self.n is not None and self.n < 1:
            msg = f"a cell has at least one run, got n = {self.n}; leave it out where unknown."
            raise SpecError(msg)

    @property
    def variance(self) -> float | None:
        """Variance of the mean, sd^2 / n; None where it cannot be known."""
        if self.sd is None or self.n is None or self.n < 2:
            return None
        return self.sd**2 / self.n


@dataclass(frozen=True)
class Welch:
    """What two unpaired cells say of their difference.

    Parameters
    ----------
    difference
        x - y.
    se, df
        Its standard error and Welch's degrees of freedom; None where a cell has no deviation.
    low, high
        Two-sided 95 % interval; None without standard error.
    low90, high90
        The same at 90 %: each end is a one-sided 95 % bound.
    p
        Welch's t test of difference = `margin`; None without standard error, or if it is 0.
    alternative
        What `p` is against.
    margin
        The difference under the hypothesis tested.
    """

    difference: float
    se: float | None
    df: float | None
    low: float | None
    high: float | None
    low90: float | None
    high90: float | None
    p: float | None
    alternative: Alternative
    margin: float = 0.0

    @property
    def estimate(self) -> float:
        """The difference."""
        return self.difference


def welch(x: Cell, y: Cell, alternative: Alternative = "two-sided", margin: float = 0.0) -> Welch:
    """Compare two cells whose runs are not paired.

    se^2 = sx^2 / nx + sy^2 / ny, and df = se^4 / ((sx^2 / nx)^2 / (nx - 1) + (sy^2 / ny)^2 /
    (ny - 1)). A cell of one run, or without deviation or n, leaves only the difference.

    References
    ----------
    Welch 1947, "The generalization of 'Student's' problem when several different population
    variances are involved".
    """
    checked(alternative)
    difference = x.mean - y.mean
    se, df = standard_error(x, y)
    low, high = around(difference, se, df, 0.95)
    low90, high90 = around(difference, se, df, 0.90)
    p = tail((difference - margin) / se, df, alternative) if se and df else None
    return Welch(difference, se, df, low, high, low90, high90, p, alternative, margin)


def standard_error(x: Cell, y: Cell) -> tuple[float, float] | tuple[None, None]:
    """Give standard error and degrees of freedom of a difference; None twice where unknown."""
    if x.variance is None or y.variance is None or x.n is None or y.n is None:
        return None, None
    total = x.variance + y.variance
    if total == 0:
        return 0.0, x.n + y.n - 2.0
    df = total**2 / (x.variance**2 / (x.n - 1) + y.variance**2 / (y.n - 1))
    return total**0.5, df
