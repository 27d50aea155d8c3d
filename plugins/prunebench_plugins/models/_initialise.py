"""The initial distribution that the networks of Liu et al. 2019's code share."""

from math import inf, sqrt

import torch
from torch import nn

from prunebench.api import fans, kernels, reset_norms
from prunebench.errors import SpecError


def check_gamma(model: str, gamma: float) -> None:
    """Refuse an initial scale of batch norms under which nothing passes.

    Raises
    ------
    SpecError
        If `gamma` is not positive and finite; `model` is the id in its message.
    """
    if not 0 < gamma < inf:
        msg = f"{model}: gamma must be above 0, got {gamma}; write 0.5 or 1."
        raise SpecError(msg)


@torch.no_grad()
def fan_out_normal(network: nn.Module, generator: torch.Generator, gamma: float = 1.0) -> None:
    """Change convolutions to N(0, 2 / fan out), linear layers to uniform within 1 / sqrt(fan in).

    The networks' convolutions have no biases; those of linear layers are drawn as the weights are.

    Parameters
    ----------
    network
        A dense or a cut network.
    generator
        Where the numbers come from.
    gamma
        Initial scale of every batch norm; shifts start at 0.
    """
    for _, module in kernels(network):
        fan_in, fan_out = fans(module)
        if isinstance(module, nn.Linear):
            bound = 1 / sqrt(fan_in)
            module.weight.uniform_(-bound, bound, generator=generator)
            module.bias.uniform_(-bound, bound, generator=generator)
        else:
            module.weight.normal_(0.0, sqrt(2.0 / fan_out), generator=generator)
    reset_norms(network, gamma)
