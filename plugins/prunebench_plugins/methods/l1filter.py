from collections.abc import Mapping
from typing import ClassVar

from prunebench.api import ChannelGroup, Granularity, Method, Scores, Subject, hookimpl, setting


def resnet_plan(blocks: int, kept: tuple[int, int, int], skip: set[int]) -> dict[str, int]:
    """Keep `kept[stage]` filters of each block's first convolution, all of those in `skip`.

    `skip` holds layer numbers: the stem is layer 1, and the first convolutions of the blocks are
    the even numbers (section 4.2).
    """
    widths = (16, 32, 64)
    numbered = enumerate((stage, block) for stage in range(3) for block in range(blocks))
    return {
        f"stage{stage + 1}.{block}.conv1": (widths if 2 + 2 * position in skip else kept)[stage]
        for position, (stage, block) in numbered
    }


def vgg16_a() -> dict[str, int]:
    """Halve the first convolution and the last six (section 4.1); the hidden linear layer stays."""
    widths = (32, 64, 128, 128, 256, 256, 256, *[256] * 6)
    return {f"conv{number}": width for number, width in enumerate(widths, start=1)} | {"fc1": 512}


class L1Filter(Method):
    """Remove the filters with the smallest sum of absolute weights (Li et al. 2017, section 3)."""

    name = "l1filter"
    paper = "Li et al. 2017, Pruning Filters for Efficient ConvNets, sections 3.1 and 4"
    granularity = Granularity.CHANNEL
    plans: ClassVar[Mapping[str, Mapping[str, int]]] = {
        "vgg16-a": vgg16_a(),
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
