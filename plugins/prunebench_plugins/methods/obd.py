from fractions import Fraction
from typing import Literal

from torch import nn

from prunebench.api import (
    Density,
    Granularity,
    Ladder,
    Layout,
    Method,
    PerLayer,
    Quota,
    Round,
    Scores,
    Subject,
    Target,
    exact,
    hookimpl,
    setting,
)
from prunebench.errors import IncompatibleError, SpecError
from prunebench_plugins.methods._chain_curvature import lecun_backprop, obstacle
from prunebench_plugins.methods._curvature import (
    Diagonal,
    empirical_fisher,
    gauss_newton,
    hutchinson,
    saliencies,
)

Curvature = Literal["gn_diag", "hutchinson", "empirical_fisher", "lecun_backprop"]


class Obd(Method):
    """Optimal brain damage: remove the weights whose loss would rise least to second order.

    LeCun, Denker & Solla 1990, section 2: the saliency of weight u is h u² / 2, with h the second
    derivative of the training objective by it; computed anew in every round.
    """

    name = "obd"
    paper = "LeCun, Denker & Solla 1990, Optimal Brain Damage, section 2"
    granularity = Granularity.WEIGHT
    shares_scores = True

    curvature: Curvature = setting(
        "gn_diag",
        "h: exact Gauss-Newton diagonal, random estimate of the Hessian's, squared gradients of "
        "single images, or the paper's own back-propagation (chains of layers only)",
    )
    samples: int = setting(1000, "training images that the curvature is averaged over")
    chunk: int = setting(50, "images whose gradients are held in memory at once")
    draws: int = setting(32, "random vectors per chunk of images, for curvature=hutchinson")
    rounds: int = setting(2, "number of rounds to the target at equal rates; 0 = use rate")
    rate: float = setting(0.2, "fraction of the survivors that each full round removes")
    between: Literal["finetune", "rewind", "nothing"] = setting(
        "finetune", "what happens between rounds"
    )
    scope: Literal["layer", "global"] = setting("global", "rank within each layer or all together")
    min_keep: int = setting(0, "weights of each layer that always stay")

    def score(self, subject: Subject) -> Scores:
        self.check()
        return saliencies(subject.weights, self.diagonal(subject))

    def diagonal(self, subject: Subject) -> Diagonal:
        """Compute h for every weight in the way that was asked for."""
        match self.curvature:
            case "gn_diag":
                return gauss_newton(subject, self.samples, self.chunk)
            case "empirical_fisher":
                return empirical_fisher(subject, self.samples, self.chunk)
            case "hutchinson":
                estimate = hutchinson(subject, self.samples, self.chunk, self.draws)
                # Below zero stands noise, mostly of large weights: they must not go first.
                return {name: found.abs() for name, found in estimate.items()}
            case "lecun_backprop":
                return lecun_backprop(subject, self.samples, self.chunk)

    def refuses(self, network: nn.Module) -> str:
        return obstacle(network) if self.curvature == "lecun_backprop" else ""

    def schedule(self, layout: Layout, target: Target) -> tuple[Round, ...]:
        if not isinstance(target, Density) or target.of == "macs":
            msg = "obd takes densities of parameters; use --density-of params."
            raise IncompatibleError(msg)
        self.check()
        sizes = {layer.name: layer.size for layer in layout.prunable}
        start = Ladder.start(sizes, dict.fromkeys(sizes, Fraction(1)))
        rungs = [start.prune_to(density) for density in self.densities(exact(target.value))]
        return tuple(Round(self.quota(rung), after=self.between) for rung in rungs)

    def check(self) -> None:
        """Refuse settings that cannot be carried out."""
        for name in ("samples", "chunk", "draws"):
            if getattr(self, name) < 1:
                msg = f"obd: {name} must be at least 1, got {getattr(self, name)}."
                raise SpecError(msg)
        if self.rounds < 0:
            msg = f"obd: rounds must lie at 0 or above, got {self.rounds}."
            raise SpecError(msg)
        if not 0 < self.rate < 1:
            msg = f"obd: rate must lie in (0, 1), got {self.rate}."
            raise SpecError(msg)

    def densities(self, target: Fraction) -> list[Fraction]:
        """List what is kept after each round; the last is the target itself."""
        if target == 1:
            return [target]
        if self.rounds:
            steps = [exact(float(target) ** (k / self.rounds)) for k in range(1, self.rounds)]
            return [*steps, target]
        found = []
        kept = 1 - exact(self.rate)
        while kept > target:
            found.append(kept)
            kept *= 1 - exact(self.rate)
        return [*found, target]

    def quota(self, rung: Ladder) -> Quota:
        """Count what a rung keeps, by layer or over all of them."""
        if self.scope == "global":
            return rung.overall
        counts = rung.counts.counts.items()
        return PerLayer(
            {name: max(kept, min(self.floor, rung.sizes[name])) for name, kept in counts}
        )


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [Obd]
