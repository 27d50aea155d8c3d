"""Any folder of images: one subfolder per split and class, loose or in tar files."""

import struct
import warnings
import zlib
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from prunebench.api import (
    Dataset,
    DatasetInfo,
    Images,
    Json,
    Preprocessing,
    Shape,
    Split,
    hookimpl,
    setting,
)
from prunebench.errors import DataError, SpecError
from prunebench_plugins.datasets._catalogue import Catalogue, Item, read_catalogue

DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises for files that are not sound, or larger than anyone's image."""


class ImageFolder(Dataset):
    """JPEG or PNG files below ``train/<class>/`` and ``test/<class>/`` or ``val/<class>/``.

    The same paths may be members of ``.tar`` files (not compressed) that lie in the folder. Where
    there is no ``test``, ``val`` is the test split; where there are both, ``val`` is the fixed
    validation split. Classes are numbered in the order of their names, images in that of theirs.
    """

    name = "imagefolder"
    paper = "your own images"
    model = "resnet20"
    recipe = "liu2019-cifar"

    path: str = setting("", "the folder; relative to the data directory, or absolute")
    size: int = setting(
        0, "pixels: resize the shorter side and cut the centre square; 0 leaves images alone"
    )
    train: int = setting(
        0, "use only so many training images, the first of every class in turn; 0 for all"
    )
    test: int = setting(0, "use only so many test images, likewise; 0 for all")
    grey: bool = setting(False, "one channel of luminance (ITU-R 601) instead of three of colour")
    mean: tuple[float, float, float] = setting(
        (0.4914, 0.4822, 0.4465),
        "mean of red, green, blue in [0, 1], by default CIFAR-10's; grey images take the average",
    )
    std: tuple[float, float, float] = setting(
        (0.2470, 0.2435, 0.2616),
        "standard deviations likewise, greater than 0; grey images take the average",
    )

    def __post_init__(self) -> None:
        if self.size < 0:
            msg = f"imagefolder[size] must be at least 0, got {self.size}; 0 leaves images alone."
            raise SpecError(msg)
        for key, value in (("train", self.train), ("test", self.test)):
            if value < 0:
                msg = f"imagefolder[{key}] must be at least 0, got {value}; 0 takes all images."
                raise SpecError(msg)
        if min(self.std) <= 0:
            msg = f"imagefolder[std] must be greater than 0 for every channel, got {self.std}."
            raise SpecError(msg)

    def info(self, data_dir: Path) -> DatasetInfo:
        """Count and hash the files; decodes the first image at most."""
        listed = self.listed(data_dir)
        return DatasetInfo(
            shape=self.shape(listed),
            classes=len(listed.classes),
            train=listed.count("train"),
            validation=listed.count("validation"),
            test=listed.count("test"),
            identity=f"sha256:{listed.digest},size:{self.size},grey:{self.grey}{self.part(listed)}",
            preprocessing=self.preprocessing(),
        )

    def load(self, data_dir: Path) -> Images:
        """Decode every image."""
        listed = self.listed(data_dir)
        shape, decode = self.shape(listed), partial(decoded, mode=self.mode, size=self.size)
        splits = {
            split: read_split(items, listed.classes, shape, decode)
            for split, items in listed.splits.items()
        }
        return Images(**splits)

    def coordinates(self) -> dict[str, Json]:
        """Give every setting but `path`, which is a place and not a fact."""
        fewer = {"train": self.train, "test": self.test}
        return {
            "size": self.size,
            "grey": self.grey,
            "mean": self.mean,
            "std": self.std,
            **{key: value for key, value in fewer.items() if value},
        }

    def part(self, listed: Catalogue) -> str:
        """Say for the identity how many images are used, where it is not all of them."""
        fewer = (("train", self.train), ("test", self.test))
        return "".join(f",{key}:{listed.count(key)}" for key, value in fewer if value)

    @property
    def mode(self) -> str:
        """Pillow's name for the kind of pixels."""
        return "L" if self.grey else "RGB"

    def listed(self, data_dir: Path) -> Catalogue:
        """List the images; an absolute `path` stands alone.

        Raises
        ------
        DataError
            If there is no path, or it is no folder of images.
        """
        if not self.path:
            msg = "imagefolder needs a path, such as imagefolder[path=CIFAR10]."
            raise DataError(msg)
        root = data_dir / Path(self.path).expanduser()
        if not root.is_dir():
            fault = "is not a folder" if root.exists() else "does not exist"
            msg = (
                f"{root} {fault}; give imagefolder[path=...] a folder of images, absolute or "
                f"relative to --data-dir."
            )
            raise DataError(msg)
        whole = read_catalogue(root)
        wanted = {"train": self.train, "test": self.test}
        for split, number in wanted.items():
            if number > whole.count(split):
                msg = (
                    f"imagefolder[{split}={number}] asks for more images than the "
                    f"{whole.count(split)} in {root}; ask for fewer."
                )
                raise DataError(msg)
        return whole.first({split: number for split, number in wanted.items() if number})

    def shape(self, listed: Catalogue) -> Shape:
        """Give the common shape: as asked for, or that of the first training image."""
        if self.size:
            return (1 if self.grey else 3, self.size, self.size)
        channels, height, width = decoded(listed.splits["train"][0], self.mode, 0).shape
        return (channels, height, width)

    def preprocessing(self) -> Preprocessing:
        """Give mean and deviation per channel; the average of the three for grey images."""
        if not self.grey:
            return Preprocessing(255, self.mean, self.std)
        return Preprocessing(255, (sum(self.mean) / 3,), (sum(self.std) / 3,))


def decoded(item: Item, mode: str, size: int) -> np.ndarray:
    """Decode one image to uint8 of shape (channels, height, width).

    Raises
    ------
    DataError
        If it is damaged, of absurd size, neither JPEG nor PNG, or has more than 8 bits a channel.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(item.read()), formats=("JPEG", "PNG"))
        if image.mode.startswith(("I", "F")):  # Pillow would clip to 8 bits without a word
            msg = f"its pixels are {image.mode!r}, not 8 bits a channel"
            raise ValueError(msg)
        pixels = np.asarray(fitted(image.convert(mode), size))
    except DAMAGED as error:
        msg = f"image {item.name} in {item.path} cannot be used ({error}); replace or remove it."
        raise DataError(msg) from error
    return pixels[None] if mode == "L" else pixels.transpose(2, 0, 1)


def fitted(image: Image.Image, size: int) -> Image.Image:
    """Resize the shorter side to `size` and cut the centre square; 0 leaves the image as it is."""
    if not size:
        return image
    return ImageOps.fit(image, (size, size), Image.Resampling.BILINEAR)


def read_split(
    items: tuple[Item, ...],
    classes: tuple[str, ...],
    shape: Shape,
    decode: Callable[[Item], np.ndarray],
) -> Split:
    """Decode images into one tensor.

    Raises
    ------
    DataError
        If an image is damaged or has another shape than `shape`.
    """
    pixels = np.empty((len(items), *shape), np.uint8)
    for index, item in enumerate(items):
        image = decode(item)
        if image.shape != shape:
            msg = (
                f"image {item.name} in {item.path} has shape {image.shape} and the first one has "
                f"{shape}; give a common size, such as size={min(shape[1:])}."
            )
            raise DataError(msg)
        pixels[index] = image
    numbers = {name: number for number, name in enumerate(classes)}
    labels = torch.tensor([numbers[item.category] for item in items])
    return Split(torch.from_numpy(pixels), labels)


@hookimpl
def prunebench_datasets() -> list[type[Dataset]]:
    return [ImageFolder]
