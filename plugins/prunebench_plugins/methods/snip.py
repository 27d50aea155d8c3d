from typing import Literal

from prunebench.api import Granularity, Method, Scores, Subject, hookimpl, setting
from prunebench_plugins.methods._gradients import check_samples, mean_gradients


class Snip(Method):
    """Before training, remove the connections that matter least to the loss.

    Lee et al. 2019, section 4: each weight w is given a switch c = 1, and its score is
    |dL/dc| = |w · dL/dw| at the initial weights. They divide by the sum of all scores, which
    changes no order and is left out.
    """

    name = "snip"
    paper = "Lee et al. 2019, SNIP: Single-shot Network Pruning, section 4"
    granularity = Granularity.WEIGHT
    scores_at = "init"
    shares_scores = True

    samples: int = setting(128, "training images of the one batch that decides")
    scope: Literal["layer", "global"] = setting("global", "rank within each layer or all together")
    min_keep: int = setting(0, "weights of each layer that always stay")

    def __post_init__(self) -> None:
        check_samples(self.name, self.samples)

    def score(self, subject: Subject) -> Scores:
        gradients = mean_gradients(subject, self.samples)
        return {name: (weight * gradients[name]).abs() for name, weight in subject.weights.items()}


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [Snip]
