"""Networks and optimisers as flat named tensors on the CPU."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from prunebench.training.optimiser import Optimiser

PREFIX = "optimiser."


def snapshot(network: nn.Module) -> dict[str, Tensor]:
    """Copy a state dict to the CPU, contiguous."""
    return {name: to_cpu(tensor) for name, tensor in network.state_dict().items()}


@torch.no_grad()
def all_finite(network: nn.Module) -> bool:
    """Say whether every parameter is finite."""
    return all(bool(parameter.isfinite().all()) for parameter in network.parameters())


def optimiser_state(optimiser: Optimiser) -> dict[str, Tensor]:
    """Copy momenta and step counts to the CPU, named ``optimiser.<field>.<parameter>``."""
    return {f"{PREFIX}{name}": to_cpu(tensor) for name, tensor in optimiser.named()}


@torch.no_grad()
def load_optimiser_state(optimiser: Optimiser, state: Mapping[str, Tensor]) -> None:
    """Change an optimiser to the state that `optimiser_state` gave; other names are ignored."""
    for name, tensor in optimiser.named():
        tensor.copy_(state[f"{PREFIX}{name}"])


def to_cpu(tensor: Tensor) -> Tensor:
    """Copy a tensor to the CPU, contiguous and out of every graph."""
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
