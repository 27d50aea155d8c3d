from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from prunebench.api import (
    Granularity,
    Layout,
    Mask,
    Method,
    Round,
    Scores,
    Subject,
    Target,
    hookimpl,
    setting,
)
from prunebench_plugins.methods._contributions import (
    Sampling,
    columns,
    contributions,
    readers,
)
from prunebench_plugins.methods._least_squares import least_squares
from prunebench_plugins.methods._sequence import group_by_group, shrinking

VGG16 = {
    **dict.fromkeys(("features.0", "features.2"), 64),
    **dict.fromkeys(("features.5", "features.7"), 128),
    **dict.fromkeys(("features.10", "features.12", "features.14"), 256),
    **dict.fromkeys((f"features.{place}" for place in (17, 19, 21, 24, 26, 28)), 512),
    **dict.fromkeys(("classifier.0", "classifier.3"), 4096),
}
"""Widths of the 16-layer network, by torchvision's module names."""
VGG16_PRUNED = 10
"""conv1_1 to conv4_3: more than nine tenths of the multiply-adds (section 4.2)."""
RESNET50 = ((3, 64), (4, 128), (6, 256), (3, 512))
"""Bottlenecks and hidden width of each stage."""


def vgg16_conv() -> dict[str, int]:
    """Halve the first ten convolutions; the last three and the linear layers stay whole."""
    return {
        name: width // 2 if number < VGG16_PRUNED else width
        for number, (name, width) in enumerate(VGG16.items())
    }


def resnet50(percent: int) -> dict[str, int]:
    """Keep a share of the first two convolutions of each bottleneck, rounded down; all else."""
    return {"conv1": 64} | {
        f"layer{stage}.{block}.conv{conv}": width * percent // 100
        for stage, (blocks, width) in enumerate(RESNET50, start=1)
        for block in range(blocks)
        for conv in (1, 2)
    }


class ThiNet(Method):
    """Remove the channels whose contributions to the next layer sum to the least.

    Luo et al. 2017, section 3.2: greedily, and what stays is rescaled by least squares.
    """

    name = "thinet"
    paper = "Luo et al. 2017, ThiNet, sections 3.2 and 4"
    granularity = Granularity.CHANNEL
    plans: ClassVar[Mapping[str, Mapping[str, int]]] = {
        "vgg16-conv": vgg16_conv(),
        "resnet50-70": resnet50(70),
        "resnet50-50": resnet50(50),
        "resnet50-30": resnet50(30),
    }

    plan: str = setting("", "a published recipe instead of densities, such as resnet50-70")
    images: int = setting(1000, "training images whose responses are looked at")
    positions: int = setting(10, "output positions per image, drawn with replacement")
    reweight: bool = setting(True, "rescale the channels that stay by least squares")
    finetune_between: bool = setting(False, "fine-tune after every layer, not only at the end")
    min_keep: int = setting(1, "channels of each group that always stay")

    def __post_init__(self) -> None:
        Sampling(self.images, self.positions)  # refuses numbers that make no sense

    @property
    def sampling(self) -> Sampling:
        """Where responses are looked at."""
        return Sampling(self.images, self.positions)

    def schedule(self, layout: Layout, target: Target) -> tuple[Round, ...]:
        return group_by_group(layout, target, self.floor, finetune=self.finetune_between)

    def score(self, subject: Subject) -> Scores:
        scores = {name: torch.zeros(len(alive)) for name, alive in subject.alive.items()}
        for name in subject.active:
            seen = contributions(subject, subject.layout.group(name), self.sampling)
            scores[name] = removal_steps(seen.gram, subject.alive[name].cpu())
        return scores

    def reconstruct(self, subject: Subject, mask: Mask) -> Mapping[str, Tensor]:
        repaired: dict[str, Tensor] = {}
        if not self.reweight:
            return repaired
        for group in shrinking(subject, mask):
            seen = contributions(subject, group, self.sampling)
            weights = channel_weights(seen.gram, mask[group.name].cpu())
            for span in readers(subject, group):
                name = f"{span.module}.weight"
                dense = subject.model.get_parameter(name).detach()
                kernel = repaired.setdefault(name, dense.clone())
                part = columns(kernel, span, group.size)
                factors = weights.repeat_interleave(span.repeat).to(part)
                part.mul_(factors.view(1, -1, *[1] * (part.dim() - 2)))
        return repaired


def removal_steps(gram: Tensor, alive: Tensor) -> Tensor:
    """Remove one channel after another, always the one that keeps the removed sum smallest.

    Algorithm 1 of the paper minimises |Σ_T z_c|² over the removed set T, of which it grows one
    channel at a time; equal sums: the lower index.

    Parameters
    ----------
    gram
        z_c · z_d, (channels, channels), float64.
    alive
        Channels that are still there, (channels,).

    Returns
    -------
    Tensor
        The step at which each channel goes, from 1; 0 for those gone before. The first k steps
        are what the algorithm removes for any k.
    """
    steps = torch.zeros(len(gram), dtype=torch.float64)
    # |t + z|² = |t|² + 2 t·z + |z|², of which |t|² is the same for all candidates.
    cost = gram.diagonal().clone().masked_fill_(~alive, torch.inf)
    for step in range(1, int(alive.sum()) + 1):
        channel = int(cost.argmin())
        steps[channel] = step
        cost += 2 * gram[channel]
        cost[channel] = torch.inf
    return steps


def channel_weights(gram: Tensor, kept: Tensor) -> Tensor:
    """Give the factors w of the kept channels that minimise |y - Σ w_c z_c|² (equation 7).

    The solution nearest to 1 is taken, so that where channels can stand in for one another, and
    where nothing is removed, weights change no more than they must.

    Returns
    -------
    Tensor
        (channels,), float64; 1 for removed channels.
    """
    weights = torch.ones(len(gram), dtype=torch.float64)
    missing = gram[kept][:, ~kept].sum(1, keepdim=True)
    weights[kept] += least_squares(gram[kept][:, kept], missing).flatten()
    return weights


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [ThiNet]
