"""One test's rule on an estimated difference; the same for runs and for published numbers."""

from prunebench.claims.claim import Test
from prunebench.statistics.rules import (
    ALPHA,
    Evidence,
    Verdict,
    equivalence_p,
    equivalent,
    noninferior,
    noninferiority_p,
    superior,
)


def p_value(test: Test, evidence: Evidence) -> float | None:
    """Give the p of a test's own alternative; None where there is no spread."""
    if test.rule == "equivalent":
        return equivalence_p(evidence, test.margin)
    if test.rule == "noninferior":
        return noninferiority_p(evidence, test.margin)
    return None if evidence.se is None else evidence.p


def decided(test: Test, evidence: Evidence, adjusted: float | None) -> Verdict:
    """Apply the rule; where alternatives were declared, Holm's p must be small for any rule."""
    if test.rule == "superior":
        return superior(evidence, test.margin, adjusted_p=adjusted)
    rule = equivalent if test.rule == "equivalent" else noninferior
    found = rule(evidence, test.margin)
    unsure = test.one_of and adjusted is not None and adjusted > ALPHA
    return "INCONCLUSIVE" if found == "CONFIRMED" and unsure else found


def agrees(test: Test, estimate: float) -> bool:
    """Say whether a bare number points where the test does; no test is made."""
    if test.rule == "equivalent":
        return abs(estimate) < test.margin
    if test.rule == "noninferior":
        return estimate >= -test.margin
    return estimate >= test.margin and estimate > 0


def in_family(test: Test) -> bool:
    """Say whether Holm's adjustment counts a test: those of which one success would be enough.

    Equivalence and non-inferiority must all hold together, which needs no adjustment.
    """
    return test.primary and (test.rule == "superior" or bool(test.one_of))


def alternative(test: Test, kind: str) -> str:
    """Say what the p of a test is against.

    Parameters
    ----------
    test
        The test.
    kind
        Which test of superiority it is, such as ``"sign-flip"``.
    """
    if test.rule == "equivalent":
        return f"two one-sided t, |x - y| < {test.margin:g}"
    if test.rule == "noninferior":
        return f"one-sided t, x > y - {test.margin:g}"
    return f"one-sided {kind}, x > y"
