"""Coverage: which of a suite's cells a method was measured at."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from prunebench.results.measurement import Measurement
from prunebench.suite.suite import Suite

MEASURED = ("ok", "diverged", "collapsed")
"""Outcomes; a failed or blocked trial is none."""


@dataclass(frozen=True, order=True)
class Cell:
    """One trial that a suite asks of a method."""

    dataset: str
    model: str
    protocol: str
    density: float
    seed: int

    def __str__(self) -> str:
        where = f"{self.model} on {self.dataset}"
        return f"{where}, {self.protocol}, {self.density:g}, seed {self.seed}"


@dataclass(frozen=True)
class Coverage:
    """What of a suite a method has.

    Parameters
    ----------
    method
        Its label.
    expected
        Trials that the suite asks for.
    missing
        Those that were not measured, in order.
    """

    method: str
    expected: int
    missing: tuple[Cell, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing, so that the method can be ranked overall."""
        return not self.missing

    @property
    def present(self) -> int:
        """Trials that were measured."""
        return self.expected - len(self.missing)


def cells(suite: Suite) -> list[Cell]:
    """List what a suite asks of every method, in the suite's order."""
    return [
        Cell(pair.dataset, pair.model, protocol, density, seed)
        for pair, protocol, density, seed in product(
            suite.pairs, suite.protocols, suite.densities, range(suite.seeds)
        )
    ]


def coverage(suite: Suite, rows: Iterable[Measurement], method: str) -> Coverage:
    """Hold a method's rows against a suite.

    Parameters
    ----------
    suite
        The suite.
    rows
        Of whatever methods; controls and rows without an outcome do not count.
    method
        Label of the method.
    """
    found = {
        Cell(row.dataset, row.model, row.protocol, row.target_density or 0.0, row.seed)
        for row in rows
        if row.method == method and not row.control_of and row.status in MEASURED
    }
    asked = cells(suite)
    return Coverage(method, len(asked), tuple(cell for cell in asked if cell not in found))
