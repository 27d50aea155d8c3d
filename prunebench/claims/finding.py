"""What came out of one test, and what was decided of a claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from prunebench.claims.cell import Cell, written
from prunebench.claims.claim import Claim, Test

Word: TypeAlias = Literal[
    "CONFIRMED",
    "REFUTED",
    "INCONCLUSIVE",
    "NOT RUN",
    "REPORTED",
    "CONFIRMED-T1",
    "NOT-SEEN-T1",
    "RAN",
    "CONSISTENT",
    "CONTRADICTED",
    "OPEN",
]
"""Verdicts; ``docs/claims.md`` says what each means."""


@dataclass(frozen=True)
class Behind:
    """The rows or printed numbers on one side of a test.

    Parameters
    ----------
    cell
        What was selected by.
    mean, sd, n
        Of the quantity, over seeds or published runs; None where unknown.
    source
        Digests of the trials, or where a number is printed.
    """

    cell: Cell
    mean: float | None = None
    sd: float | None = None
    n: int | None = None
    source: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The cell for a reader."""
        return written(self.cell)


@dataclass(frozen=True)
class Finding:
    """What came out of one test.

    Parameters
    ----------
    test, title
        The test, and what it is called.
    verdict
        What its rule says.
    alternative
        What `p` is against and by which test; empty where there is no p.
    unit
        Of the estimate: ``"points"``, ``"log"`` (of x / y), ``"nats"``, ``"kept %"``,
        ``"removed %"``, or empty.
    n
        Seeds with a difference; 0 for published numbers.
    estimate, low, high
        x - y, with its 95 % interval.
    p, adjusted, cross_check
        p; after Holm inside the family; of the signed-rank test.
    family
        How many tests Holm's adjustment counts; 0 without.
    detectable
        Of a superiority that was not confirmed, the true difference that these seeds find four
        times out of five; None otherwise.
    behind
        The cells.
    notes
        What must be said with it.
    decides
        Whether the claim's verdict rests on it.
    """

    test: Test
    title: str
    verdict: Word
    alternative: str = ""
    unit: str = ""
    n: int = 0
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    adjusted: float | None = None
    cross_check: float | None = None
    family: int = 0
    detectable: float | None = None
    behind: tuple[Behind, ...] = ()
    notes: tuple[str, ...] = ()
    decides: bool = True


@dataclass(frozen=True)
class Judgement:
    """What was decided of a claim.

    Parameters
    ----------
    claim, entry
        The claim; the name of the entry that decided: a tier, or ``"published"``.
    verdict
        The verdict.
    findings
        Its tests, in the order of the file.
    remarks
        What must be said with the verdict.
    """

    claim: Claim
    entry: str
    verdict: Word
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()


def deciding(findings: Sequence[Finding]) -> list[Finding]:
    """Give the findings that the verdict rests on."""
    return [finding for finding in findings if finding.decides]
