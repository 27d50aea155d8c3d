"""Training images for scoring, drawn by counter and counted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from prunebench.core.random import generator
from prunebench.core.sample import Sample, samples
from prunebench.training.images import Preprocessing, Split
from prunebench.training.normalise import normaliser

CHUNK = 100
"""Images per batch of `Subject.batches`."""

Draw = Callable[[int], Iterator[tuple[Tensor, Tensor]]]


def draw_images(
    images: Split,
    preprocessing: Preprocessing,
    network: nn.Module,
    counter: tuple[int, int],
    chunk: int = CHUNK,
) -> Draw:
    """Give `Subject.batches`: the first images of one shuffle per seed and round.

    Parameters
    ----------
    images, preprocessing
        The training images.
    network
        On whose device they are wanted.
    counter
        Seed and round.
    chunk
        Images per batch.
    """
    device = next(network.parameters()).device
    normalise = normaliser(preprocessing, device)
    seed, number = counter

    def batches(count: int) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(images.labels), generator=generator(seed, "calibration", number))
        for index in order[:count].split(chunk):
            yield normalise(images.images[index].to(device)), images.labels[index].to(device)

    return batches


@dataclass
class Sampling:
    """What a method draws in one round, with a count of the images.

    Parameters
    ----------
    draw
        Gives training images.
    network
        The network under the mask of earlier rounds.
    original
        Gives the network as it was before the first round.
    counter
        Seed and round.
    images
        Drawn so far.
    """

    draw: Draw
    network: nn.Module
    original: Callable[[], nn.Module]
    counter: tuple[int, int]
    images: int = 0

    def batches(self, count: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Draw images and labels; see `Subject.batches`."""
        for inputs, labels in self.draw(count):
            self.images += len(labels)
            yield inputs, labels

    def samples(
        self, layer: str, images: int, positions: int, *, original: bool = False
    ) -> Iterator[Sample]:
        """Sample what a layer reads and gives; see `Sampler`."""
        network = self.original() if original else self.network
        seed, number = self.counter
        places = generator(seed, f"positions {layer}", number)
        return samples(network, layer, self.batches(images), positions, places)
