"""The published widths of Li et al. 2017, shared by the criteria that are compared on them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class BasicBlocks:
    """How a residual network of basic blocks is built and its blocks are named.

    Parameters
    ----------
    prefix
        Of a stage's module name, which goes on with its number from 1.
    blocks, widths
        Blocks and channels per stage.
    """

    prefix: str
    blocks: tuple[int, ...]
    widths: tuple[int, ...]

    def plan(self, percent: tuple[int, ...], skip: set[int]) -> dict[str, int]:
        """Remove a share of the filters of each block's first convolution (section 4.2).

        Parameters
        ----------
        percent
            Removed filters per stage, in percent. What stays is rounded down, int(C · (1 − p)), as
            in the code of Liu et al. 2019.
        skip
            Numbers of the layers that stay whole: the stem is layer 1, and the blocks' first
            convolutions are the even numbers.
        """
        kept: dict[str, int] = {}
        number = 0
        for stage, (blocks, width) in enumerate(zip(self.blocks, self.widths, strict=True)):
            for block in range(blocks):
                number += 2
                share = 100 if number in skip else 100 - percent[stage]
                kept[f"{self.prefix}{stage + 1}.{block}.conv1"] = width * share // 100
        return kept


def vgg16_a() -> dict[str, int]:
    """Halve the first convolution and the last six (section 4.1); the hidden linear layer stays."""
    widths = (32, 64, 128, 128, 256, 256, 256, *[256] * 6)
    return {f"conv{number}": width for number, width in enumerate(widths, start=1)} | {"fc1": 512}


RESNET56 = BasicBlocks("stage", (9, 9, 9), (16, 32, 64))
RESNET110 = BasicBlocks("stage", (18, 18, 18), (16, 32, 64))
RESNET34 = BasicBlocks("layer", (3, 4, 6, 3), (64, 128, 256, 512))  # as torchvision names it
RESNET34_SKIP = {2, 8, 14, 16, 26, 28, 30, 32}

PLANS: Mapping[str, Mapping[str, int]] = {
    "vgg16-a": vgg16_a(),
    "resnet56-a": RESNET56.plan((10, 10, 10), {16, 20, 38, 54}),
    "resnet56-b": RESNET56.plan((60, 30, 10), {16, 18, 20, 34, 38, 54}),
    "resnet110-a": RESNET110.plan((50, 0, 0), {36}),
    "resnet110-b": RESNET110.plan((50, 40, 30), {36, 38, 74}),
    "resnet34-a": RESNET34.plan((30, 30, 30, 0), RESNET34_SKIP),
    "resnet34-b": RESNET34.plan((50, 60, 40, 0), RESNET34_SKIP),
}
