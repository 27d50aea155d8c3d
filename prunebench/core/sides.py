"""Which features of each module a mask over channel groups keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from prunebench.core.layout import ChannelGroup, Span
from prunebench.errors import ContractError


@runtime_checkable
class Narrowing(Protocol):
    """A module without kernels that must know which of its channels remain (zero-pad shortcuts)."""

    in_channels: int
    out_channels: int

    def narrow(self, kept_inputs: Tensor, kept_outputs: Tensor) -> None:
        """Change the module to indices (int64) into its dense inputs and outputs."""


@dataclass(frozen=True)
class Sides:
    """Kept output and input features of one module, as boolean vectors; None = all.

    A module that no group names on a side keeps all its features there.
    """

    outputs: Tensor | None = None
    inputs: Tensor | None = None


def features(network: nn.Module, module: str, *, inputs: bool) -> int:
    """Count a module's input or output features."""
    found = network.get_submodule(module)
    if isinstance(found, nn.Conv1d | nn.Conv2d):
        if found.groups > 1 and inputs:
            msg = (
                f"channel group reads {module!r}, a convolution in blocks; name it among the "
                f"producers, since its outputs and inputs are cut in one."
            )
            raise ContractError(msg)
        return found.in_channels if inputs else found.out_channels
    if isinstance(found, nn.Linear):
        return found.in_features if inputs else found.out_features
    if isinstance(found, nn.BatchNorm1d | nn.BatchNorm2d):
        return found.num_features
    if isinstance(found, Narrowing):
        return found.in_channels if inputs else found.out_channels
    msg = f"channel group names {module!r}, a {type(found).__name__}, which has no channels to cut."
    raise ContractError(msg)


def kept_features(
    network: nn.Module, groups: Sequence[ChannelGroup], mask: Mapping[str, Tensor]
) -> dict[str, Sides]:
    """Translate a mask over groups into kept features per module.

    Where groups overlap, a feature stays if all of them keep it. The members of a dropped block
    keep nothing.
    """
    outputs: dict[str, Tensor] = {}
    inputs: dict[str, Tensor] = {}
    for group in groups:
        if group.name not in mask:
            continue
        if group.kind == "block":
            for member in group.members:
                span = Span(member, repeat=features(network, member, inputs=False))
                write_span(network, outputs, span, mask[group.name], inputs=False)
            continue
        for span in (*group.producers, *group.norms):
            write_span(network, outputs, span, mask[group.name], inputs=False)
        for span in group.consumers:
            write_span(network, inputs, span, mask[group.name], inputs=True)
    names = [*outputs, *(name for name in inputs if name not in outputs)]
    return {name: Sides(outputs.get(name), inputs.get(name)) for name in names}


def write_span(
    network: nn.Module, side: dict[str, Tensor], span: Span, kept: Tensor, *, inputs: bool
) -> None:
    """Change `side`: cross out one group's dropped channels in a module's vector."""
    if span.module not in side:
        size = features(network, span.module, inputs=inputs)
        side[span.module] = torch.ones(size, dtype=torch.bool)
    start = span.offset * span.repeat
    expanded = kept.cpu().repeat_interleave(span.repeat)
    side[span.module][start : start + len(expanded)] &= expanded
