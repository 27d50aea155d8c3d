"""The contract of a data set: say what it is without reading it, then read it into memory."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, dataclass_transform

from torch import Tensor

from prunebench.contracts.model import Shape
from prunebench.contracts.settings import freeze, setting
from prunebench.core.digest import Json


@dataclass(frozen=True)
class DatasetInfo:
    """What planning needs to know of a data set.

    Parameters
    ----------
    shape
        Channels, height, width.
    classes
        Number of classes.
    train, validation, test
        Number of images; `validation` counts a fixed split (0: the recipe holds images out).
    identity
        Names the content: an official checksum or a digest of the files. Part of every key; never
        a path.
    scale
        Pixel value that means 1.0: 255 for ordinary images.
    mean, std
        Per channel, of pixels in [0, 1]: what normalisation subtracts and divides by.
    """

    shape: Shape
    classes: int
    train: int
    validation: int
    test: int
    identity: str
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def record(self) -> dict[str, Json]:
        """Give what the data set contributes to keys: content and preprocessing."""
        return {
            "identity": self.identity,
            "scale": self.scale,
            "mean": self.mean,
            "std": self.std,
        }


@dataclass(frozen=True)
class Split:
    """Images and labels in memory.

    Parameters
    ----------
    images
        uint8, (images, channels, height, width).
    labels
        int64, (images,).
    """

    images: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Images:
    """A data set in memory; `validation` is None unless the split is fixed."""

    train: Split
    test: Split
    validation: Split | None = None


@dataclass_transform(frozen_default=True, field_specifiers=(setting,))
class Dataset(ABC):
    """A data set for image classification.

    Subclasses become frozen dataclasses of their settings, written as ``name[key=value]``.

    Attributes
    ----------
    name, paper
        Public id and source.
    model, recipe
        What a run takes when the person names none.
    """

    name: ClassVar[str]
    paper: ClassVar[str]
    model: ClassVar[str]
    recipe: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        freeze(cls)

    @abstractmethod
    def info(self, data_dir: Path) -> DatasetInfo:
        """Describe the data set without decoding images.

        Raises
        ------
        DataError
            If that is impossible, such as for a folder that is not there.
        """

    @abstractmethod
    def load(self, data_dir: Path) -> Images:
        """Read the data set from `data_dir`, which may be read-only.

        Raises
        ------
        DataError
            If a file is absent or damaged.
        """

    def fetch(self, data_dir: Path) -> None:  # noqa: B027 - most plugins need nothing
        """Download what is missing below `data_dir`; does nothing where all is there.

        Raises
        ------
        DataError
            If it is absent and cannot be downloaded.
        """

    def coordinates(self) -> dict[str, Json] | None:
        """Give settings for the trial id where a setting names a place, not a fact; None for all."""
        return None
