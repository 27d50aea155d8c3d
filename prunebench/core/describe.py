"""Read a network's layout: run one blank image through it and look at its modules."""

from collections.abc import Callable
from dataclasses import replace
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
    prunable: Callable[[str, str], bool] = lambda _name, _kind: True,
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
    prunable
        Says, of a layer's name and kind (``"conv"``, ``"linear"``), whether it may be pruned.
    """
    places, read_by = observe(network, shape)
    named = [(name, module) for name, module in kernels(network) if name in places]
    last = next(reversed(places), "")
    layers = tuple(
        replace(
            layer_of(name, module, places[name], prunable, output=name == last),
            norm=read_by.get(name, ""),
        )
        for name, module in named
    )
    normed = tuple(Norm(name, norm.num_features) for name, norm in norms(network))
    known = sum(layer.size + layer.bias * layer.shape[0] for layer in layers)
    known += 2 * sum(norm.size for norm in normed)
    total = sum(p.numel() for p in network.parameters() if p.requires_grad)
    return Layout(layers, normed, groups, total - known)


def layer_of(
    name: str, module: Kernel, places: int, prunable: Callable[[str, str], bool], *, output: bool
) -> Layer:
    """Describe one convolution or linear layer."""
    kind: Literal["conv", "linear"] = "linear" if isinstance(module, nn.Linear) else "conv"
    return Layer(
        name=name,
        kind=kind,
        shape=tuple(module.weight.shape),
        bias=module.bias is not None,
        places=places,
        blocks=getattr(module, "groups", 1),
        prunable=prunable(name, kind),
        output=output,
    )


def observe(
    network: nn.Module, shape: tuple[int, int, int]
) -> tuple[dict[str, int], dict[str, str]]:
    """Run one blank image and see what the kernels give.

    Returns
    -------
    tuple
        Output positions per image of every kernel, in the order of the forward pass; a kernel that
        is used twice counts the positions of both uses. Then, by kernel, the batch norm that is
        the one module to read its output.
    """
    places: dict[str, int] = {}
    read_by: dict[str, list[str]] = {}
    given: dict[int, tuple[str, torch.Tensor]] = {}  # the tensors are held, so ids stay theirs

    def note(name: str, inner: Kernel, output: torch.Tensor) -> None:
        positions = output[0].numel() // inner.weight.shape[0]
        places[name] = places.get(name, 0) + positions
        given[id(output)] = (name, output)

    def notice(name: str, inputs: tuple[Any, ...]) -> None:
        for read in inputs:
            if id(read) in given:
                read_by.setdefault(given[id(read)][0], []).append(name)

    handles = [
        module.register_forward_hook(lambda inner, _, output, name=name: note(name, inner, output))
        for name, module in kernels(network)
    ]
    handles += [
        module.register_forward_pre_hook(lambda _, inputs, name=name: notice(name, inputs))
        for name, module in network.named_modules()
        if not any(module.children())
    ]
    try:
        blank_forward(network, shape)
    finally:
        for handle in handles:
            handle.remove()
    normed = {name for name, _ in norms(network)}
    alone = {kernel: names[0] for kernel, names in read_by.items() if len(names) == 1}
    return places, {kernel: name for kernel, name in alone.items() if name in normed}
