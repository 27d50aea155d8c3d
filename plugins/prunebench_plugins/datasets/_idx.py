"""The IDX files of MNIST and its relatives, packed or not."""

import gzip
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from prunebench.api import Images, Split
from prunebench.errors import DataError, SpecError
from prunebench_plugins.datasets._download import Wanted
from prunebench_plugins.datasets._reading import verified

UNSIGNED_BYTE = 8
"""Third byte of an IDX file whose values are unsigned bytes."""


@dataclass(frozen=True)
class IdxFile:
    """One official file.

    Parameters
    ----------
    name
        Name of the unpacked file; ``.gz`` is appended for the packed one.
    packed, unpacked
        Official MD5 of either.
    """

    name: str
    packed: str
    unpacked: str

    def candidates(self, folder: Path) -> tuple[tuple[Path, str], tuple[Path, str]]:
        """Give the two forms with their checksums, the packed one first."""
        return (folder / f"{self.name}.gz", self.packed), (folder / self.name, self.unpacked)

    def is_in(self, folder: Path) -> bool:
        """Say whether the file is there in either form."""
        return any(path.is_file() for path, _ in self.candidates(folder))


@dataclass(frozen=True)
class IdxFiles:
    """The four files of a data set, in the folder where torchvision keeps them.

    Parameters
    ----------
    dataset
        Public id, for error messages.
    folder
        Folder below the data directory.
    train_images, train_labels, test_images, test_labels
        The files.
    """

    dataset: str
    folder: str
    train_images: IdxFile
    train_labels: IdxFile
    test_images: IdxFile
    test_labels: IdxFile

    @property
    def all(self) -> tuple[IdxFile, ...]:
        """The four files."""
        return self.train_images, self.train_labels, self.test_images, self.test_labels

    @property
    def identity(self) -> str:
        """The official checksums of the unpacked files."""
        return "md5:" + ",".join(file.unpacked for file in self.all)

    def wanted(self, data_dir: Path) -> Wanted:
        """Say what is looked for and where."""
        names = ", ".join(f"{file.name}.gz" for file in self.all)
        return Wanted(self.dataset, data_dir / self.folder, names)

    def are_in(self, data_dir: Path) -> bool:
        """Say whether every file is there, packed or unpacked."""
        return all(file.is_in(data_dir / self.folder) for file in self.all)

    def load(self, data_dir: Path, train: int = 0) -> Images:
        """Read both splits; of the training images the first `train`, or all for 0.

        Raises
        ------
        DataError
            If a file is absent, damaged or of the wrong form.
        """
        if not self.are_in(data_dir):
            raise self.wanted(data_dir).absent()
        whole = self.read_split(data_dir, self.train_images, self.train_labels)
        return Images(
            # Copied, so that the other images leave the memory.
            train=Split(whole.images[:train].clone(), whole.labels[:train].clone())
            if train
            else whole,
            test=self.read_split(data_dir, self.test_images, self.test_labels),
        )

    def read_split(self, data_dir: Path, images: IdxFile, labels: IdxFile) -> Split:
        """Read one split from its two files; images gain a channel."""
        folder = data_dir / self.folder
        pixels, classes = self.read(folder, images), self.read(folder, labels)
        return Split(pixels.unsqueeze(1), classes.long())  # (images, 1, height, width)

    def read(self, folder: Path, file: IdxFile) -> Tensor:
        """Verify and read one file, packed if it is there so, else unpacked."""
        path, md5 = next(form for form in file.candidates(folder) if form[0].is_file())
        content = verified(path, md5)
        return parse(gzip.decompress(content) if path.suffix == ".gz" else content, str(path))


def training_images(dataset: str, train: int, held: int) -> int:
    """Say how many training images a data set's setting ``train`` leaves of `held`.

    Raises
    ------
    SpecError
        If it is negative or more than there are.
    """
    if not 0 <= train <= held:
        msg = f"{dataset}[train] must be between 0 and {held}, got {train}; 0 takes all the images."
        raise SpecError(msg)
    return train or held


def parse(content: bytes, where: str) -> Tensor:
    """Read an unpacked IDX file of unsigned bytes.

    Two zero bytes, the type, the number of axes, each axis's length as a big-endian 32-bit
    integer, then the values (http://yann.lecun.com/exdb/mnist).

    Parameters
    ----------
    content
        The whole file.
    where
        What an error message calls it.

    Returns
    -------
    Tensor
        uint8, of the shape that the file states.

    Raises
    ------
    DataError
        If it is no such file, or is longer or shorter than it says.
    """
    axes = content[3] if content[:3] == bytes((0, 0, UNSIGNED_BYTE)) and len(content) > 3 else 0
    start = 4 + 4 * axes
    if axes == 0 or len(content) < start:
        msg = f"{where} is no IDX file of unsigned bytes; put the official file there."
        raise DataError(msg)
    shape = tuple(np.frombuffer(content, ">u4", axes, offset=4).tolist())
    if len(content) != start + prod(shape):
        msg = (
            f"{where} says it holds {prod(shape)} values and holds {len(content) - start}; "
            "put the official file there."
        )
        raise DataError(msg)
    values = np.frombuffer(content, np.uint8, offset=start).reshape(shape)
    return torch.from_numpy(values.copy())  # a tensor must be writable
