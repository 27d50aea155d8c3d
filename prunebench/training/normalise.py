"""Pixels become inputs, on whatever device they live."""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from prunebench.training.images import Preprocessing

Normalise: TypeAlias = Callable[[Tensor], Tensor]
"""Turns uint8 images (images, channels, height, width) into a fresh float32 tensor."""


def normaliser(preprocessing: Preprocessing, device: torch.device) -> Normalise:
    """Fold (pixel / scale − mean) / std into one product and one difference per pixel."""
    std = torch.tensor(preprocessing.std, dtype=torch.float64)
    mean = torch.tensor(preprocessing.mean, dtype=torch.float64)
    factor = (1.0 / (preprocessing.scale * std)).float().view(-1, 1, 1).to(device)
    offset = (mean / std).float().view(-1, 1, 1).to(device)

    def normalise(images: Tensor) -> Tensor:
        return images.float().mul_(factor).sub_(offset)

    return normalise
