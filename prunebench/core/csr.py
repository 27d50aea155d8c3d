"""Linear layers whose zeros are neither stored nor multiplied: kernels as CSR.

Compressed sparse rows hold the kept weights, the column of each, and where each row begins.
"""

import warnings
from collections.abc import Collection
from copy import deepcopy

import torch
from torch import Tensor, nn

OWN = "own kernels"
"""What torch multiplies CSR with where no library does."""


class CsrLinear(nn.Module):
    """A linear layer with its kernel as CSR, for inference.

    Parameters
    ----------
    linear
        The layer it computes the same as; its zeros are left out.
    """

    kernel: Tensor
    bias: Tensor
    column: Tensor

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        kernel = linear.weight.detach()
        bias: Tensor | None = linear.bias  # torch's annotation forgets that it may be absent
        own = kernel.new_zeros(len(kernel)) if bias is None else bias.detach().clone()
        self.register_buffer("kernel", compressed(kernel))
        self.register_buffer("bias", own)
        self.register_buffer("column", self.bias[:, None])
        self.has_vector_kernel = library(kernel.device) != OWN

    def forward(self, inputs: Tensor) -> Tensor:
        """Multiply features, (..., inputs), to (..., outputs)."""
        if inputs.dim() == 2:
            return self.multiply(inputs)
        flat = self.multiply(inputs.reshape(-1, inputs.shape[-1]))
        return flat.reshape(*inputs.shape[:-1], -1)

    def multiply(self, inputs: Tensor) -> Tensor:
        """Multiply (images, inputs) to (images, outputs)."""
        if len(inputs) == 1 and self.has_vector_kernel:
            # For one column MKL's product with a matrix takes up to four times as long.
            return torch.addmv(self.bias, self.kernel, inputs[0])[None]
        return torch.addmm(self.column, self.kernel, inputs.t()).t()

    @property
    def storage(self) -> int:
        """Bytes of the kernel: kept weights, and 32 bits for each column and each row's begin."""
        parts = (self.kernel.values(), self.kernel.col_indices(), self.kernel.crow_indices())
        return sum(part.nbytes for part in parts)


def library(device: torch.device) -> str:
    """Name what multiplies torch's CSR on a device."""
    if device.type == "cuda":
        return "cuSPARSE"
    return "MKL" if torch.backends.mkl.is_available() else OWN


def compressed(kernel: Tensor) -> Tensor:
    """Give a matrix as CSR with 32-bit indices, which MKL takes as they are."""
    with warnings.catch_warnings():
        # torch says once per process that CSR is in beta; what it gives is checked before timing.
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        wide = kernel.to_sparse_csr()
        return torch.sparse_csr_tensor(
            wide.crow_indices().int(),
            wide.col_indices().int(),
            wide.values(),
            kernel.shape,
            check_invariants=True,
        )


def with_csr(network: nn.Module, names: Collection[str]) -> nn.Module:
    """Give a copy of the network in which those of the named layers are CSR that can be.

    Parameters
    ----------
    network
        With zeros in its kernels; left as it is.
    names
        Layers that may be replaced. Convolutions stay dense, and so do subclasses of `nn.Linear`,
        whose kernels their owners read by themselves, as attention does.
    """
    copy = deepcopy(network)
    found = [name for name, module in copy.named_modules() if type(module) is nn.Linear]
    for name in found:
        if name in names:
            linear = copy.get_submodule(name)
            assert isinstance(linear, nn.Linear)
            copy.set_submodule(name, CsrLinear(linear))
    return copy


def csr_layers(network: nn.Module) -> dict[str, CsrLinear]:
    """Give the layers of a network that are CSR, by name."""
    return {n: module for n, module in network.named_modules() if isinstance(module, CsrLinear)}
