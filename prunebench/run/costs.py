"""How many seconds stages take, from what they ask of a machine and how fast it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from prunebench.run.workload import Work

STAGE_SECONDS = 0.02
"""What a stage takes whatever it does: a task read, a network built, a record written."""

HANDLING_SECONDS = 4e-8
"""Per weight of the network: read, written and hashed by a stage."""

SORTING_SECONDS = 1e-7
"""Per weight that a pruning scores and sorts."""

MACS_PER_SECOND = 2e10
"""What one core does of large kernels; only for networks that were not measured."""

STEP_SECONDS = 5e-4
"""What a training step takes beside its multiply-adds, likewise."""

PASSES = 3
"""A training step computes the network forward, and twice as much back."""

EXPONENT = 0.85
"""A cut network takes share ** EXPONENT of the dense one's time, share being of multiply-adds.

A VGG-16 with half its channels has 3.97 times fewer and is 2.8 to 3.8 times faster.
"""


@dataclass(frozen=True)
class Rates:
    """How fast a machine is, as far as it was measured.

    Parameters
    ----------
    step
        Seconds of a training step with the dense network, by name of the training.
    image
        Seconds per image passed forward, by name of the dense network.
    exponent
        By name of the training: see `EXPONENT`.
    factor
        Measured seconds over those of constants; what was not measured is scaled by it.
    """

    step: Mapping[str, float] = field(default_factory=dict)
    image: Mapping[str, float] = field(default_factory=dict)
    exponent: Mapping[str, float] = field(default_factory=dict)
    factor: float = 1.0

    def slower(self, times: float) -> "Rates":
        """Give the rates of a machine on which everything takes so many times longer."""
        return Rates(
            {name: times * seconds for name, seconds in self.step.items()},
            {name: times * seconds for name, seconds in self.image.items()},
            self.exponent,
            times * self.factor,
        )

    def step_seconds(self, work: Work) -> float:
        """Give the seconds of one training step."""
        known = self.step.get(work.training)
        whole = self.factor * usual_step(work) if known is None else known
        return whole * self.shrinkage(work)

    def image_seconds(self, work: Work) -> float:
        """Give the seconds that an image passed forward takes."""
        known = self.image.get(work.network)
        whole = self.factor * usual_image(work) if known is None else known
        return whole * self.shrinkage(work)

    def shrinkage(self, work: Work) -> float:
        """Give the time of a cut network over that of the dense one."""
        return float(work.share ** self.exponent.get(work.training, EXPONENT))

    def seconds(self, work: Work) -> float:
        """Give the seconds of a stage."""
        handled = HANDLING_SECONDS * work.params + SORTING_SECONDS * work.sorted
        trained = work.steps * self.step_seconds(work) if work.steps else 0.0
        looked = work.images * self.image_seconds(work) if work.images else 0.0
        return STAGE_SECONDS + handled + trained + looked


def usual_step(work: Work) -> float:
    """Give the seconds of a training step by constants."""
    return STEP_SECONDS + PASSES * work.macs * work.batch / MACS_PER_SECOND


def usual_image(work: Work) -> float:
    """Give the seconds of an image passed forward by constants."""
    return work.macs / MACS_PER_SECOND


def measured(
    works: Iterable[Work],
    step: Mapping[str, float],
    image: Mapping[str, float],
    exponent: Mapping[str, float],
) -> Rates:
    """Make rates of measurements; the rest is scaled by the median of what they say of constants.

    Parameters
    ----------
    works
        One of every training that was measured.
    step, image, exponent
        As in `Rates`.
    """
    factors = [step[w.training] / usual_step(w) for w in works if w.training in step]
    return Rates(step, image, exponent, median(factors) if factors else 1.0)
