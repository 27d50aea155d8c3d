"""What a layer reads and gives at sampled output positions; whole maps would not fit in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.core.layout import Span
from prunebench.errors import ContractError


@dataclass(frozen=True)
class Sample:
    """A layer's inputs and outputs at some positions of some images; a row is one position.

    Parameters
    ----------
    inputs
        What the kernel is multiplied with: (rows, in, area), area = kernel height times width,
        1 for a linear layer.
    outputs
        (rows, out), bias included.
    """

    inputs: Tensor
    outputs: Tensor

    def of(self, span: Span, size: int) -> Tensor:
        """Give the inputs that a group's channels make: (rows, size, places).

        Parameters
        ----------
        span
            The layer's span among the group's consumers.
        size
            The group's number of channels.
        """
        start = span.offset * span.repeat
        part = self.inputs[:, start : start + size * span.repeat]
        return part.reshape(len(part), size, -1)


@torch.no_grad()
def samples(
    network: nn.Module,
    layer: str,
    batches: Iterator[tuple[Tensor, Tensor]],
    positions: int,
    generator: torch.Generator,
) -> Iterator[Sample]:
    """Sample a layer of a network in eval mode, batch by batch.

    Parameters
    ----------
    network
        Left as it is.
    layer
        Module name.
    batches
        Images and labels.
    positions
        Output positions per image, drawn with replacement.
    generator
        Draws them, on the CPU.

    Raises
    ------
    ContractError
        If the layer is neither linear nor a two-dimensional convolution with zero padding.
    """
    module = network.get_submodule(layer)
    take = taker(layer, module)
    seen: list[tuple[Tensor, Tensor]] = []

    def note(_: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
        seen.append((inputs[0].detach(), output.detach()))

    for images, _ in batches:
        handle = module.register_forward_hook(note)
        try:
            network(images)
        finally:
            handle.remove()
        for inputs, output in seen:  # a layer that is used twice is sampled at both uses
            yield take(inputs, output, positions, generator)
        seen.clear()


def taker(
    layer: str, module: nn.Module
) -> Callable[[Tensor, Tensor, int, torch.Generator], Sample]:
    """Choose how a module is sampled."""
    if isinstance(module, nn.Linear):
        return lambda inputs, output, _positions, _generator: Sample(
            inputs.flatten(0, -2).unsqueeze(2), output.flatten(0, -2)
        )
    if isinstance(module, nn.Conv2d) and module.padding_mode == "zeros":
        return lambda inputs, output, positions, generator: patches(
            module, inputs, output, draw(output, positions, generator)
        )
    kind = type(module).__name__
    msg = f"{layer!r}, a {kind}, cannot be sampled; only linear layers and 2d convolutions can."
    raise ContractError(msg)


def draw(output: Tensor, positions: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw rows and columns of an output map: twice (images, positions)."""
    images, _, height, width = output.shape
    flat = torch.randint(height * width, (images, positions), generator=generator)
    return flat // width, flat % width


def patches(
    module: nn.Conv2d, inputs: Tensor, output: Tensor, places: tuple[Tensor, Tensor]
) -> Sample:
    """Cut out what a convolution reads at the given output positions."""
    rows, columns = (place.to(inputs.device) for place in places)
    top, left = margins(module)
    padded = F.pad(inputs, (left[0], left[1], top[0], top[1]))
    image = torch.arange(len(inputs), device=inputs.device).view(-1, 1, 1, 1)
    reach = [
        torch.arange(size, device=inputs.device) * dilation
        for size, dilation in zip(module.kernel_size, module.dilation, strict=True)
    ]
    y = (rows * module.stride[0])[..., None, None] + reach[0].view(1, 1, -1, 1)
    x = (columns * module.stride[1])[..., None, None] + reach[1].view(1, 1, 1, -1)
    found = padded.permute(0, 2, 3, 1)[image, y, x]  # (images, positions, height, width, in)
    image = image.view(-1, 1)
    return Sample(
        inputs=found.flatten(0, 1).flatten(1, 2).transpose(1, 2),
        outputs=output.permute(0, 2, 3, 1)[image, rows, columns].flatten(0, 1),
    )


def margins(module: nn.Conv2d) -> tuple[tuple[int, int], tuple[int, int]]:
    """Give the zeros above and below, left and right, as the convolution pads."""
    if isinstance(module.padding, str):
        spare = [
            dilation * (size - 1) if module.padding == "same" else 0
            for dilation, size in zip(module.dilation, module.kernel_size, strict=True)
        ]
        (above, beside) = ((total // 2, total - total // 2) for total in spare)
        return above, beside
    vertical, horizontal = module.padding
    return (vertical, vertical), (horizontal, horizontal)
