"""Gradients of the training loss with respect to the prunable kernels."""

import torch
from torch import Tensor

from prunebench.api import Subject
from prunebench.errors import SpecError


def check_samples(name: str, samples: int) -> None:
    """Check a method's setting `samples`.

    Raises
    ------
    SpecError
        If it is below 1.
    """
    if samples < 1:
        msg = f"{name}[samples] must be at least 1, got {samples}."
        raise SpecError(msg)


def mean_gradients(subject: Subject, samples: int) -> dict[str, Tensor]:
    """Average the loss gradient over training images; nothing is left on the network.

    Parameters
    ----------
    subject
        The network, in eval mode.
    samples
        Training images; all there are where that is fewer.

    Returns
    -------
    dict
        dL/dw by layer name, of the kernels' shapes.
    """
    kernels = [subject.model.get_parameter(f"{name}.weight") for name in subject.weights]
    totals = [torch.zeros_like(kernel) for kernel in kernels]
    seen = 0
    for images, labels in subject.batches(samples):
        loss = subject.loss(subject.model(images), labels) * len(labels)  # of the batch, summed
        found = torch.autograd.grad(loss, kernels)
        totals = [total + gradient for total, gradient in zip(totals, found, strict=True)]
        seen += len(labels)
    return {name: total / seen for name, total in zip(subject.weights, totals, strict=True)}
