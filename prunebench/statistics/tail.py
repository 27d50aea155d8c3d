"""Tail probability of Student's t under the three alternatives."""

from typing import Literal, TypeAlias, get_args

from scipy import stats

from prunebench.errors import SpecError

Alternative: TypeAlias = Literal["greater", "less", "two-sided"]
"""What is claimed of a difference: above the margin, below it, or unequal to it."""


def tail(t: float, df: float, alternative: Alternative) -> float:
    """Give the probability of a Student t at least as extreme as `t`.

    Parameters
    ----------
    t
        The statistic: (estimate - margin) / standard error.
    df
        Degrees of freedom, above 0; need not be whole.
    alternative
        Which side is extreme.
    """
    checked(alternative)
    if alternative == "two-sided":
        return float(2 * stats.t.sf(abs(t), df))
    return float(stats.t.sf(t if alternative == "greater" else -t, df))


def checked(alternative: Alternative) -> Alternative:
    """Give the alternative back.

    Raises
    ------
    SpecError
        If it is none of the three.
    """
    if alternative not in get_args(Alternative):
        msg = f"alternative is one of {', '.join(get_args(Alternative))}, got {alternative!r}."
        raise SpecError(msg)
    return alternative
