from collections.abc import Mapping
from typing import ClassVar

from prunebench.api import ChannelGroup, Granularity, Method, Scores, Subject, hookimpl, setting
from prunebench_plugins.methods._filter_plans import PLANS


class L2Filter(Method):
    """Remove the filters with the smallest Euclidean norm (Li et al. 2017, appendix)."""

    name = "l2filter"
    paper = "Li et al. 2017, Pruning Filters for Efficient ConvNets, appendix on the l2-norm"
    granularity = Granularity.CHANNEL
    plans: ClassVar[Mapping[str, Mapping[str, int]]] = PLANS

    plan: str = setting("", "a recipe of Li et al. instead of densities, such as resnet56-b")
    coupled: bool = setting(False, "also cut residual streams, scored by the shortcut convolution")
    min_keep: int = setting(1, "channels of each group that always stay")

    def applies_to(self, group: ChannelGroup) -> bool:
        return group.kind == "channel" and (self.coupled or not group.coupled)

    def score(self, subject: Subject) -> Scores:
        return {
            name: group.filters[0].flatten(1).norm(dim=1) for name, group in subject.groups.items()
        }


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [L2Filter]
