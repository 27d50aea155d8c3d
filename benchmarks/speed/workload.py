"""What is trained: a network, masked, with its recipe, on images drawn by chance."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import torch
from torch import Tensor, nn

from benchmarks.speed.case import Surroundings
from prunebench.contracts.model import Model, Shape
from prunebench.contracts.settings import configure
from prunebench.core.digest import Json
from prunebench.core.initialise import kernels
from prunebench.plugin.registry import Registry, load_registry
from prunebench.training.images import Preprocessing, Split
from prunebench.training.recipe import Recipe

CLASSES = 10
DENSITY = 0.2
MEAN, STD = 0.4, 0.25
TINY_BATCH = 4


@cache
def registry() -> Registry:
    """Load the plugins, once."""
    return load_registry()


@dataclass(frozen=True)
class Workload:
    """A training whose speed is measured.

    Parameters
    ----------
    model, settings
        By its name in the registry.
    shape
        Of an image.
    recipe
        Its length is longer than any turn.
    images
        In the training split; a multiple of the batch, so that all batches are whole.
    validation
        Held-out images.
    """

    model: str
    shape: Shape
    recipe: Recipe
    images: int
    validation: int = 0
    settings: Mapping[str, Json] = field(default_factory=dict)

    def family(self) -> Model:
        """Look the model up."""
        return configure(registry().model(self.model).item, "model", self.model, self.settings)

    def network(self) -> nn.Module:
        """Build the network with its own distribution of weights, the same each time."""
        network = self.family().build(self.shape, CLASSES)
        self.family().initialise(network, torch.Generator().manual_seed(0))
        return network

    def masks(self, network: nn.Module) -> dict[str, Tensor]:
        """Keep `DENSITY` of every kernel, chosen by chance, the same each time."""
        source = torch.Generator().manual_seed(1)
        return {
            f"{name}.weight": torch.rand(module.weight.shape, generator=source) < DENSITY
            for name, module in kernels(network)
        }

    def split(self, images: int | None = None) -> Split:
        """Draw training images, or so many others, with their labels."""
        count = self.images if images is None else images
        source = torch.Generator().manual_seed(count)
        pixels = torch.randint(0, 256, (count, *self.shape), dtype=torch.uint8, generator=source)
        return Split(pixels, torch.randint(0, CLASSES, (count,), generator=source))

    def fitted(self, where: Surroundings) -> "Workload":
        """Give the workload for a size: for tests a few small batches, else itself."""
        if where.size != "tiny":
            return self
        recipe = replace(self.recipe, batch=TINY_BATCH)
        held = min(self.validation, TINY_BATCH)
        return replace(self, recipe=recipe, images=4 * TINY_BATCH, validation=held)

    @property
    def preprocessing(self) -> Preprocessing:
        """How pixels become inputs."""
        return Preprocessing(255.0, (MEAN,) * self.shape[0], (STD,) * self.shape[0])

    @property
    def layout(self) -> torch.memory_format:
        """Memory layout of images and convolutions."""
        return torch.channels_last if self.recipe.channels_last else torch.contiguous_format
