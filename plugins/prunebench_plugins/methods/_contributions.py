"""What the channels of a group add to the layers that read them, summed over sampled positions.

The contribution of channel c to filter o at one output position is the part of the response that
comes from c: the sum over the kernel's places of ``weight[o, c] * input[c]`` (Luo et al. 2017,
section 3.2.1; the columns of Z in He et al. 2017, section 3.1). Both methods need no more than
inner products of such columns, and those follow from the second moments of the inputs, or from the
columns where these are fewer. So every filter counts at every sampled position, and memory does not
grow with the number of images.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from prunebench.api import ChannelGroup, Sample, Span, Subject
from prunebench.errors import SpecError

HELD = 2**23
"""Contributions in memory at once: 64 MiB."""


@dataclass(frozen=True)
class Sampling:
    """Where responses are looked at.

    Parameters
    ----------
    images
        Training images.
    positions
        Output positions per image.
    drift
        Whether to compare with the network as it was before the first round.

    Raises
    ------
    SpecError
        If there would be nothing to look at.
    """

    images: int
    positions: int
    drift: bool = False

    def __post_init__(self) -> None:
        if min(self.images, self.positions) < 1:
            msg = f"images and positions must be at least 1, got {self.images} and {self.positions}"
            raise SpecError(msg)


@dataclass(frozen=True)
class Moments:
    """Sums over the sampled positions of one layer that reads a group; all float64.

    A feature is one channel at one place of the kernel: features = channels · places. The drift is
    the response that the layer once had minus the one it has now, biases left out.

    Parameters
    ----------
    weight
        The layer's kernel on the group's channels, (out, channels, places).
    rows
        Number of positions.
    outputs
        Outputs that are alive.
    gram, sums
        Of the inputs: (features, features) and (features,).
    cross
        Of inputs and drift, (features, out).
    drift, drift_square
        Sums of the drift, (out,), and of its square, ().
    """

    weight: Tensor
    rows: int
    outputs: int
    gram: Tensor
    sums: Tensor
    cross: Tensor
    drift: Tensor
    drift_square: Tensor

    @property
    def flat(self) -> Tensor:
        """The kernel as (out, features)."""
        return self.weight.flatten(1)


@dataclass(frozen=True)
class Contributions:
    """Inner products of the contributions z_c of a group's channels, over all its readers.

    Rows are (position, output) pairs. The target is y = Σ z_c + drift. All float64, on the CPU.

    Parameters
    ----------
    rows
        Number of rows.
    gram, sums
        z_c · z_d, (channels, channels), and Σ z_c, (channels,).
    target
        z_c · y, (channels,).
    target_sum, target_square
        Σ y and y · y.
    """

    rows: int
    gram: Tensor
    sums: Tensor
    target: Tensor
    target_sum: float
    target_square: float

    @classmethod
    def none(cls, size: int) -> "Contributions":
        """Begin with no rows, for `size` channels."""
        zeros = torch.zeros(size, dtype=torch.float64)
        return cls(0, torch.outer(zeros, zeros), zeros, zeros, 0.0, 0.0)

    @classmethod
    def of(cls, columns: Tensor, target: Tensor) -> "Contributions":
        """Take the products of columns, (rows, channels), and of y, (rows,)."""
        return cls(
            rows=len(columns),
            gram=(columns.T @ columns).cpu(),
            sums=columns.sum(0).cpu(),
            target=(columns.T @ target).cpu(),
            target_sum=float(target.sum()),
            target_square=float(target @ target),
        )

    def __add__(self, more: "Contributions") -> "Contributions":
        return Contributions(
            self.rows + more.rows,
            self.gram + more.gram,
            self.sums + more.sums,
            self.target + more.target,
            self.target_sum + more.target_sum,
            self.target_square + more.target_square,
        )


def readers(subject: Subject, group: ChannelGroup) -> list[Span]:
    """List the layers that read a group; other modules only pass its channels on."""
    return [span for span in group.consumers if span.module in subject.layout.by_name]


def columns(weight: Tensor, span: Span, size: int) -> Tensor:
    """View the part of a kernel that reads a group: (out, size · repeat, ...)."""
    start = span.offset * span.repeat
    return weight[:, start : start + size * span.repeat]


def reading(subject: Subject, group: ChannelGroup, span: Span) -> Tensor:
    """Give the kernel of a reader on a group's channels, (out, channels, places), in float64."""
    kernel = subject.model.get_parameter(f"{span.module}.weight").detach()
    return columns(kernel, span, group.size).reshape(len(kernel), group.size, -1).double()


def bias(network: nn.Module, layer: str) -> Tensor | float:
    """Give a layer's bias in float64, 0 where it has none."""
    found = network.get_submodule(layer).bias
    return found.detach().double() if isinstance(found, Tensor) else 0.0


