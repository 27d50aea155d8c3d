from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from prunebench.api import (
    ChannelGroup,
    Granularity,
    Layout,
    Mask,
    Method,
    Round,
    Scores,
    Span,
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
from prunebench_plugins.methods._lasso_path import Regression
from prunebench_plugins.methods._refit import refit
from prunebench_plugins.methods._sequence import group_by_group, quota, shrinking

VGG16_5X = (24, 22, 41, 51, 108, 89, 111, 184, 276, 228, 512, 512, 512)
"""Widths of the released 5x network, as Liu et al. 2019 train it from scratch."""
VGG16_CONVOLUTIONS = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
"""Where torchvision's 16-layer network has its convolutions."""


def vgg16_5x() -> dict[str, int]:
    """Keep the published widths; the linear layers stay whole."""
    places = zip(VGG16_CONVOLUTIONS, VGG16_5X, strict=True)
    kept = {f"features.{place}": width for place, width in places}
    return kept | {"classifier.0": 4096, "classifier.3": 4096}


class Lasso(Method):
    """Choose channels by LASSO on the next layer's response, then refit that layer.

    He et al. 2017, section 3.1: the response is that of the network before any pruning, so that
    later layers make up for the errors of earlier ones.
    """

    name = "lasso"
    paper = "He et al. 2017, Channel Pruning for Accelerating Very Deep Neural Networks, section 3"
    granularity = Granularity.CHANNEL
    plans: ClassVar[Mapping[str, Mapping[str, int]]] = {"vgg16-5x": vgg16_5x()}

    plan: str = setting("", "a published recipe instead of densities, such as vgg16-5x")
    images: int = setting(5000, "training images whose responses are looked at")
    positions: int = setting(10, "output positions per image, drawn with replacement")
    intercept: bool = setting(True, "fit with an intercept, as the authors' code does")
    finetune_between: bool = setting(False, "fine-tune after every layer, not only at the end")
    min_keep: int = setting(1, "channels of each group that always stay")

    def __post_init__(self) -> None:
        Sampling(self.images, self.positions)  # refuses numbers that make no sense

    @property
    def sampling(self) -> Sampling:
        """Where responses are looked at."""
        return Sampling(self.images, self.positions, drift=True)

    def schedule(self, layout: Layout, target: Target) -> tuple[Round, ...]:
        return group_by_group(layout, target, self.floor, finetune=self.finetune_between)

    def score(self, subject: Subject) -> Scores:
        scores = {name: torch.zeros(len(alive)) for name, alive in subject.alive.items()}
        for name in subject.active:
            alive = subject.alive[name].cpu()
            seen = contributions(subject, subject.layout.group(name), self.sampling)
            regression = Regression.of(seen, alive, intercept=self.intercept)
            importance = regression.importance(quota(subject, name))
            scores[name] = torch.zeros(len(alive), dtype=torch.float64)
            scores[name][alive] = torch.from_numpy(importance)
        return scores

    def reconstruct(self, subject: Subject, mask: Mask) -> Mapping[str, Tensor]:
        repaired: dict[str, Tensor] = {}
        for group in shrinking(subject, mask):
            for span in readers(subject, group):
                self.refit(subject, group, span, mask[group.name].cpu(), repaired)
        return repaired

    def refit(
        self,
        subject: Subject,
        group: ChannelGroup,
        span: Span,
        kept: Tensor,
        repaired: dict[str, Tensor],
    ) -> None:
        """Enter one reader's new kernel into `repaired`, with what takes up its intercept."""
        layer = subject.layout.by_name[span.module]
        norm = running_mean(subject.original(), layer.norm)
        intercept = self.intercept and (layer.bias or norm is not None)
        weight, shift = refit(subject, group, span, kept, self.sampling, intercept=intercept)
        name = f"{layer.name}.weight"
        dense = subject.model.get_parameter(name).detach()
        part = columns(repaired.setdefault(name, dense.clone()), span, group.size)
        part.copy_(weight.view_as(part))
        if not intercept:
            return
        # The fit is to the original response without its bias, so the shift adds to that one's.
        if layer.bias:
            name = f"{layer.name}.bias"
            before = subject.original().get_parameter(name).detach()
            repaired[name] = before + shift.to(before)
        elif norm is not None:
            repaired[f"{layer.norm}.running_mean"] = norm - shift.to(norm)


def running_mean(network: nn.Module, norm: str) -> Tensor | None:
    """Give a batch norm's running mean; None where there is no such norm or it keeps none."""
    found = network.get_submodule(norm).running_mean if norm else None
    return found.detach() if isinstance(found, Tensor) else None


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [Lasso]
