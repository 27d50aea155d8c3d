from collections.abc import Mapping
from typing import ClassVar

from prunebench.api import ChannelGroup, Granularity, Method, Scores, Subject, hookimpl, setting


def resnet_plan(blocks: int, kept: tuple[int, int, int], skip: set[int]) -> dict[str, int]:
    """Keep `kept[stage]` filters of each block's first convolution.

    `skip` holds the layer numbers that Li et al. leave whole; the stem is layer 1 and the first
    convolutions of the blocks are the even numbers (section 4.2).
    """
    widths = (16, 32, 64)
    numbered = enumerate((stage, block) for stage in range(3) for block in range(blocks))
    return {
        f"stage{stage + 1}.{block}.conv1": kept[stage]
        for position, (stage, block) in numbered
        if 2 + 2 * position not in skip and kept[stage] < widths[stage]
    }


class L1Filter(Method):
    """Remove the filters with the smallest sum of absolute weights (Li et al. 2017, section 3)."""

    name = "l1filter"
    paper = "Li et al. 2017, Pruning Filters for Efficient ConvNets, sections 3.1 and 4"
    granularity = Granularity.CHANNEL
    plans: ClassVar[Mapping[str, Mapping[str, int]]] = {
        "vgg16-a": {"conv1": 32} | {f"conv{number}": 256 for number in range(8, 14)},
        "resnet56-a": resnet_plan(9, (14, 28, 57), {16, 20, 38, 54}),
        "resnet56-b": resnet_plan(9, (6, 22, 57), {16, 18, 20, 34, 38, 54}),
        "resnet110-a": resnet_plan(18, (8, 32, 64), {36}),
        "resnet110-b": resnet_plan(18, (8, 19, 44), {36, 38, 74}),
    }

    plan: str = setting("", "a published recipe instead of densities, such as resnet56-b")
    coupled: bool = setting(False, "also cut residual streams, scored by the shortcut convolution")
    min_keep: int = setting(1, "channels of each group that always stay")

    def applies_to(self, group: ChannelGroup) -> bool:
        return self.coupled or not group.coupled

    def score(self, subject: Subject) -> Scores:
        return {
            name: group.filters[0].abs().flatten(1).sum(1) for name, group in subject.groups.items()
        }


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [L1Filter]
