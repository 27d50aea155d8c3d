from collections.abc import Iterator, Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from prunebench.api import (
    Automatic,
    ChannelGroup,
    Density,
    Granularity,
    Layout,
    Method,
    Plan,
    Positive,
    Regularizer,
    Round,
    Scores,
    Search,
    Span,
    Subject,
    Target,
    hookimpl,
    setting,
)
from prunebench.errors import IncompatibleError, SpecError


class Scaling(nn.Module):
    """Multiply what a module gives by one factor per unit; hangs below that module, as its hook.

    Parameters
    ----------
    weight
        Kernel or scale of the module; its first dimension is the module's features.
    span
        Which features the units are.
    size
        Number of units.
    """

    factor: Tensor
    velocity: Tensor
    handle: RemovableHandle

    def __init__(self, weight: Tensor, span: Span, size: int) -> None:
        super().__init__()
        self.repeat = span.repeat
        self.before = span.offset * span.repeat
        self.behind = len(weight) - self.before - size * span.repeat
        self.register_buffer("factor", weight.detach().new_ones(size).requires_grad_())
        self.register_buffer("velocity", weight.detach().new_zeros(size))

    def expanded(self) -> Tensor:
        """Give one factor per feature of the module, (features,); 1 where no unit is."""
        features = self.factor.repeat_interleave(self.repeat)
        return F.pad(features, (self.before, self.behind), value=1.0)

    def forward(self, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:  # noqa: ARG002 - a hook's signature
        """Scale (batch, features, ...)."""
        is_leaf = self.factor.is_leaf and self.factor.requires_grad
        if self.training and not is_leaf:  # a buffer that moves to another device becomes a result
            self.factor = self.factor.detach().requires_grad_()
        return output * self.expanded().view(-1, *[1] * (output.dim() - 2))


def scaled_span(network: nn.Module, group: ChannelGroup) -> Span:
    """Say where a group's factors stand: behind the last module that shapes it.

    For a block the branch's last kernel or norm; otherwise the group's last batch norm, or its last
    kernel where it has none. A convolution before a batch norm would be no place: the norm undoes
    every scale.
    """
    if group.kind == "block":
        last = group.members[-1]
        return Span(last, repeat=len(network.get_parameter(f"{last}.weight")))
    return (*group.producers, *group.norms)[-1]


def place(span: Span) -> str:
    """Name the submodule that holds a span's factors after its first feature."""
    return f"sss{span.offset * span.repeat}"


def scalings(
    network: nn.Module, groups: Sequence[ChannelGroup]
) -> Iterator[tuple[nn.Module, str, Scaling]]:
    """Walk over the scaled modules of an attached network: module, place, factors."""
    for group in groups:
        span = scaled_span(network, group)
        module = network.get_submodule(span.module)
        scaling = module.get_submodule(place(span))
        assert isinstance(scaling, Scaling)
        yield module, place(span), scaling


def proximal_step(
    state: tuple[Tensor, Tensor], gradient: Tensor, lr: float, gamma: float, momentum: float
) -> tuple[Tensor, Tensor]:
    """Take one accelerated proximal gradient step (Huang & Wang 2018, equations 10-12).

    The order of the released code, whose factors never fall below zero.

    Parameters
    ----------
    state
        Factors and velocities before the step.
    gradient
        Of the loss, without the penalty gamma · |factors|.

    Returns
    -------
    tuple
        Factors and velocities after it.
    """
    factor, velocity = state
    shrunk = F.softshrink(factor - lr * gradient, lr * gamma)
    velocity = shrunk - factor + momentum * velocity
    return (shrunk + momentum * velocity).clamp(min=0.0), velocity


class StructureSparsity(Regularizer):
    """Train a factor on every structure's output until those that do not matter are exactly zero.

    Huang & Wang 2018, section 3.
    """

    gamma: float = 0.0
    momentum: float = 0.9

    def attach(self, network: nn.Module, groups: Sequence[ChannelGroup]) -> None:
        for group in groups:
            span = scaled_span(network, group)
            module = network.get_submodule(span.module)
            scaling = Scaling(network.get_parameter(f"{span.module}.weight"), span, group.size)
            module.add_module(place(span), scaling)
            # Being a submodule and the hook in one, it is copied with its module.
            scaling.handle = module.register_forward_hook(scaling)

    @torch.no_grad()
    def after_step(self, network: nn.Module, groups: Sequence[ChannelGroup], lr: float) -> None:
        for _, _, scaling in scalings(network, groups):
            factor, velocity = scaling.factor, scaling.velocity
            gradient = torch.zeros_like(factor) if factor.grad is None else factor.grad
            stepped = proximal_step((factor, velocity), gradient, lr, self.gamma, self.momentum)
            factor.copy_(stepped[0])
            velocity.copy_(stepped[1])
            factor.grad = None

    @torch.no_grad()
    def fold(self, network: nn.Module, groups: Sequence[ChannelGroup]) -> None:
        for module, name, scaling in list(scalings(network, groups)):
            factors = scaling.expanded()
            for parameter in module.parameters(recurse=False):
                parameter.mul_(factors.view(-1, *[1] * (parameter.dim() - 1)))
            scaling.handle.remove()
            delattr(module, name)


class Sss(Method):
    """Remove the channels, groups of channels or residual blocks whose trained factor is zero.

    The penalty decides how many those are (Huang & Wang 2018).
    """

    name = "sss"
    paper = "Huang & Wang 2018, Data-Driven Sparse Structure Selection, section 3"
    granularity = Granularity.CHANNEL

    gamma: float = setting(0.0, "weight of the penalty; 0: searched for the density asked for")
    target: float = setting(0.0, "density to search gamma for; 0: the experiment's densities")
    structures: Literal["channels", "blocks", "both"] = setting(
        "channels", "what has a factor: channels (and groups of them), residual blocks, or both"
    )
    runs: int = setting(8, "short trainings in the search for gamma")
    length: float = setting(0.25, "length of each, as a fraction of the dense training; at most 1")
    min_keep: int = setting(1, "channels of each group that always stay; whole blocks may go")

    def applies_to(self, group: ChannelGroup) -> bool:
        if group.kind == "block":
            return self.structures != "channels"
        # One factor cannot stand behind several norms that read the same channels side by side.
        is_single = len(group.norms) <= len(group.producers)
        is_free = not group.coupled and not group.joined
        return self.structures != "blocks" and is_free and is_single

    def goal(self, asked: Target | None) -> Target:
        if self.gamma < 0.0 or (self.gamma and self.target):
            msg = (
                f"{self.name} takes gamma > 0, or the target to search it for, not both; got "
                f"gamma = {self.gamma:g}, target = {self.target:g}."
            )
            raise SpecError(msg)
        if self.gamma:
            return Automatic()
        if self.target:
            return Density(self.target)
        if asked is None:
            msg = f"{self.name} has no plan; set its gamma or target, or ask for densities."
            raise IncompatibleError(msg)
        return asked

    def search(self) -> Search | None:
        if self.gamma:
            return None
        if self.runs < 1 or not 0.0 < self.length <= 1.0:
            msg = (
                f"{self.name} searches with runs >= 1 of a length in (0, 1], got runs = "
                f"{self.runs}, length = {self.length:g}."
            )
            raise SpecError(msg)
        return Search("gamma", low=1e-5, high=10.0, runs=self.runs, length=self.length)

    def schedule(self, layout: Layout, target: Target) -> tuple[Round, ...]:  # noqa: ARG002
        if isinstance(target, Plan):
            msg = f"{self.name} finds the sizes itself; it cannot follow plan {target.name!r}."
            raise IncompatibleError(msg)
        return (Round(Positive()),)

    def regularizer(self) -> StructureSparsity:
        return StructureSparsity(gamma=self.gamma)

    def score(self, subject: Subject) -> Scores:
        return {
            group.name: strength(subject.model, scaled_span(subject.model, group), group.size)
            for group in subject.layout.groups
        }


@torch.no_grad()
def strength(network: nn.Module, span: Span, size: int) -> Tensor:
    """Add up the absolute parameters behind each unit of a folded module, (size,).

    Zero exactly where the factor was zero, as its parameters are.
    """
    start = span.offset * span.repeat
    parts = [
        parameter[start : start + size * span.repeat].abs().reshape(size, -1).sum(1)
        for parameter in network.get_submodule(span.module).parameters(recurse=False)
    ]
    return torch.stack(parts).sum(0)


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [Sss]
