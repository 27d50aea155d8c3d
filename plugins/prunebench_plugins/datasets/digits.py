"""Handwritten digits of 8x8 pixels, which come with scikit-learn: nothing to download."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from prunebench.api import Dataset, DatasetInfo, Images, Preprocessing, Split, hookimpl
from prunebench.errors import DataError

SPLIT = Path(__file__).with_name("digits_split.json")
"""Indices of the three splits: within every class 60 / 20 / 20 %, drawn once and for all."""

SPLIT_SHA256 = "ff7ab2208dcd16fddaa1deeab74069f8f95a8676fe9cb4e5b7f5a0a912acc1f1"
CONTENT_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
"""Hash of all pixels, then all labels, one byte each."""

MEAN, STD = 0.3055853220574606, 0.37620005943565915  # of the training split, pixels / 16


class Digits(Dataset):
    """1797 grey digits of 8x8 pixels with values 0 to 16, split once and for all by class."""

    name = "digits"
    paper = "Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits, UCI repository"
    model = "smallconv"
    recipe = "digits"

    def info(self, data_dir: Path) -> DatasetInfo:  # noqa: ARG002 - comes with scikit-learn
        """Describe the data set; nothing is read."""
        return DatasetInfo(
            shape=(1, 8, 8),
            classes=10,
            train=1079,
            validation=359,
            test=359,
            identity=f"sha256:{CONTENT_SHA256},split:{SPLIT_SHA256}",
            preprocessing=Preprocessing(16, (MEAN,), (STD,)),
        )

    def load(self, data_dir: Path) -> Images:  # noqa: ARG002 - comes with scikit-learn
        """Read images and labels out of scikit-learn and divide them by the stored index."""
        from sklearn.datasets import load_digits  # takes a second

        images, labels = load_digits(return_X_y=True)
        pixels, classes = images.astype(np.uint8).reshape(-1, 1, 8, 8), labels.astype(np.int64)
        verify("scikit-learn's load_digits", content(pixels, classes), CONTENT_SHA256)
        return divide(torch.from_numpy(pixels), torch.from_numpy(classes), read_split(SPLIT))


def content(pixels: np.ndarray, labels: np.ndarray) -> bytes:
    """Give pixels and labels as the bytes that `CONTENT_SHA256` is taken of."""
    return pixels.tobytes() + labels.astype(np.uint8).tobytes()


def read_split(path: Path) -> dict[str, list[int]]:
    """Read the indices of the three splits.

    Raises
    ------
    DataError
        If the file is not the one that came with the package.
    """
    text = path.read_bytes()
    verify(path.name, text, SPLIT_SHA256)
    split: dict[str, list[int]] = json.loads(text)
    return split


def verify(what: str, found: bytes, expected: str) -> None:
    """Compare a SHA-256.

    Raises
    ------
    DataError
        If it differs.
    """
    actual = hashlib.sha256(found).hexdigest()
    if actual != expected:
        msg = (
            f"digits: {what} has SHA-256 {actual[:12]} and not {expected[:12]}; "
            "reinstall prunebench and scikit-learn."
        )
        raise DataError(msg)


def divide(images: torch.Tensor, labels: torch.Tensor, split: dict[str, list[int]]) -> Images:
    """Take the three splits out of all images."""
    parts = {name: Split(images[index], labels[index]) for name, index in split.items()}
    return Images(**parts)


@hookimpl
def prunebench_datasets() -> list[type[Dataset]]:
    return [Digits]
