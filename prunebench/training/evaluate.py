"""Loss, accuracy and predictions of a network on a split."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from prunebench.training.images import Preprocessing, Split
from prunebench.training.normalise import normaliser
from prunebench.training.precision import autocast, products
from prunebench.training.recipe import Precision

TOP5_CLASSES = 100
"""From so many classes on, top-5 accuracy says something."""


@dataclass(frozen=True)
class Evaluation:
    """How well a network does on a split.

    Parameters
    ----------
    loss
        Mean cross entropy over images; not finite for a diverged network.
    accuracy
        Fraction of images whose label has the largest output.
    top5
        Fraction of images whose label is among the five largest; None below 100 classes.
    predictions
        int16, (images,): the class with the largest output.
    confidence
        float32, (images,): that class's probability.
    """

    loss: float
    accuracy: float
    top5: float | None
    predictions: Tensor
    confidence: Tensor


@torch.inference_mode()
def evaluate(
    network: nn.Module,
    split: Split,
    preprocessing: Preprocessing,
    *,
    batch: int | None = None,
    precision: Precision = "fp32",
) -> Evaluation:
    """Evaluate in eval mode, on the device of the network, and leave the network as it was.

    Parameters
    ----------
    batch
        Images at a time; decides memory and speed, and results only by rounding.
    precision
        As in a recipe.
    """
    device = next(network.parameters()).device
    normalise = normaliser(preprocessing, device)
    batch = batch or usual_batch(split, device)
    with in_eval_mode(network), products(precision), autocast(device, precision):
        parts = [
            judge(network(normalise(images.to(device))).float(), labels.to(device))
            for images, labels in zip(
                split.images.split(batch), split.labels.split(batch), strict=True
            )
        ]
    return summarise([torch.cat(column).cpu() for column in zip(*parts, strict=True)])


def usual_batch(split: Split, device: torch.device) -> int:
    """Choose a batch by the size of an image: about 100 images of 32x32 in colour on a CPU.

    Larger activations come from fresh pages of memory each time, which costs ResNet-20 almost half
    its speed at 1000 images; a GPU wants more at a time.
    """
    pixels = split.images[0].numel()
    return max(1, (300_000 if device.type == "cpu" else 3_000_000) // pixels)


def judge(outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Give each image's loss, prediction, hit, confidence and top-5 hit (empty for few classes)."""
    logs = F.log_softmax(outputs, 1)
    predictions = outputs.argmax(1)
    confidence = logs.gather(1, predictions[:, None]).squeeze(1).exp()
    top5 = outputs.topk(5).indices if outputs.shape[1] >= TOP5_CLASSES else predictions[:0, None]
    return (
        F.nll_loss(logs, labels, reduction="none"),
        predictions.short(),
        predictions == labels,
        confidence,
        (top5 == labels[: len(top5), None]).any(1),
    )


def summarise(columns: list[Tensor]) -> Evaluation:
    """Average what `judge` said of every image; sums are in float64."""
    losses, predictions, hits, confidence, top5 = columns
    return Evaluation(
        loss=float(losses.double().mean()),
        accuracy=float(hits.double().mean()),
        top5=float(top5.double().mean()) if len(top5) else None,
        predictions=predictions,
        confidence=confidence,
    )


@contextmanager
def in_eval_mode(network: nn.Module) -> Iterator[None]:
    """Put a network in eval mode and every module back into its own mode afterwards."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
