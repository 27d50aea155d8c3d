"""What every data set must do; checks raise DataError where its files are not there."""

from pathlib import Path

import torch

from prunebench.contracts.dataset import Dataset, DatasetInfo
from prunebench.core.digest import canonical
from prunebench.testing.claim import claim, claim_equal
from prunebench.training.images import Images, Split


def check_info(owner: type[Dataset], data_dir: Path) -> None:
    """Check that the description repeats itself, names the content and fits the channels."""
    info = owner().info(data_dir)
    same = canonical(info.record()) == canonical(owner().info(data_dir).record())
    claim(
        f"{owner.__name__}.info must repeat itself.",
        holds=same,
        mend="Name the content by a checksum, never by a time or a draw.",
    )
    claim(
        f"{owner.__name__}: identity is empty.",
        holds=bool(info.identity),
        mend="Give the archive's official checksum, or a digest of the files.",
    )
    claim(
        f"{owner.__name__}: identity must name the content, not the folder {data_dir}.",
        holds=str(data_dir.resolve()) not in info.identity,
        mend="Two people with the same images in different folders must have one key.",
    )
    numbers = (info.preprocessing.mean, info.preprocessing.std)
    fits = all(len(row) == info.shape[0] for row in numbers)
    claim(
        f"{owner.__name__}: preprocessing has {len(numbers[0])} means and {len(numbers[1])} "
        f"deviations, expected {info.shape[0]} of each.",
        holds=fits,
        mend="Give one number per channel.",
    )
    positive = info.preprocessing.scale > 0 and min(info.preprocessing.std) > 0
    claim(
        f"{owner.__name__}: scale is {info.preprocessing.scale} and std {info.preprocessing.std}; "
        f"expected numbers above 0.",
        holds=positive,
        mend="Pixels are divided by them.",
    )


def check_images_agree_with_info(owner: type[Dataset], data_dir: Path) -> None:
    """Check that splits have the described size, uint8 pixels and int64 labels in range."""
    info, images = owner().info(data_dir), owner().load(data_dir)
    counts = {"train": info.train, "validation": info.validation, "test": info.test}
    found = splits(images)
    claim(
        f"{owner.__name__}: a validation split must be there exactly if it is described.",
        holds=("validation" in found) == (info.validation > 0),
        mend=f"The description says {info.validation} images; make both agree.",
    )
    for name, split in found.items():
        check_split(f"{owner.__name__}, {name}", split, info, counts[name])


def check_split(label: str, split: Split, info: DatasetInfo, count: int) -> None:
    """Compare one split with the description."""
    shape = tuple(split.images.shape)
    mend = "Make info() and load() agree."
    wanted = (count, *info.shape)
    claim(f"{label}: images are {shape}, expected {wanted}.", holds=shape == wanted, mend=mend)
    labels = tuple(split.labels.shape)
    claim(
        f"{label}: labels are {labels}, expected ({count},).", holds=labels == (count,), mend=mend
    )
    types = (split.images.dtype, split.labels.dtype)
    claim(
        f"{label}: types are {types}, expected uint8 and int64.",
        holds=types == (torch.uint8, torch.int64),
        mend="Leave pixels as they are stored; preprocessing says how they become inputs.",
    )
    low, high = int(split.labels.min()), int(split.labels.max())
    claim(
        f"{label}: labels are {low} to {high}, expected 0 to {info.classes - 1}.",
        holds=low >= 0 and high < info.classes,
        mend="Count classes from 0.",
    )


def check_load_repeats(owner: type[Dataset], data_dir: Path) -> None:
    """Check that loading twice gives the same images in the same order."""
    first, second = tensors(owner().load(data_dir)), tensors(owner().load(data_dir))
    mend = "Sort what a folder lists, and draw from a generator of a fixed seed."
    claim_equal(f"{owner.__name__}.load must repeat itself", second, first, 0.0, mend)


CHECKS = (check_info, check_images_agree_with_info, check_load_repeats)


def splits(images: Images) -> dict[str, Split]:
    """Name the splits that are there."""
    found = {"train": images.train, "validation": images.validation, "test": images.test}
    return {name: split for name, split in found.items() if split is not None}


def tensors(images: Images) -> dict[str, torch.Tensor]:
    """Give all tensors of a data set by name."""
    named = splits(images).items()
    return {
        **{f"{name}.images": split.images for name, split in named},
        **{f"{name}.labels": split.labels for name, split in named},
    }
