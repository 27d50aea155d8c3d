"""What a network costs: parameters and multiply-adds for one image.

A multiply-add is one product in a convolution or linear layer; biases, batch norms, activations
and pooling are not counted. Budgets and tables use this one unit.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import torch
from torch import nn

from prunebench.core.initialise import Kernel, kernels
from prunebench.core.layout import Layer, Layout, Span


@dataclass(frozen=True)
class Cost:
    """Size of a network, or of what a mask leaves of it.

    Parameters
    ----------
    params
        Trainable parameters of the whole network.
    prunable
        Weights of the prunable set.
    macs
        Multiply-adds for one image.
    """

    params: int
    prunable: int
    macs: int


def dense_cost(layout: Layout) -> Cost:
    """Cost the network as it was built."""
    return Cost(layout.params, layout.prunable_size, layout.macs)


def sparse_cost(layout: Layout, kept: Mapping[str, int]) -> Cost:
    """Cost the weights that a mask keeps.

    Parameters
    ----------
    layout
        The dense network.
    kept
        Kept weights by layer name; layers not named are whole.
    """
    lost = {name: layout.by_name[name].size - count for name, count in kept.items()}
    saved = sum(layout.by_name[name].places * count for name, count in lost.items())
    total = sum(lost.values())
    return Cost(layout.params - total, layout.prunable_size - total, layout.macs - saved)


def narrow_cost(layout: Layout, kept: Mapping[str, int]) -> Cost:
    """Cost the network that remains when channel groups are cut.

    Parameters
    ----------
    layout
        The dense network; groups not named in `kept` are whole.
    kept
        Kept channels by group name.
    """
    sizes = kept_weights(layout, kept)
    vanished = dropped_members(layout, kept)
    outputs = lost_channels((g.producers, g.size - kept.get(g.name, g.size)) for g in layout.groups)
    normed = lost_channels((g.norms, g.size - kept.get(g.name, g.size)) for g in layout.groups)
    biases = sum(
        layer.bias * (layer.shape[0] - outputs[layer.name])
        for layer in layout.layers
        if layer.name not in vanished
    )
    scales = 2 * sum(
        norm.size - normed[norm.name] for norm in layout.norms if norm.name not in vanished
    )
    return Cost(
        params=sum(sizes.values()) + biases + scales + layout.other_params,
        prunable=sum(sizes[layer.name] for layer in layout.prunable),
        macs=sum(sizes[layer.name] * layer.places for layer in layout.layers),
    )


def lost_channels(spans: Iterable[tuple[tuple[Span, ...], int]]) -> Counter[str]:
    """Sum up the features that each module loses."""
    lost: Counter[str] = Counter()
    for members, gone in spans:
        for span in members:
            lost[span.module] += gone * span.repeat
    return lost


def narrow_size(layer: Layer, outputs: int, inputs: int) -> int:
    """Count the kernel's weights after losing that many output and input features."""
    area = prod(layer.shape[2:])
    return (layer.shape[0] - outputs) * (layer.shape[1] - inputs) * area


def kept_weights(layout: Layout, kept: Mapping[str, int]) -> dict[str, int]:
    """Count the weights of every layer that remain when channel groups are cut."""
    outputs = lost_channels((g.producers, g.size - kept.get(g.name, g.size)) for g in layout.groups)
    inputs = lost_channels((g.consumers, g.size - kept.get(g.name, g.size)) for g in layout.groups)
    vanished = dropped_members(layout, kept)
    return {
        layer.name: 0
        if layer.name in vanished
        else narrow_size(layer, outputs[layer.name], inputs[layer.name])
        for layer in layout.layers
    }


def dropped_members(layout: Layout, kept: Mapping[str, int]) -> set[str]:
    """Name the modules of dropped blocks."""
    blocks = (group for group in layout.groups if group.kind == "block")
    return {name for block in blocks if kept.get(block.name, 1) == 0 for name in block.members}


def count(network: nn.Module, shape: tuple[int, int, int]) -> tuple[int, int]:
    """Measure (trainable parameters, multiply-adds) by running one blank image.

    Independent of any `Layout`: it sees only the network that is really there.
    """
    params = sum(p.numel() for p in network.parameters() if p.requires_grad)
    return params, sum(kernel_macs(network, shape).values())


def kernel_macs(network: nn.Module, shape: tuple[int, int, int]) -> Counter[str]:
    """Measure the multiply-adds of every convolution and linear layer, by name."""
    found: Counter[str] = Counter()

    def add(module: Kernel, _: Any, output: torch.Tensor, *, name: str) -> None:
        places = output[0].numel() // module.weight.shape[0]
        found[name] += module.weight.numel() * places

    handles = [
        module.register_forward_hook(partial(add, name=name)) for name, module in kernels(network)
    ]
    try:
        blank_forward(network, shape)
    finally:
        for handle in handles:
            handle.remove()
    return found


def blank_forward(network: nn.Module, shape: tuple[int, int, int]) -> torch.Tensor:
    """Run one image of zeros through the network in eval mode; its mode is restored."""
    training = network.training
    device = next(network.parameters()).device
    try:
        with torch.no_grad():
            output: torch.Tensor = network.eval()(torch.zeros(1, *shape, device=device))
    finally:
        network.train(training)
    return output
