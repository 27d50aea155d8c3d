from typing import Literal

from prunebench.api import Granularity, Method, Scores, Subject, hookimpl, setting
from prunebench_plugins.methods._gradients import check_samples, mean_gradients


class Gradient(Method):
    """Remove the weights without which the loss changes least, to first order: |w · dL/dw|.

    The first term of the Taylor series, here of the loss averaged over images; for units in Mozer
    & Smolensky 1989 and Molchanov et al. 2017, section 2.2. At a minimum of the training loss the
    mean gradient is zero and so are all scores: there the second term decides (see obd).
    """

    name = "gradient"
    paper = "Mozer & Smolensky 1989, Skeletonization; Molchanov et al. 2017, section 2.2"
    granularity = Granularity.WEIGHT
    shares_scores = True

    samples: int = setting(1000, "training images over which the gradient is averaged")
    scope: Literal["layer", "global"] = setting("global", "rank within each layer or all together")
    min_keep: int = setting(0, "weights of each layer that always stay")

    def __post_init__(self) -> None:
        check_samples(self.name, self.samples)

    def score(self, subject: Subject) -> Scores:
        gradients = mean_gradients(subject, self.samples)
        return {name: (weight * gradients[name]).abs() for name, weight in subject.weights.items()}


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [Gradient]
