"""Training batches by step number: any step can be asked for, nothing has to be remembered."""

from dataclasses import dataclass
from math import ceil

import torch
from torch import Tensor

from prunebench.core.random import generator
from prunebench.errors import SpecError
from prunebench.training.augment import Draws, augment, draw
from prunebench.training.images import Preprocessing, Split
from prunebench.training.normalise import normaliser
from prunebench.training.recipe import Recipe
from prunebench.training.resized_crop import Boxes

CPU = torch.device("cpu")


def epoch_steps(images: int, batch: int) -> int:
    """Count the steps of an epoch; the last batch may be smaller."""
    return ceil(images / batch)


def hold_out(split: Split, count: int, seed: int) -> tuple[Split, Split]:
    """Draw `count` validation images by seed.

    Returns
    -------
    tuple[Split, Split]
        What is left for training, in its old order, and the validation images.

    Raises
    ------
    SpecError
        If `count` leaves either side empty.
    """
    size = len(split.labels)
    if not 0 < count < size:
        msg = f"validation must leave images on both sides, got {count} of {size}; hold out fewer."
        raise SpecError(msg)
    order = torch.randperm(size, generator=generator(seed, "validation"))
    held, left = order[:count].sort().values, order[count:].sort().values
    return take(split, left), take(split, held)


def take(split: Split, index: Tensor) -> Split:
    """Pick images and their labels."""
    return Split(split.images.index_select(0, index), split.labels.index_select(0, index))


@dataclass(frozen=True)
class Epoch:
    """The order of one epoch's images, and what augmentation does to each position."""

    number: int
    order: Tensor
    draws: Draws | Boxes


@dataclass(frozen=True)
class Picked:
    """The images of one step.

    Parameters
    ----------
    index
        int64, (images,): their numbers.
    draws
        What augmentation does to them; None without augmentation.
    """

    index: Tensor
    draws: Draws | Boxes | None

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Everything it consists of."""
        return (self.index, *(vars(self.draws).values() if self.draws else ()))

    def copied(self) -> "Picked":
        """Give the same in tensors of its own."""
        draws = self.draws and type(self.draws)(*(t.clone() for t in vars(self.draws).values()))
        return Picked(self.index.clone(), draws)

    def take_over(self, other: "Picked") -> None:
        """Change the tensors in place to those of another step with as many images."""
        for mine, theirs in zip(self.tensors, other.tensors, strict=True):
            mine.copy_(theirs)


class Batches:
    """Batches of a training split in memory, a function of the seed and the step alone.

    Parameters
    ----------
    split
        Training images and labels; copied to `device` unless they are there.
    preprocessing
        How pixels become inputs.
    recipe
        Gives batch size, augmentation and memory layout.
    seed
        Decides order and augmentation.
    device
        Where the network lives.
    """

    def __init__(
        self,
        split: Split,
        preprocessing: Preprocessing,
        recipe: Recipe,
        seed: int,
        device: torch.device = CPU,
    ) -> None:
        self.device = device
        self.size = len(split.labels)
        self.epoch_steps = epoch_steps(self.size, recipe.batch)
        self._images = split.images.to(device)
        self._labels = split.labels.to(device)
        self._normalise = normaliser(preprocessing, device)
        self._recipe = recipe
        self._seed = seed
        # A last batch of one image would take its neighbour along and never stand alone: batch
        # norm cannot train on a single value per channel, and dropping it would lose an image.
        self._last_begin = max(0, self.size - (1 if recipe.batch == 1 else 2))
        self._layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
        self._epoch = self._draw(0)

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Give the inputs and labels of an optimiser step, counted from 0 over the whole training.

        Returns
        -------
        tuple[Tensor, Tensor]
            Inputs as float32 (images, channels, height, width), labels as int64 (images,).
        """
        return self.gather(self.pick(step))

    def pick(self, step: int) -> Picked:
        """Say which images a step sees, and what augmentation does to them."""
        number, place = divmod(step, self.epoch_steps)
        if number != self._epoch.number:
            self._epoch = self._draw(number)
        begin = min(place * self._recipe.batch, self._last_begin)
        end = (place + 1) * self._recipe.batch
        plain = self._recipe.augmentation == "none"
        draws = None if plain else self._epoch.draws.part(begin, end)
        return Picked(self._epoch.order[begin:end], draws)

    def gather(self, picked: Picked) -> tuple[Tensor, Tensor]:
        """Give the inputs and labels of picked images, as `batch`."""
        images = self._images.index_select(0, picked.index)
        if picked.draws is not None:
            images = augment(images, picked.draws)
        inputs = self._normalise(images).contiguous(memory_format=self._layout)
        return inputs, self._labels.index_select(0, picked.index)

    def _draw(self, number: int) -> Epoch:
        order = torch.randperm(self.size, generator=generator(self._seed, "order", number))
        draws = draw(self._recipe.augmentation, self.size, self._seed, number, self.device)
        return Epoch(number, order.to(self.device), draws)
