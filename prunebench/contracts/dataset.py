"""The contract of a data set: say what it is without reading it, then read it into memory."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, dataclass_transform

from prunebench.contracts.model import Shape
from prunebench.contracts.settings import freeze, setting
from prunebench.core.digest import Json
from prunebench.training.images import Images, Preprocessing


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
    preprocessing
        How pixels become inputs.
    """

    shape: Shape
    classes: int
    train: int
    validation: int
    test: int
    identity: str
    preprocessing: Preprocessing

    def record(self) -> dict[str, Json]:
        """Give what the data set contributes to keys: content and preprocessing."""
        return {"identity": self.identity, "preprocessing": self.preprocessing.record()}


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
        """Give the settings that state facts, where others only name a place; None for all."""
        return None
