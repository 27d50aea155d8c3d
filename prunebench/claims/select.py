"""Rows of a cell, and one number per seed of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from prunebench.claims.cell import Cell, matches, written
from prunebench.claims.quantities import Best, Quantity
from prunebench.results.measurement import Measurement

TELLING = (
    "dataset",
    "model",
    "method",
    "protocol",
    "target",
    "recipe",
    "scale",
    "lr",
    "overridden",
)
"""Columns that a person would name to tell two rows apart."""


@dataclass(frozen=True)
class Side:
    """What one side of a test stands on.

    Parameters
    ----------
    cell
        What was selected by.
    values
        One number per seed: the mean over its draws.
    trials
        The rows behind it.
    statuses
        How many rows ended how.
    lost
        Seeds that have rows and no number.
    censored, runs
        Rows whose number is only a bound; rows with a number.
    density
        Mean kept fraction; None without rows.
    problem
        Why it cannot be used; empty normally.
    """

    cell: Cell
    values: Mapping[int, float] = field(default_factory=dict)
    trials: tuple[str, ...] = ()
    statuses: Mapping[str, int] = field(default_factory=dict)
    lost: tuple[int, ...] = ()
    censored: int = 0
    runs: int = 0
    density: float | None = None
    problem: str = ""


def pick(rows: Iterable[Measurement], cell: Cell) -> list[Measurement]:
    """Select the rows of a cell; of a trial that several runs hold, the last."""
    found = (row for row in rows if matches(cell, vars(row)))
    return list({(row.trial, row.seed, row.draw): row for row in found}.values())


def side(rows: Sequence[Measurement], cell: Cell, quantity: Quantity, best: Best) -> Side:
    """Select a cell and measure it, averaging the draws of a seed."""
    picked = pick(rows, cell)
    problem = trouble(picked, cell)
    if problem:
        return Side(cell, problem=problem)
    measured = [(row, quantity.measure(row, best)) for row in picked]
    known = [(row, value) for row, value in measured if value is not None]
    by_seed: dict[int, list[float]] = {}
    for row, value in known:
        by_seed.setdefault(row.seed, []).append(value)
    densities = [row.density for row in picked if row.density is not None]
    return Side(
        cell,
        values={seed: sum(found) / len(found) for seed, found in sorted(by_seed.items())},
        trials=tuple(row.trial for row in picked),
        statuses=Counter(row.status for row in picked),
        lost=tuple(sorted({row.seed for row in picked} - set(by_seed))),
        censored=sum(quantity.is_censored(row, best) for row, _ in known),
        runs=len(known),
        density=sum(densities) / len(densities) if densities else None,
    )


def trouble(picked: Sequence[Measurement], cell: Cell) -> str:
    """Say why rows are no cell: there are none, or two where one seed's draw should have one."""
    if not picked:
        return f"no row has {written(cell)}"
    seen: dict[tuple[int, int], Measurement] = {}
    for row in picked:
        other = seen.setdefault((row.seed, row.draw), row)
        if other is not row:
            return f"several kinds of rows have {written(cell)}: {contrast(other, row)}"
    return ""


def contrast(one: Measurement, other: Measurement) -> str:
    """Name the first column in which two rows differ, and both values."""
    for name in TELLING:
        values = getattr(one, name), getattr(other, name)
        if values[0] != values[1]:
            return f"{name} is {values[0]!r} or {values[1]!r}"
    return "their settings differ"
