"""Cells of a data frame of results, each method's seeds in each: grouped once, looked up often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TypeAlias

import pandas as pd

from prunebench.errors import SpecError

MEASURED = ("ok", "collapsed")
"""States of a trial that has a number; leaving the collapsed out would select on the outcome."""

CELL = ("dataset", "model", "recipe", "protocol", "target")
"""Coordinates that compared rows share."""

ROUNDING = 1e-12
"""Relative to the two sides: what averaging draws adds to a difference that is none."""

Seeds: TypeAlias = Mapping[int, float | None]
"""The number of every seed that was tried, draws averaged; None where no draw has a number."""

Cells: TypeAlias = dict[tuple[str, ...], dict[str, Seeds]]
"""The seeds of every method in every cell, both in the order of the frame."""


@dataclass(frozen=True)
class Differences:
    """Differences x - y by seed.

    Parameters
    ----------
    by_seed
        One for every seed that both sides measured, in order.
    lost
        Seeds that a side tried and that are not in `by_seed`.
    """

    by_seed: Mapping[int, float]
    lost: tuple[int, ...]


def cells_of(frame: pd.DataFrame, column: str, by: Sequence[str] = CELL) -> Cells:
    """Take a frame apart by cell, method and seed.

    Parameters
    ----------
    frame
        Results as `load_results` gives them.
    column
        The number that is averaged over draws.
    by
        Columns that make a cell.

    Raises
    ------
    SpecError
        If a method has a draw of a seed twice in one cell.
    """
    place = [*by, "method", "seed"]
    refuse_twice(frame, place)
    known = frame["status"].isin(MEASURED) & frame[column].notna()
    values = frame[column].astype("float64").where(known)
    coordinates = [frame[name] for name in place]
    means = values.groupby(coordinates, sort=False, dropna=False).mean()
    found: dict[tuple[str, ...], dict[str, dict[int, float | None]]] = {}
    for (*cell, method, seed), mean in zip(means.index, means.to_list(), strict=True):
        seeds = found.setdefault(tuple(map(str, cell)), {}).setdefault(method, {})
        seeds[int(seed)] = None if isnan(mean) else mean
    return {cell: dict(methods) for cell, methods in found.items()}


def refuse_twice(frame: pd.DataFrame, place: Sequence[str]) -> None:
    """Refuse a frame in which two rows are one draw.

    Raises
    ------
    SpecError
        If there are such rows.
    """
    twice = frame[frame.duplicated([*place, "draw"])]
    if len(twice):
        seed, draw = twice.iloc[0][["seed", "draw"]]
        msg = (
            f"the rows hold several trials of seed {seed}, draw {draw}; "
            "select those of one cell (one method, protocol, target, recipe)."
        )
        raise SpecError(msg)


def differences(x: Seeds, y: Seeds) -> Differences:
    """Subtract y from x seed by seed."""
    found = {
        seed: apart(one, other)
        for seed in sorted(x)
        if (one := x[seed]) is not None and (other := y.get(seed)) is not None
    }
    return Differences(found, tuple(sorted({*x, *y} - set(found))))


def apart(x: float, y: float) -> float:
    """Subtract y from x; what averaging left of no difference is 0."""
    found = x - y
    return found if abs(found) > ROUNDING * max(abs(x), abs(y)) else 0.0
