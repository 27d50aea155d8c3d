from collections.abc import Mapping
from typing import ClassVar

from prunebench.api import ChannelGroup, Granularity, Method, Scores, Subject, hookimpl, setting
from prunebench_plugins.methods._filter_plans import PLANS


class L1Filter(Method):
    """Remove the filters with the smallest sum of absolute weights (Li et al. 2017, section 3)."""

    name = "l1filter"
    paper = "Li et al. 2017, Pruning Filters for Efficient ConvNets, sections 3.1 and 4"
    granularity = Granularity.CHANNEL
    control_for = frozenset({"channel"})
    plans: ClassVar[Mapping[str, Mapping[str, int]]] = PLANS

    plan: str = setting("", "a published recipe instead of densities, such as resnet56-b")
    coupled: bool = setting(False, "also cut residual streams, scored by the shortcut convolution")
    min_keep: int = setting(1, "channels of each group that always stay")

    def applies_to(self, group: ChannelGroup) -> bool:
        return group.kind == "channel" and (self.coupled or not group.coupled)

    def score(self, subject: Subject) -> Scores:
        return {
            name: group.filters[0].abs().flatten(1).sum(1) for name, group in subject.groups.items()
        }


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [L1Filter]
