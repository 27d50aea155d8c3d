"""Optimisers from recipes: momenta beside their parameters, one fused call per step."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import torch
from torch import Tensor, nn

from prunebench.training.recipe import Recipe

Moments: TypeAlias = Mapping[str, Sequence[Tensor]]
"""By field, one tensor per parameter."""


class Optimiser(ABC):
    """Moves every parameter of a network that has a gradient.

    The arithmetic is torch.optim's, by the same fused kernels, to the bit. torch.optim's own
    bookkeeping around them costs a sixth of LeNet-300-100's step; a benchmark compares the two.

    Parameters
    ----------
    network
        On its device and in its memory layout.

    Attributes
    ----------
    names, parameters
        Side by side.
    moments
        What is remembered of earlier gradients, in the layout of the parameters.
    """

    def __init__(self, network: nn.Module) -> None:
        found = [(n, p) for n, p in network.named_parameters() if p.requires_grad]
        self.names = tuple(name for name, _ in found)
        self.parameters: list[Tensor] = [parameter for _, parameter in found]
        self.moments: Moments = self.fresh()

    @abstractmethod
    def fresh(self) -> Moments:
        """Give the moments before the first step."""

    @abstractmethod
    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        moments: Mapping[str, list[Tensor]],
        lr: float | Tensor,
    ) -> None:
        """Change parameters and moments by one step."""

    @torch.no_grad()
    def step(self, lr: float | Tensor) -> None:
        """Take one step at a learning rate, and drop the gradients.

        A parameter without a gradient, which the loss did not reach, stays as it is.
        """
        places = [n for n, p in enumerate(self.parameters) if p.grad is not None]
        parameters = [self.parameters[n] for n in places]
        gradients = [p.grad for p in parameters if p.grad is not None]
        moments = {field: [kept[n] for n in places] for field, kept in self.moments.items()}
        if parameters:
            self.update(parameters, gradients, moments, lr)
        for parameter in parameters:
            parameter.grad = None

    def zeros(self) -> list[Tensor]:
        """Give a zero tensor per parameter, laid out like it."""
        return [torch.zeros_like(parameter, requires_grad=False) for parameter in self.parameters]

    def named(self) -> Iterator[tuple[str, Tensor]]:
        """Give every moment as (``<field>.<parameter>``, tensor)."""
        for field, kept in self.moments.items():
            for name, tensor in zip(self.names, kept, strict=True):
                yield f"{field}.{name}", tensor


class Sgd(Optimiser):
    """Stochastic gradient descent with momentum; weight decay joins the gradient.

    Parameters
    ----------
    network
        As in `Optimiser`.
    recipe
        Gives momentum, nesterov and weight decay.
    """

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        self.momentum, self.nesterov = recipe.momentum, recipe.nesterov
        self.weight_decay = recipe.weight_decay
        super().__init__(network)

    def fresh(self) -> Moments:
        """Start at rest: momentum · 0 + gradient is the first gradient itself."""
        return {"momentum_buffer": self.zeros()} if self.momentum else {}

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        moments: Mapping[str, list[Tensor]],
        lr: float | Tensor,
    ) -> None:
        """Take a step."""
        torch._fused_sgd_(
            parameters,
            gradients,
            moments.get("momentum_buffer", []),
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            lr=lr,
            dampening=0.0,
            nesterov=self.nesterov,
            maximize=False,
            is_first_step=False,
        )


class Adam(Optimiser):
    """Adam (Kingma & Ba 2015) with the usual 0.9, 0.999, 1e-8; weight decay joins the gradient.

    Parameters
    ----------
    network
        As in `Optimiser`.
    recipe
        Gives weight decay.
    """

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        self.weight_decay = recipe.weight_decay
        super().__init__(network)

    def fresh(self) -> Moments:
        """Start with both averages at zero, and count steps parameter by parameter."""
        counts = [torch.zeros((), device=parameter.device) for parameter in self.parameters]
        return {"step": counts, "exp_avg": self.zeros(), "exp_avg_sq": self.zeros()}

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        moments: Mapping[str, list[Tensor]],
        lr: float | Tensor,
    ) -> None:
        """Take a step."""
        torch._foreach_add_(moments["step"], 1)
        torch._fused_adam_(
            parameters,
            gradients,
            moments["exp_avg"],
            moments["exp_avg_sq"],
            [],
            moments["step"],
            lr=lr,
            beta1=0.9,
            beta2=0.999,
            weight_decay=self.weight_decay,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )


def make_optimiser(network: nn.Module, recipe: Recipe) -> Optimiser:
    """Make SGD or Adam over every parameter; weight decay falls on norms and biases too.

    That is what Liu et al. 2019 and Frankle & Carbin 2019 trained with.
    """
    return Adam(network, recipe) if recipe.optimiser == "adam" else Sgd(network, recipe)