def living_outputs(subject: Subject, layer: str) -> Tensor:
    """Say which outputs of a layer earlier rounds left, (out,), boolean."""
    living = torch.ones(subject.layout.by_name[layer].shape[0], dtype=torch.bool)
    for group in subject.layout.groups:
        for span in group.producers:
            if span.module == layer:
                start, alive = span.offset * span.repeat, subject.alive[group.name].cpu()
                living[start : start + group.size * span.repeat] = alive.repeat_interleave(
                    span.repeat
                )
    return living


@torch.no_grad()
def moments(subject: Subject, group: ChannelGroup, span: Span, sampling: Sampling) -> Moments:
    """Add up one reader's inputs, and how far its response has drifted."""
    weight = reading(subject, group, span)
    living = living_outputs(subject, span.module).to(weight.device)
    features = weight[0].numel()
    gram = weight.new_zeros(features, features)
    sums, cross = weight.new_zeros(features), weight.new_zeros(features, len(weight))
    drift, square = weight.new_zeros(len(weight)), weight.new_zeros(())
    rows = 0
    for sample, lost in drifting(subject, span.module, sampling):
        inputs = sample.of(span, group.size).flatten(1).double()
        error = lost * living  # an output that is gone has nothing to make up for
        gram.addmm_(inputs.T, inputs)
        cross.addmm_(inputs.T, error)
        sums += inputs.sum(0)
        drift += error.sum(0)
        square += error.square().sum()
        rows += len(inputs)
    return Moments(weight, rows, int(living.sum()), gram, sums, cross, drift, square)


def drifting(subject: Subject, layer: str, sampling: Sampling) -> Iterator[tuple[Sample, Tensor]]:
    """Sample a layer, with the response it once had minus the one it has, (rows, out)."""
    now = subject.samples(layer, sampling.images, sampling.positions)
    if not sampling.drift:
        yield from ((sample, torch.zeros_like(sample.outputs).double()) for sample in now)
        return
    once = subject.samples(layer, sampling.images, sampling.positions, original=True)
    # Biases are set apart: a fit has an intercept of its own.
    offset = bias(subject.original(), layer) - bias(subject.model, layer)
    for sample, before in zip(now, once, strict=True):
        yield sample, before.outputs.double() - sample.outputs.double() - offset


def contributions(subject: Subject, group: ChannelGroup, sampling: Sampling) -> Contributions:
    """Add up the contributions of a group's channels to all layers that read them."""
    total = Contributions.none(group.size)
    for span in readers(subject, group):
        kernel = reading(subject, group, span)
        outputs, size, places = kernel.shape
        features = size * places
        # Work per position: the inputs' products, or the contributions and theirs. So what reads
        # a large flattened map never asks for its Gram matrix.
        is_wide = features**2 > outputs * (features + size**2)
        total += (one_by_one if is_wide else by_moments)(subject, group, span, sampling)
    return total


def by_moments(
    subject: Subject, group: ChannelGroup, span: Span, sampling: Sampling
) -> Contributions:
    """Add up the contributions to one reader by way of its inputs' products."""
    seen = moments(subject, group, span, sampling)
    products = contribution_gram(seen)
    onto_drift = (seen.cross * seen.flat.T).sum(1).view(group.size, -1).sum(1)
    totals = (seen.weight.sum(0).flatten() * seen.sums).view(group.size, -1).sum(1)
    return Contributions(
        rows=seen.rows * seen.outputs,
        gram=products.cpu(),
        sums=totals.cpu(),
        target=(products.sum(1) + onto_drift).cpu(),
        target_sum=float(totals.sum() + seen.drift.sum()),
        target_square=float(products.sum() + 2 * onto_drift.sum() + seen.drift_square),
    )


@torch.no_grad()
def one_by_one(
    subject: Subject, group: ChannelGroup, span: Span, sampling: Sampling
) -> Contributions:
    """Add up the contributions to one reader, each worked out by itself."""
    kernel = reading(subject, group, span)
    living = living_outputs(subject, span.module).to(kernel.device)
    total = Contributions.none(group.size)
    step = max(1, HELD // (len(kernel) * group.size))
    for sample, lost in drifting(subject, span.module, sampling):
        inputs = sample.of(span, group.size).double()
        for part, error in zip(inputs.split(step), (lost * living).split(step), strict=True):
            columns = torch.einsum("ncp,ocp->noc", part, kernel)[:, living].flatten(0, 1)
            total += Contributions.of(columns, columns.sum(1) + error[:, living].flatten())
    return total


def contribution_gram(seen: Moments) -> Tensor:
    """Give z_c · z_d: the inputs' Gram matrix weighted by the kernel's, summed over places."""
    _, size, places = seen.weight.shape
    by_channel = seen.gram.view(size, places, size, places)
    lines = []
    for channel in range(size):  # one at a time: the kernel's whole Gram matrix may be large
        overlap = (seen.weight[:, channel].T @ seen.flat).view(places, size, places)
        lines.append((by_channel[channel] * overlap).sum((0, 2)))
    return torch.stack(lines)
