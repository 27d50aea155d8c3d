"""Read a network's layout: run one blank image through it and look at its modules."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

import torch
from torch import nn

from prunebench.core.cost import blank_forward
from prunebench.core.initialise import Kernel, kernels, norms
from prunebench.core.layout import ChannelGroup, Layer, Layout, Norm


def describe(
    network: nn.Module,
    shape: tuple[int, int, int],
    groups: tuple[ChannelGroup, ...] = (),
    prunable: Literal["kernels", "convs"] = "kernels",
    not_prunable: Sequence[str] = (),
) -> Layout:
    """Describe a network, on any device (on the meta device nothing is computed).

    Parameters
    ----------
    network
        The dense network.
    shape
        Channels, height, width of one image.
    groups
        Its channel groups.
    prunable, not_prunable
        The prunable set, as in a recipe: which kinds of layers, without those whose name matches
        one of the glob patterns.
    """
    places = output_places(network, shape)
    named = [(name, module) for name, module in kernels(network) if name in places]
    last = named[-1][0] if named else ""
    layers = tuple(
        Layer(
            name=name,
            kind="linear" if isinstance(module, nn.Linear) else "conv",
            shape=tuple(module.weight.shape),
            bias=module.bias is not None,
            places=places[name],
            blocks=getattr(module, "groups", 1),
            prunable=is_prunable(name, module, prunable, not_prunable),
            output=name == last,
        )
        for name, module in named
    )
    normed = tuple(Norm(name, norm.num_features) for name, norm in norms(network))
    known = sum(layer.size + layer.bias * layer.shape[0] for layer in layers)
    known += 2 * sum(norm.size for norm in normed)
    total = sum(p.numel() for p in network.parameters() if p.requires_grad)
    return Layout(layers, normed, groups, total - known)


def is_prunable(name: str, module: Kernel, prunable: str, not_prunable: Sequence[str]) -> bool:
    """Say whether a layer belongs to the prunable set."""
    if prunable == "convs" and isinstance(module, nn.Linear):
        return False
    return not any(fnmatchcase(name, pattern) for pattern in not_prunable)


def output_places(network: nn.Module, shape: tuple[int, int, int]) -> dict[str, int]:
    """Count the output positions per image of every kernel that the forward pass uses."""
    places: dict[str, int] = {}
    handles = []
    for name, module in kernels(network):

        def note(inner: Kernel, _: Any, output: torch.Tensor, name: str = name) -> None:
            places[name] = output[0].numel() // inner.weight.shape[0]

        handles.append(module.register_forward_hook(note))
    try:
        blank_forward(network, shape)
    finally:
        for handle in handles:
            handle.remove()
    return places
