"""Images in memory: uint8 tensors, labels, and how pixels become numbers."""

from dataclasses import dataclass

from torch import Tensor

from prunebench.core.digest import Json


@dataclass(frozen=True)
class Preprocessing:
    """How pixels become inputs: (pixel / scale − mean) / std, per channel.

    Parameters
    ----------
    scale
        Pixel value that means 1.0: 255 for ordinary images.
    mean, std
        One number per channel.
    """

    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def record(self) -> dict[str, Json]:
        """Give the preprocessing as JSON; part of every key."""
        return {"scale": self.scale, "mean": self.mean, "std": self.std}


@dataclass(frozen=True)
class Split:
    """Images and labels.

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
    """A data set in memory; `validation` is None unless its split is fixed."""

    train: Split
    test: Split
    validation: Split | None = None
