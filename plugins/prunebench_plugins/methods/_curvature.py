"""Diagonals of curvature matrices of the mean loss, by kernel; see the method ``obd``."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import functional_call

from prunebench.api import Subject
from prunebench_plugins.methods._per_sample import check_rows, squared_gradients, tapped

Diagonal: TypeAlias = dict[str, Tensor]
"""By layer, of the kernel's shape: the curvature of the mean loss along each single weight."""

Goals: TypeAlias = Callable[[Tensor, Tensor], Iterator[Tensor]]
"""From outputs and labels to scalars whose squared per-image gradients are summed."""


def gauss_newton(subject: Subject, samples: int, chunk: int) -> Diagonal:
    """Compute the exact diagonal of the generalised Gauss-Newton matrix.

    The matrix is the mean over images of Jᵀ H J, with J the outputs' Jacobian and H = S Sᵀ the
    Hessian of the loss by the outputs (Schraudolph 2002, section 3); its diagonal is the sum over
    columns s of S of (∂ zᵀs / ∂ w)².

    Parameters
    ----------
    subject
        What the method sees.
    samples
        Training images.
    chunk
        Images at once; memory grows with it, results do not change.
    """

    def goals(outputs: Tensor, labels: Tensor) -> Iterator[Tensor]:
        factor = factor_of_hessian(subject.loss, outputs.detach(), labels)
        for column in factor.unbind(2):
            yield (outputs * column).sum()

    return mean_of_squares(subject, samples, chunk, goals)


def empirical_fisher(subject: Subject, samples: int, chunk: int) -> Diagonal:
    """Average the squared gradients of single images, each for its true label.

    Parameters
    ----------
    subject, samples, chunk
        As for `gauss_newton`.
    """

    def goals(outputs: Tensor, labels: Tensor) -> Iterator[Tensor]:
        yield subject.loss(outputs, labels) * len(outputs)

    return mean_of_squares(subject, samples, chunk, goals)


def mean_of_squares(subject: Subject, samples: int, chunk: int, goals: Goals) -> Diagonal:
    """Sum squared per-image gradients over goals and average them over images."""
    layers = list(subject.weights)
    sums = {name: torch.zeros_like(weight) for name, weight in subject.weights.items()}
    seen = 0
    for images, labels in chunks(subject, samples, chunk):
        with torch.enable_grad(), tapped(subject.model, layers) as taps:
            outputs = subject.model(images)
            check_rows(taps, len(images))
            found = squared_gradients(subject.model, layers, taps, goals(outputs, labels))
        for name, part in found.items():
            sums[name] += part
        seen += len(images)
    return {name: total / max(seen, 1) for name, total in sums.items()}


def hutchinson(subject: Subject, samples: int, chunk: int, draws: int) -> Diagonal:
    """Estimate the diagonal of the Hessian: E[v ∘ Hv] for random signs v.

    Hutchinson 1990's estimator in the form of Bekas et al. 2007. Unbiased; the variance is the sum
    of the squared off-diagonal entries of a row, over the number of vectors. Each chunk draws its
    own vectors.

    Parameters
    ----------
    subject, samples, chunk
        As for `gauss_newton`, but chunks change which vectors are drawn.
    draws
        Vectors per chunk, drawn from ``subject.generator``.
    """
    # Copies that take gradients, so the network's own are neither needed nor touched.
    kernels = {
        f"{name}.weight": weight.detach().clone().requires_grad_()
        for name, weight in subject.weights.items()
    }
    sums = {name: torch.zeros_like(weight) for name, weight in subject.weights.items()}
    seen = 0
    for images, labels in chunks(subject, samples, chunk):
        with torch.enable_grad():
            loss = subject.loss(functional_call(subject.model, kernels, (images,)), labels)
            slopes = torch.autograd.grad(
                loss * len(images), list(kernels.values()), create_graph=True
            )
            for _ in range(draws):
                signs = [random_signs(slope, subject.generator) for slope in slopes]
                products = torch.autograd.grad(
                    slopes, list(kernels.values()), signs, retain_graph=True
                )
                for name, sign, product in zip(sums, signs, products, strict=True):
                    sums[name] += sign * product
        seen += len(images)
    return {name: total / max(seen * draws, 1) for name, total in sums.items()}


def random_signs(like: Tensor, generator: torch.Generator) -> Tensor:
    """Draw -1 and 1 with equal chance, on the generator's device."""
    bits = torch.randint(2, like.shape, generator=generator, device=generator.device)
    return (2 * bits - 1).to(like)


def chunks(subject: Subject, samples: int, chunk: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield images and labels, at most `chunk` at once."""
    for images, labels in subject.batches(samples):
        yield from zip(images.split(chunk), labels.split(chunk), strict=True)


def factor_of_hessian(
    loss: Callable[[Tensor, Tensor], Tensor], outputs: Tensor, labels: Tensor
) -> Tensor:
    """Give S with S Sᵀ = the Hessian of each image's loss by its outputs.

    Parameters
    ----------
    loss
        Mean over images.
    outputs
        (images, classes).
    labels
        One per image.

    Returns
    -------
    Tensor
        (images, classes, columns). Directions of negative curvature are left out.
    """
    if loss is F.cross_entropy:
        # diag(p) - p pᵀ has the columns √p_c (e_c - p); exact where rounding would spoil a
        # numerical factor, that is for nearly certain outputs.
        chances = outputs.softmax(1)
        offsets = torch.eye(outputs.shape[1]).to(chances) - chances.unsqueeze(1)
        return (chances.sqrt().unsqueeze(2) * offsets).transpose(1, 2)
    hessians = output_hessians(loss, outputs, labels)
    values, vectors = torch.linalg.eigh(hessians.double())
    factor: Tensor = vectors * values.clamp(min=0.0).sqrt().unsqueeze(1)
    return factor.to(outputs.dtype)


def output_hessians(
    loss: Callable[[Tensor, Tensor], Tensor], outputs: Tensor, labels: Tensor
) -> Tensor:
    """Differentiate each image's loss twice by its outputs: (images, classes, classes)."""
    with torch.enable_grad():
        points = outputs.detach().requires_grad_()
        total = loss(points, labels) * len(points)
        [slopes] = torch.autograd.grad(total, points, create_graph=True)
        rows = [
            torch.autograd.grad(column.sum(), points, retain_graph=True)[0]
            for column in slopes.unbind(1)
        ]
    return torch.stack(rows, 1)


def saliencies(weights: Mapping[str, Tensor], diagonal: Diagonal) -> dict[str, Tensor]:
    """Give the predicted rise of the loss when a weight is set to zero: h u² / 2."""
    return {name: diagonal[name] * weight.square() / 2 for name, weight in weights.items()}
