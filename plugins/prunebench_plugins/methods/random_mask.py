from typing import Literal

import torch

from prunebench.api import Granularity, Method, Scores, Subject, hookimpl, setting


class RandomMask(Method):
    """Remove weights drawn at random: the control of every weight criterion.

    Gale et al. 2019 and Liu et al. 2022 show how strong a control it is. With scope=layer every
    layer has the density asked for; with scope=global it has so on average.
    """

    name = "random-mask"
    paper = "Gale et al. 2019, The State of Sparsity in Deep Neural Networks (the control)"
    granularity = Granularity.WEIGHT
    control_for = frozenset({"weight"})

    scope: Literal["layer", "global"] = setting("layer", "draw within each layer or from all")
    min_keep: int = setting(0, "weights of each layer that always stay")

    def score(self, subject: Subject) -> Scores:
        # Double precision, drawn on the CPU: no ties, and the same draw on every device.
        return {
            name: torch.rand(weight.shape, generator=subject.generator, dtype=torch.float64)
            for name, weight in subject.weights.items()
        }


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [RandomMask]
