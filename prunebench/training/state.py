"""Networks and optimisers as flat named tensors on the CPU."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

PREFIX = "optimiser."


def snapshot(network: nn.Module) -> dict[str, Tensor]:
    """Copy a state dict to the CPU, contiguous."""
    return {name: to_cpu(tensor) for name, tensor in network.state_dict().items()}


@torch.no_grad()
def all_finite(network: nn.Module) -> bool:
    """Say whether every parameter is finite."""
    return all(bool(parameter.isfinite().all()) for parameter in network.parameters())


def optimiser_state(network: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Copy momenta and step counts to the CPU, named ``optimiser.<field>.<parameter>``."""
    return {
        f"{PREFIX}{field}.{name}": to_cpu(value)
        for name, parameter in network.named_parameters()
        for field, value in optimiser.state[parameter].items()
        if isinstance(value, Tensor)
    }


def load_optimiser_state(
    network: nn.Module, optimiser: torch.optim.Optimizer, state: Mapping[str, Tensor]
) -> None:
    """Change an optimiser to the state that `optimiser_state` gave; other names are ignored."""
    parameters = dict(network.named_parameters())
    for key, value in state.items():
        if key.startswith(PREFIX):
            field, name = key.removeprefix(PREFIX).split(".", 1)
            optimiser.state[parameters[name]][field] = laid_like(parameters[name], value)


def laid_like(parameter: Tensor, value: Tensor) -> Tensor:
    """Copy a value to the parameter's device and, where the shapes agree, its memory layout.

    Fused kernels walk a parameter and its momentum side by side in memory.
    """
    if value.shape == parameter.shape:
        return torch.empty_like(parameter, requires_grad=False).copy_(value)
    return value.clone().to(parameter.device)


def to_cpu(tensor: Tensor) -> Tensor:
    """Copy a tensor to the CPU, contiguous and out of every graph."""
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
