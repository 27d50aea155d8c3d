"""Numbers of a board: a score over seeds, its difference from the reference, its places."""

from dataclasses import dataclass

from prunebench.statistics.compare import Outcome


@dataclass(frozen=True)
class Rank:
    """The places that a method may take; one where the seeds support an order.

    Parameters
    ----------
    best, worst
        First and last place, from 1.
    of
        Number of methods ranked.
    """

    best: int
    worst: int
    of: int

    def __str__(self) -> str:
        """Give ``"2"`` or ``"1–3"``."""
        return str(self.best) if self.best == self.worst else f"{self.best}–{self.worst}"


@dataclass(frozen=True)
class Difference:
    """A method minus the board's reference, paired by seed.

    Parameters
    ----------
    mean, low, high
        Mean difference and its 95 % t interval; None below one, below two common seeds.
    n
        Common seeds.
    test
        ``"t"``, ``"exact sign-flip"`` or ``"random sign-flip"``; empty where there is none.
    p, adjusted_p, tests
        Its p, alone and after Holm over so many tests.
    effect
        Mean over deviation of the differences.
    detectable
        The true difference that these seeds find with 80 % power at the 5 % level, before Holm.
    verdict
        ``"better"``, ``"worse"``, ``"tie"`` or ``"untested"``.
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    test: str
    p: float | None
    adjusted_p: float | None
    tests: int
    effect: float | None
    detectable: float | None
    verdict: Outcome


@dataclass(frozen=True)
class Score:
    """A number of one method over seeds, and where it stands.

    Parameters
    ----------
    mean, sd, low, high
        Mean over seeds, sample deviation and 95 % t interval; None where there are too few.
    n, expected
        Seeds with a number, and seeds that the suite asks for.
    difference
        From the reference; None for the reference itself, controls and methods not compared.
    rank
        None where the method is not ranked.
    """

    mean: float | None
    sd: float | None
    low: float | None
    high: float | None
    n: int
    expected: int
    difference: Difference | None = None
    rank: Rank | None = None
