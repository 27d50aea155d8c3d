"""Random-resized crops of whole batches of images: a box is cut out and stretched to full size."""

from dataclasses import dataclass
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor

from prunebench.core.random import generator

LEAST_AREA = 0.08
"""Smallest part of an image that a box covers (Szegedy et al. 2015, section 6)."""
WIDEST = 4 / 3
"""Largest ratio of a box's width to its height, or of height to width (ibid.)."""
ATTEMPTS = 10
"""How often a box is drawn until it fits into the image, as in torchvision; else all is taken."""


@dataclass(frozen=True)
class Boxes:
    """What chance decided for a row of images: boxes in fractions of the image, and flips.

    Parameters
    ----------
    tops, lefts, heights, widths
        float64, (images,): a box is ``top <= y < top + height``, all in [0, 1].
    flips
        bool, (images,): whether the box is mirrored left to right.
    """

    tops: Tensor
    lefts: Tensor
    heights: Tensor
    widths: Tensor
    flips: Tensor

    def part(self, begin: int, end: int) -> "Boxes":
        """Give the boxes of the images from `begin` to `end` (exclusive)."""
        tops, lefts = self.tops[begin:end], self.lefts[begin:end]
        heights, widths = self.heights[begin:end], self.widths[begin:end]
        return Boxes(tops, lefts, heights, widths, self.flips[begin:end])


def draw_boxes(images: int, seed: int, epoch: int, device: torch.device) -> Boxes:
    """Draw an epoch's boxes and flips, one per position in the epoch's order.

    Area uniform in [0.08, 1], the logarithm of the aspect ratio uniform between 3/4 and 4/3, both
    relative to the image; drawn again, up to ten times, while the box does not fit.
    """
    source = generator(seed, "augmentation", epoch)
    area, aspect = torch.rand(2, ATTEMPTS, images, generator=source, dtype=torch.float64)
    area = LEAST_AREA + (1 - LEAST_AREA) * area
    aspect = ((2 * aspect - 1) * log(WIDEST)).exp()
    heights, widths = (area / aspect).sqrt(), (area * aspect).sqrt()
    fits = (heights <= 1) & (widths <= 1)
    first = fits.int().argmax(0, keepdim=True)  # attempts: the first that fits, else the first
    height, width = (
        sides.gather(0, first)[0].where(fits.any(0), torch.ones(1, dtype=torch.float64))
        for sides in (heights, widths)
    )
    top, left = torch.rand(2, images, generator=source, dtype=torch.float64)
    flips = torch.randint(2, (images,), generator=source).bool()
    drawn = (top * (1 - height), left * (1 - width), height, width, flips)
    return Boxes(*(tensor.to(device) for tensor in drawn))


def crop_boxes(images: Tensor, boxes: Boxes) -> Tensor:
    """Cut a box out of every image and stretch it to the image's size, bilinearly.

    Parameters
    ----------
    images
        uint8, (images, channels, height, width).

    Returns
    -------
    Tensor
        uint8, of the same shape; values are rounded.
    """
    height, width = images.shape[2:]
    across, down = centres(width, images), centres(height, images)
    across = torch.where(boxes.flips[:, None], 1 - across, across)
    across = boxes.lefts[:, None] + boxes.widths[:, None] * across  # (images, width)
    down = boxes.tops[:, None] + boxes.heights[:, None] * down  # (images, height)
    places = torch.broadcast_tensors(across[:, None, :], down[:, :, None])
    grid = torch.stack(places, 3).mul(2).sub(1).float()  # from -1 to 1, as grid_sample wants it
    cut = F.grid_sample(images.float(), grid, padding_mode="border", align_corners=False)
    return cut.round_().to(torch.uint8)


def centres(size: int, like: Tensor) -> Tensor:
    """Give the centres of so many pixels as fractions of their row, (size,)."""
    return (torch.arange(size, device=like.device, dtype=torch.float64) + 0.5) / size
