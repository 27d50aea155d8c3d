"""Densities over rounds: fixed rates, relative rates per layer, and one last exact round."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from prunebench.core.quota import GUARD, Overall, PerLayer
from prunebench.errors import IncompatibleError


@dataclass(frozen=True)
class Ladder:
    """Kept fractions per layer after some rounds, exact.

    Parameters
    ----------
    sizes
        Weights per layer.
    weights
        Relative rate per layer: 1 for the full rate, 1/2 for the output layer at half rate.
    kept
        Kept fraction per layer so far.
    """

    sizes: Mapping[str, int]
    weights: Mapping[str, Fraction]
    kept: Mapping[str, Fraction]

    @classmethod
    def start(cls, sizes: Mapping[str, int], weights: Mapping[str, Fraction]) -> "Ladder":
        """Begin with everything kept.

        Raises
        ------
        IncompatibleError
            If there is no layer.
        """
        if not sizes:
            msg = "the model has no prunable weights; choose a recipe whose prunable set has some."
            raise IncompatibleError(msg)
        return cls(sizes, weights, dict.fromkeys(sizes, Fraction(1)))

    @property
    def density(self) -> Fraction:
        """Kept fraction over all layers."""
        alive = sum((self.kept[name] * size for name, size in self.sizes.items()), Fraction())
        return alive / sum(self.sizes.values())

    @property
    def counts(self) -> PerLayer:
        """Kept weights per layer: removal is floored on the original size, cumulatively."""
        return PerLayer(
            {
                name: size - floor((1 - self.kept[name]) * size + GUARD)
                for name, size in self.sizes.items()
            }
        )

    @property
    def overall(self) -> Overall:
        """Kept weights of all layers together."""
        total = sum(self.sizes.values())
        return Overall(total - floor((1 - self.density) * total + GUARD))

    def prune(self, rate: Fraction) -> "Ladder":
        """Remove a fraction of the survivors: `rate` times the layer's relative rate."""
        kept = {
            name: fraction * max(Fraction(), 1 - rate * self.weights[name])
            for name, fraction in self.kept.items()
        }
        return Ladder(self.sizes, self.weights, kept)

    def prune_to(self, density: Fraction) -> "Ladder":
        """Remove at the one rate that leaves `density` over all layers.

        Where a layer runs empty before that, the others give the rest.
        """
        low, high = Fraction(), 1 / min(self.weights.values())
        alive = {name: self.kept[name] * size for name, size in self.sizes.items()}
        slope = sum((alive[name] * self.weights[name] for name in alive), Fraction())
        surplus = sum(alive.values(), Fraction()) - density * sum(self.sizes.values())
        rate = surplus / slope
        if rate * max(self.weights.values()) <= 1:
            return self.prune(rate)
        for _ in range(60):  # a layer ran empty: the relation is no longer linear
            middle = (low + high) / 2
            low, high = (low, middle) if self.prune(middle).density < density else (middle, high)
        return self.prune(low)


def exact(value: float) -> Fraction:
    """Read a float as the decimal number a person typed.

    >>> exact(0.2)
    Fraction(1, 5)
    """
    return Fraction(repr(float(value)))
