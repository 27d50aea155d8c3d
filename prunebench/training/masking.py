"""Masked parameters stay exactly zero, and that is checked."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from prunebench.errors import ContractError


class Masking:
    """Parameters of a network with their masks, laid out for one multiplication per step.

    Only weights are multiplied, gradients are not: for SGD and Adam, which work entry by entry,
    survivors move the same either way, and momentum that builds up under the mask acts only on
    entries that return to zero at once. It costs half as much.

    Parameters
    ----------
    network
        On its device and in its memory layout.
    masks
        Boolean, by parameter name, of the parameter's shape; True = kept.
    """

    def __init__(self, network: nn.Module, masks: Mapping[str, Tensor]) -> None:
        self._names = tuple(masks)
        self._parameters: list[Tensor] = [network.get_parameter(name) for name in masks]
        self._masks: list[Tensor] = [
            torch.empty_like(parameter, requires_grad=False).copy_(mask)
            for parameter, mask in zip(self._parameters, masks.values(), strict=True)
        ]

    @torch.no_grad()
    def apply(self) -> None:
        """Change every masked entry of the network to zero."""
        if self._parameters:
            torch._foreach_mul_(self._parameters, self._masks)

    @torch.no_grad()
    def check(self, step: int) -> None:
        """Make sure that every masked entry is zero.

        Raises
        ------
        ContractError
            If one is not: something changed the weights after the mask was applied.
        """
        for name, parameter, mask in zip(self._names, self._parameters, self._masks, strict=True):
            revived = int(((parameter != 0) & (mask == 0)).sum())
            if revived:
                msg = (
                    f"{revived} pruned entries of {name!r} were not zero after step {step}; "
                    "a regularizer's after_step must leave pruned weights alone."
                )
                raise ContractError(msg)
