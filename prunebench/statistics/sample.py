"""Values of one sample, checked, and their spread."""

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from prunebench.errors import SpecError

Values: TypeAlias = NDArray[np.float64]
"""One number per seed."""

ROUNDING = 1e-9
"""Smaller than any real difference between two seeds, relative to the values; larger than what
floating point adds to differences of accuracies (about 1e-12)."""


def finite(values: Iterable[float]) -> Values:
    """Give the values as an array.

    Raises
    ------
    SpecError
        If one of them is not a finite number.
    """
    found = np.fromiter(values, dtype=np.float64)
    if not np.isfinite(found).all():
        wrong = found[~np.isfinite(found)][0]
        msg = f"a sample holds finite numbers, got {wrong}; leave out what was not measured."
        raise SpecError(msg)
    return found


def deviation(values: Values) -> float | None:
    """Give the sample standard deviation (n - 1 below the line); None for fewer than two values.

    Values that agree up to rounding have none at all: 0.3 - 0.2 and 0.2 - 0.1 are one difference.
    """
    if len(values) < 2:
        return None
    found = float(np.std(values, ddof=1))
    return found if found > ROUNDING * float(np.abs(values).max()) else 0.0
