"""Pixels become inputs."""

import torch

from prunebench.training.images import Preprocessing
from prunebench.training.normalise import normaliser

CPU = torch.device("cpu")


def test_by_hand():
    """Pixel 51 of 255 is 0.2; minus a mean of 0.4, over a deviation of 0.5: -0.4."""
    normalise = normaliser(Preprocessing(255.0, (0.4, 0.0), (0.5, 1.0)), CPU)
    images = torch.tensor([51, 255], dtype=torch.uint8).view(1, 2, 1, 1)

    torch.testing.assert_close(normalise(images).flatten(), torch.tensor([-0.4, 1.0]))


def test_images_are_left_alone():
    """The stored pixels are not scaled in place."""
    images = torch.full((1, 1, 2, 2), 7, dtype=torch.uint8)
    normaliser(Preprocessing(16.0, (0.0,), (1.0,)), CPU)(images)

    assert images.unique().tolist() == [7]
