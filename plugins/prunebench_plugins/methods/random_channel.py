from collections.abc import Mapping
from typing import ClassVar

import torch

from prunebench.api import ChannelGroup, Granularity, Method, Scores, Subject, hookimpl, setting
from prunebench_plugins.methods._filter_plans import PLANS


class RandomChannel(Method):
    """Remove channels drawn at random: the control of every channel criterion.

    Li et al. 2017, section 4.4, compare their norm with it on the same widths, so it has the same
    plans.
    """

    name = "random-channel"
    paper = "Li et al. 2017, Pruning Filters for Efficient ConvNets, section 4.4 (the control)"
    granularity = Granularity.CHANNEL
    control_for = frozenset({"channel", "selection", "block"})
    plans: ClassVar[Mapping[str, Mapping[str, int]]] = PLANS

    plan: str = setting("", "a recipe of Li et al. instead of densities, such as resnet56-b")
    coupled: bool = setting(False, "also cut residual streams")
    min_keep: int = setting(1, "channels of each group that always stay")

    def applies_to(self, group: ChannelGroup) -> bool:
        return group.kind == "channel" and (self.coupled or not group.coupled)

    def score(self, subject: Subject) -> Scores:
        # Double precision, drawn on the CPU: no ties, and the same draw on every device.
        return {
            group.name: torch.rand(group.size, generator=subject.generator, dtype=torch.float64)
            for group in subject.layout.groups
        }


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [RandomChannel]
