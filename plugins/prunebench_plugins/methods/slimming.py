from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from prunebench.api import (
    ChannelGroup,
    Density,
    Granularity,
    Method,
    Regularizer,
    Scores,
    Subject,
    hookimpl,
    setting,
)
from prunebench.errors import SpecError


class ScaleSparsity(Regularizer):
    """L1 norm of the batch norm scales in play (Liu et al. 2017, equation 1).

    Its gradient is the subgradient strength · sign(scale), zero at zero.
    """

    strength: float = 1e-4

    def penalty(self, network: nn.Module, groups: Sequence[ChannelGroup]) -> Tensor:
        return self.strength * torch.stack([s.abs().sum() for s in scales(network, groups)]).sum()


def scales(network: nn.Module, groups: Sequence[ChannelGroup]) -> Iterator[Tensor]:
    """Walk over the batch norm scales of channel groups, each channel once."""
    for group in groups:
        for span in dict.fromkeys(group.norms):
            start = span.offset * span.repeat
            weight = network.get_parameter(f"{span.module}.weight")
            yield weight[start : start + group.size * span.repeat]


class Slimming(Method):
    """Remove the channels with the smallest batch norm scales, trained under an L1 penalty.

    One threshold for the whole network, so it decides how wide each layer is (Liu et al. 2017).
    """

    name = "slimming"
    paper = "Liu et al. 2017, Learning Efficient Convolutional Networks, section 3"
    granularity = Granularity.CHANNEL
    needs: ClassVar[frozenset[str]] = frozenset({"batchnorm"})
    scope = "global"
    plans: ClassVar[Mapping[str, Mapping[str, int] | Density]] = {
        "vgg19-cifar10": Density(0.3, of="units"),
        "vgg19-cifar100": Density(0.5, of="units"),
        "vgg11-imagenet": Density(0.5, of="units"),
        "preresnet164-40": Density(0.6, of="units"),
        "preresnet164-60": Density(0.4, of="units"),
        "densenet40-40": Density(0.6, of="units"),
        "densenet40-60": Density(0.4, of="units"),
    }

    strength: float = setting(
        1e-4, "weight of the L1 penalty in the dense training; 0 shares the plain dense network"
    )
    plan: str = setting("", "a published share of channels instead of densities, vgg19-cifar10")
    min_keep: int = setting(1, "channels of each group that always stay")

    def applies_to(self, group: ChannelGroup) -> bool:
        if group.coupled or group.joined:
            return False
        return group.kind in ("channel", "selection")

    def regularizer(self) -> ScaleSparsity | None:
        if self.strength < 0.0:
            msg = f"{self.name}[strength] must be at least 0, got {self.strength}; try 1e-4."
            raise SpecError(msg)
        return ScaleSparsity(self.strength) if self.strength else None

    def score(self, subject: Subject) -> Scores:
        return {name: mean_scale(view.scale) for name, view in subject.groups.items()}


def mean_scale(scale: Tensor | None) -> Tensor:
    """Give each unit's absolute scale; a unit of several channels has their mean.

    Parameters
    ----------
    scale
        (channels,), or (channels, width) where a unit is a whole block of channels.
    """
    assert scale is not None  # planning refuses groups without batch norm
    return scale.abs().reshape(len(scale), -1).mean(1)


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [Slimming]
