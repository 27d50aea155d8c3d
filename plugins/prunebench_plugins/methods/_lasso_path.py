"""LASSO over channels with an exact number of survivors (He et al. 2017, section 3.1, step i)."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from prunebench_plugins.methods._contributions import Contributions

Floats = NDArray[np.float64]

HALVINGS = 60
"""Of the bracket around the penalty, at most."""
NEGLIGIBLE = 1e-9
"""Width of the bracket, relative to the penalty that removes everything, that is not halved."""
EQUAL = 1e-12
"""Squared relative distance below which two columns are the same: float32's digits."""
SWEEPS = 1000
"""Sweeps of coordinate descent at one penalty, at most."""
TOLERANCE = 1e-8
"""Duality gap at which coordinate descent stops, relative to y · y."""


@dataclass(frozen=True)
class Regression:
    """Minimise |y - Z b|² / (2 N) + penalty · |b|₁, known by its inner products.

    Parameters
    ----------
    products
        Inner products of (Z, y), divided by the number of rows N; centred where there is an
        intercept; (channels + 1, channels + 1).
    """

    products: Floats

    @classmethod
    def of(cls, seen: Contributions, alive: Tensor, *, intercept: bool) -> "Regression":
        """Set up the regression of the response on the living channels' contributions."""
        size = len(seen.gram)
        products, sums = np.empty((size + 1, size + 1)), np.empty(size + 1)
        products[:size, :size] = seen.gram.numpy()
        products[size, :size] = products[:size, size] = seen.target.numpy()
        products[size, size] = seen.target_square
        sums[:size], sums[size] = seen.sums.numpy(), seen.target_sum
        rows = max(seen.rows, 1)  # a group that no layer reads has none
        if intercept:
            products = products - np.outer(sums, sums) / rows
        places = np.append(np.flatnonzero(alive.numpy()), size)
        return cls(products[np.ix_(places, places)] / rows)

    @property
    def peak(self) -> float:
        """The smallest penalty at which no channel is left: max |z · y| / N."""
        return float(np.abs(self.products[:-1, -1]).max(initial=0.0))

    def importance(self, count: int) -> Floats:
        """Rank channels so that exactly `count` of them have a positive value, |b| · |z| for most.

        Where no penalty keeps exactly so many, the solution of the largest penalty that keeps more
        is cut down, largest |b| · |z| first; where even the least penalty keeps fewer, channels
        without a coefficient fill up. Among equals the lower index stays.

        Parameters
        ----------
        count
            Channels to keep.

        Returns
        -------
        array
            (channels,); 0 for channels that are to go.
        """
        if count >= len(self.products) - 1:
            return np.ones(len(self.products) - 1)
        lengths = np.sqrt(self.products.diagonal()[:-1].clip(0))
        parts: Floats = np.abs(self.coefficients_for(count)) * lengths
        kept = np.argsort(-parts, kind="stable")[:count]
        ranked = np.zeros_like(parts)
        ranked[kept] = np.maximum(parts[kept], np.finfo(float).tiny)
        return ranked

    @property
    def distinct(self) -> NDArray[np.bool_]:
        """Channels that equal no earlier one up to sign, (channels,).

        Among equal ones LASSO is free to share a coefficient out, and would keep them all.
        """
        gram = self.products[:-1, :-1]
        both = np.add.outer(gram.diagonal(), gram.diagonal())  # |z|² + |z'|² - 2 |z · z'| = 0
        repeats = both - 2 * np.abs(gram) <= EQUAL * both
        first: NDArray[np.bool_] = ~np.tril(repeats, -1).any(1)
        return first

    def coefficients_for(self, count: int) -> Floats:
        """Find the largest penalty that keeps `count` channels, by bisection from `peak`.

        Returns
        -------
        array
            (channels,); more than `count` are not zero where the number jumps, fewer where even
            the least penalty keeps fewer.
        """
        solver = Solver(self)
        low, high = 0.0, self.peak
        above, below = None, np.zeros(len(self.products) - 1)
        for _ in range(HALVINGS):
            if high - low <= NEGLIGIBLE * self.peak:
                break
            penalty = (low + high) / 2
            found = solver(penalty)
            if np.count_nonzero(found) == count:
                return found
            if np.count_nonzero(found) > count:
                low, above = penalty, found
            else:
                high, below = penalty, found
        return below if above is None else above


class Solver:
    """Coordinate descent in fixed order, each solution the start of the next.

    Parameters
    ----------
    regression
        The problem. scikit-learn wants rows: a square root of the inner products serves, since
        (channels + 1) rows with the same inner products have the same solutions.
    """

    def __init__(self, regression: Regression) -> None:
        from sklearn.exceptions import ConvergenceWarning  # takes most of a second
        from sklearn.linear_model import Lasso

        values, vectors = np.linalg.eigh(regression.products)
        root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
        self.distinct = regression.distinct
        self.columns = np.asfortranarray(root[:, :-1][:, self.distinct])
        self.response = root[:, -1].copy()
        self.lasso = Lasso(
            fit_intercept=False,
            warm_start=True,
            max_iter=SWEEPS,
            tol=TOLERANCE,
            selection="cyclic",
            random_state=0,  # drawn though nothing is shuffled, and from the global generator else
        )
        self.unfinished = ConvergenceWarning

    def __call__(self, penalty: float) -> Floats:
        """Give the coefficients at a penalty above 0, (channels,)."""
        # The root stands for products / N, and scikit-learn divides by its number of rows again.
        self.lasso.set_params(alpha=penalty / len(self.columns))
        with warnings.catch_warnings():
            # The count is met exactly whatever digits the last sweep leaves open.
            warnings.simplefilter("ignore", self.unfinished)
            self.lasso.fit(self.columns, self.response)
        coefficients = np.zeros(len(self.distinct))
        coefficients[self.distinct] = self.lasso.coef_
        return coefficients
