"""Random crops and flips of whole batches of uint8 images."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from prunebench.core.random import generator
from prunebench.training.resized_crop import Boxes, crop_boxes, draw_boxes

Augmentation: TypeAlias = Literal["none", "flip", "crop", "crop-flip", "resized-crop-flip"]

PADDING = 4
"""Black pixels on each side before cropping (He et al. 2016, section 4.2)."""


@dataclass(frozen=True)
class Draws:
    """What chance decided for a row of images.

    Parameters
    ----------
    rows, columns
        int64, (images,): upper left corner of the crop in the padded image, 0 to 2 · `PADDING`.
    flips
        bool, (images,): whether the crop is mirrored left to right.
    """

    rows: Tensor
    columns: Tensor
    flips: Tensor

    def part(self, begin: int, end: int) -> "Draws":
        """Give the draws of the images from `begin` to `end` (exclusive)."""
        return Draws(self.rows[begin:end], self.columns[begin:end], self.flips[begin:end])


def draw(
    augmentation: Augmentation, images: int, seed: int, epoch: int, device: torch.device
) -> Draws | Boxes:
    """Draw an epoch's crops and flips, one per position in the epoch's order.

    Without ``crop`` every corner is the centre, without ``flip`` nothing is mirrored.
    """
    if augmentation == "resized-crop-flip":
        return draw_boxes(images, seed, epoch, device)
    source = generator(seed, "augmentation", epoch)
    corners = torch.randint(2 * PADDING + 1, (2, images), generator=source)
    flips = torch.randint(2, (images,), generator=source).bool()
    if "crop" not in augmentation:
        corners.fill_(PADDING)
    if "flip" not in augmentation:
        flips.fill_(False)  # noqa: FBT003 - the value to fill with
    return Draws(corners[0].to(device), corners[1].to(device), flips.to(device))


def augment(images: Tensor, draws: Draws | Boxes) -> Tensor:
    """Crop and mirror a batch of uint8 images (images, channels, height, width).

    The border is black, pixel value 0, as in the published code, which pads before normalising.
    """
    if isinstance(draws, Boxes):
        return crop_boxes(images, draws)
    channels, height, width = images.shape[1:]
    padded = F.pad(images, (PADDING,) * 4)
    across = torch.arange(width, device=images.device)
    columns = torch.where(draws.flips[:, None], across.flip(0), across) + draws.columns[:, None]
    rows = torch.arange(height, device=images.device) + draws.rows[:, None]
    places = rows[:, :, None] * padded.shape[3] + columns[:, None, :]  # (images, height, width)
    places = places.flatten(1)[:, None].expand(-1, channels, -1)  # (images, channels, pixels)
    return padded.flatten(2).gather(2, places).view(images.shape)
