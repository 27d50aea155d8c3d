from fractions import Fraction
from itertools import accumulate
from typing import Literal

from prunebench.api import (
    Density,
    Granularity,
    Ladder,
    Layer,
    Layout,
    Method,
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


class MagnitudeIterative(Method):
    """Remove the weights nearest zero, a little at a time.

    Frankle & Carbin 2019, section 2: train, remove a fraction of the survivors, return them to
    their early weights, train again. ``between=finetune`` gives Han et al. 2015 instead.
    """

    name = "magnitude-iterative"
    paper = "Frankle & Carbin 2019, The Lottery Ticket Hypothesis, section 2"
    granularity = Granularity.WEIGHT

    rate: float = setting(0.2, "fraction of the survivors that each full round removes")
    rounds: int = setting(0, "number of rounds to the target at equal rates; 0 = use rate")
    between: Literal["rewind", "finetune", "nothing"] = setting(
        "rewind", "what happens between rounds"
    )
    half_output: bool = setting(False, "prune the output layer at half the rate")
    conv_rate: float = setting(0.0, "rate of convolutions where it differs; 0 = rate")
    output_rate: float = setting(0.0, "rate of the output layer where it differs; 0 = rate")
    snap: float = setting(
        0.0005, "a rung of the ladder this near to the target counts as it, within 5 % of it"
    )
    scope: Literal["layer", "global"] = setting("layer", "rank within each layer or all together")
    min_keep: int = setting(0, "weights of each layer that always stay")

    def score(self, subject: Subject) -> Scores:
        return {name: weight.abs() for name, weight in subject.weights.items()}

    def schedule(self, layout: Layout, target: Target) -> tuple[Round, ...]:
        if not isinstance(target, Density) or target.of == "macs":
            msg = "magnitude-iterative takes densities of parameters; use --density-of params."
            raise IncompatibleError(msg)
        rungs = self.climb(self.ladder(layout), exact(target.value))
        return tuple(Round(self.quota(rung), after=self.between) for rung in rungs)

    def ladder(self, layout: Layout) -> Ladder:
        """Set the layers' relative rates; the full rate is 1."""
        self.check()
        weights = {layer.name: self.relative_rate(layer) for layer in layout.prunable}
        return Ladder.start({layer.name: layer.size for layer in layout.prunable}, weights)

    def relative_rate(self, layer: Layer) -> Fraction:
        """Give a layer's rate as a multiple of the full one."""
        if layer.output and self.output_rate:
            return exact(self.output_rate) / exact(self.rate)
        conv = self.conv_rate if layer.kind == "conv" and self.conv_rate else self.rate
        return exact(conv) / exact(self.rate) / (2 if layer.output and self.half_output else 1)

    def check(self) -> None:
        """Refuse settings from which no ladder can be built."""
        for name, allowed, text in (
            ("rate", 0 < self.rate < 1, "in (0, 1)"),
            ("conv_rate", 0 <= self.conv_rate < 1, "in [0, 1)"),
            ("output_rate", 0 <= self.output_rate < 1, "in [0, 1)"),
            ("rounds", self.rounds >= 0, "at 0 or above"),
            ("snap", self.snap >= 0, "at 0 or above"),
        ):
            if not allowed:
                msg = f"magnitude-iterative: {name} must lie {text}, got {getattr(self, name)}."
                raise SpecError(msg)
        own = self.half_output or self.conv_rate or self.output_rate
        if self.scope == "global" and own:
            msg = "magnitude-iterative: half_output, conv_rate and output_rate need scope=layer."
            raise SpecError(msg)
        if self.half_output and self.output_rate:
            msg = "magnitude-iterative: half_output and output_rate say the same; give one of them."
            raise SpecError(msg)

    def climb(self, ladder: Ladder, density: Fraction) -> list[Ladder]:
        """List the rungs down to a density: full rounds, then one exact round if it is off them."""
        if density == 1:
            return [ladder]
        if self.rounds:
            steps = [exact(float(density) ** (k / self.rounds)) for k in range(1, self.rounds)]
            return list(accumulate([*steps, density], Ladder.prune_to, initial=ladder))[1:]
        tolerance = min(exact(self.snap), density / 20)
        rungs = []
        while ladder.density - density > tolerance:
            following = ladder.prune(exact(self.rate))
            on_ladder = following.density >= density - tolerance
            ladder = following if on_ladder else ladder.prune_to(density)
            rungs.append(ladder)
            if not on_ladder:
                break
        return rungs or [ladder]

    def quota(self, rung: Ladder) -> Quota:
        """Count what a rung keeps, by layer or over all of them."""
        return rung.counts if self.scope == "layer" else rung.overall


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [MagnitudeIterative]
