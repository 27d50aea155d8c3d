from typing import Literal

from prunebench.api import Granularity, Method, Scores, Subject, hookimpl, setting


class Magnitude(Method):
    """Remove the weights nearest zero, in one shot (Han et al. 2015, section 3)."""

    name = "magnitude"
    paper = "Han et al. 2015, Learning both Weights and Connections, section 3"
    granularity = Granularity.WEIGHT
    control_for = frozenset({"weight"})

    scope: Literal["layer", "global"] = setting("layer", "rank within each layer or all together")
    min_keep: int = setting(0, "weights of each layer that always stay")

    def score(self, subject: Subject) -> Scores:
        return {name: weight.abs() for name, weight in subject.weights.items()}


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [Magnitude]
