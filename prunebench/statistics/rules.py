"""Decision rules: when an estimate confirms a statement, refutes it, or settles nothing.

All use alpha = 0.05. A single run, or a cell without deviation, settles nothing.
"""

from typing import Literal, Protocol, TypeAlias

from prunebench.errors import SpecError
from prunebench.statistics.tail import Alternative, tail

Verdict: TypeAlias = Literal["CONFIRMED", "REFUTED", "INCONCLUSIVE"]

ALPHA = 0.05


class Evidence(Protocol):
    """An estimated difference x - y; `Paired` and `Welch` are some."""

    @property
    def estimate(self) -> float:
        """The difference."""

    @property
    def se(self) -> float | None:
        """Its standard error; None if unknown."""

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the standard error."""

    @property
    def low(self) -> float | None:
        """Lower end of the two-sided 95 % interval."""

    @property
    def high(self) -> float | None:
        """Upper end of the two-sided 95 % interval."""

    @property
    def low90(self) -> float | None:
        """Lower end of the two-sided 90 % interval, a one-sided 95 % bound."""

    @property
    def high90(self) -> float | None:
        """Upper end of the two-sided 90 % interval, a one-sided 95 % bound."""

    @property
    def p(self) -> float | None:
        """The p value against `alternative`."""

    @property
    def alternative(self) -> Alternative:
        """What `p` is against."""


def superior(
    evidence: Evidence,
    margin: float = 0.0,
    alpha: float = ALPHA,
    adjusted_p: float | None = None,
) -> Verdict:
    """Decide whether x is better than y, by at least `margin`.

    Confirmed if the one-sided p of x > y is at most alpha and the estimate at least `margin`;
    refuted if the upper end of the 95 % interval lies below `margin`.

    Parameters
    ----------
    evidence
        Tested with ``alternative="greater"`` against a difference of 0.
    margin
        Smallest difference that counts, in the unit of the estimate.
    alpha
        Level of the family.
    adjusted_p
        p after Holm inside the family; without it the test is a family of its own.

    Raises
    ------
    SpecError
        If the evidence was tested against another alternative.
    """
    if evidence.alternative != "greater":
        msg = (
            "superiority is a one-sided claim, and its p must be against 'greater', "
            f"got {evidence.alternative!r}; test the differences x - y again."
        )
        raise SpecError(msg)
    if evidence.high is None:
        return "INCONCLUSIVE"
    p = evidence.p if adjusted_p is None else adjusted_p
    if p is not None and p <= alpha and evidence.estimate >= margin:
        return "CONFIRMED"
    return "REFUTED" if evidence.high < margin else "INCONCLUSIVE"


def equivalent(evidence: Evidence, margin: float) -> Verdict:
    """Decide whether x and y are the same within `margin`.

    Confirmed if the 90 % interval lies inside (-margin, margin), which is two one-sided tests at
    5 %; refuted if the 95 % interval lies wholly outside.

    Raises
    ------
    SpecError
        If the margin is not positive.

    References
    ----------
    Schuirmann 1987, "A comparison of the two one-sided tests procedure and the power approach".
    """
    positive(margin)
    if evidence.low90 is None or evidence.high90 is None:
        return "INCONCLUSIVE"
    if -margin < evidence.low90 and evidence.high90 < margin:
        return "CONFIRMED"
    return "REFUTED" if is_outside(evidence, margin) else "INCONCLUSIVE"


def is_outside(evidence: Evidence, margin: float) -> bool:
    """Say whether the 95 % interval has no point in common with (-margin, margin)."""
    if evidence.low is None or evidence.high is None:
        return False
    return evidence.low >= margin or evidence.high <= -margin


def noninferior(evidence: Evidence, margin: float) -> Verdict:
    """Decide whether x is no worse than y, by `margin` at most.

    Confirmed if the lower end of the one-sided 95 % interval lies above -margin; refuted if the
    upper end of the two-sided 90 % interval lies below it.

    Raises
    ------
    SpecError
        If the margin is negative.
    """
    at_least_zero(margin)
    if evidence.low90 is None or evidence.high90 is None:
        return "INCONCLUSIVE"
    if evidence.low90 > -margin:
        return "CONFIRMED"
    return "REFUTED" if evidence.high90 < -margin else "INCONCLUSIVE"


def equivalence_p(evidence: Evidence, margin: float) -> float | None:
    """Give the p value of the two one-sided t tests: the larger of the two.

    It is below 0.05 exactly where `equivalent` confirms. None without standard error.

    Raises
    ------
    SpecError
        If the margin is not positive.
    """
    positive(margin)
    below, above = beyond(evidence, -margin, "greater"), beyond(evidence, margin, "less")
    return None if below is None or above is None else max(below, above)


def noninferiority_p(evidence: Evidence, margin: float) -> float | None:
    """Give the p value of the one-sided t test of x - y > -margin; None without standard error.

    It is below 0.05 exactly where `noninferior` confirms.

    Raises
    ------
    SpecError
        If the margin is negative.
    """
    at_least_zero(margin)
    return beyond(evidence, -margin, "greater")


def beyond(evidence: Evidence, bound: float, side: Literal["greater", "less"]) -> float | None:
    """Give the p value of the one-sided t test that the difference lies beyond a bound."""
    if evidence.se is None or evidence.df is None:
        return None
    distance = evidence.estimate - bound
    if evidence.se == 0:  # nothing varies: the estimate is taken at its word, as the interval does
        return 0.0 if (distance > 0 if side == "greater" else distance < 0) else 1.0
    return tail(distance / evidence.se, evidence.df, side)


def positive(margin: float) -> None:
    """Refuse an equivalence margin that nothing could lie inside.

    Raises
    ------
    SpecError
        If the margin is not positive.
    """
    if not margin > 0:
        msg = f"the margin of an equivalence is above 0, got {margin}."
        raise SpecError(msg)


def at_least_zero(margin: float) -> None:
    """Refuse a margin whose sign was mistaken.

    Raises
    ------
    SpecError
        If the margin is negative.
    """
    if not margin >= 0:
        msg = f"the margin of a non-inferiority is at least 0, got {margin}; write 0.3 for -0.3."
        raise SpecError(msg)
