"""CIFAR-10 and CIFAR-100 as torchvision keeps them: a folder of batches, or the archive of it."""

import tarfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from prunebench.api import DatasetInfo, Images, Json, Preprocessing, Split
from prunebench_plugins.datasets._download import Wanted, download
from prunebench_plugins.datasets._idx import training_images
from prunebench_plugins.datasets._reading import verified

# Liu et al. 2019, released code, for CIFAR-10 and CIFAR-100 alike
PREPROCESSING = Preprocessing(255, (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
TRAIN = 50_000
"""Training images of the official release."""


def describe(dataset: str, classes: int, archive_md5: str, train: int) -> DatasetInfo:
    """Describe the official release whose archive has this MD5, or its first training images."""
    return DatasetInfo(
        shape=(3, 32, 32),
        classes=classes,
        train=training_images(dataset, train, TRAIN),
        validation=0,
        test=10_000,
        identity=f"md5:{archive_md5}" + (f",train:{train}" if part(train) else ""),
        preprocessing=PREPROCESSING,
    )


def part(train: int) -> dict[str, Json]:
    """Give the setting ``train`` where it leaves images out; all are the data set itself."""
    return {"train": train} if 0 < train < TRAIN else {}


def load(dataset: str, kind: Any, data_dir: Path, train: int = 0) -> Images:
    """Read the batches, or the archive where only that is there; nothing is written to `data_dir`.

    Parameters
    ----------
    dataset
        Public id, for error messages.
    kind
        torchvision's class, which names files and checksums.
    data_dir
        Folder that holds the batches' folder or the archive.
    train
        Training images to keep, the first ones; 0 for all.

    Raises
    ------
    DataError
        If files are absent or damaged.
    """
    whole = load_whole(dataset, kind, data_dir)
    if not part(train):
        return whole
    # Copied, so that the other images leave the memory.
    first = Split(whole.train.images[:train].clone(), whole.train.labels[:train].clone())
    return Images(train=first, test=whole.test)


def load_whole(dataset: str, kind: Any, data_dir: Path) -> Images:
    """Read all images."""
    if holds_batches(kind, data_dir):
        return read_batches(kind, data_dir)
    if not holds_archive(kind, data_dir):
        raise wanted(dataset, kind, data_dir).absent()
    with TemporaryDirectory(prefix="prunebench-") as folder:
        unpack(verified(data_dir / kind.filename, kind.tgz_md5), kind, Path(folder))
        return read_batches(kind, Path(folder))


def fetch(dataset: str, kind: Any, data_dir: Path) -> None:
    """Download and unpack the archive, unless it or its content is there.

    Raises
    ------
    DataError
        If it cannot be downloaded.
    """
    if not (holds_batches(kind, data_dir) or holds_archive(kind, data_dir)):
        looked_for = wanted(dataset, kind, data_dir)
        download(looked_for, data_dir, lambda folder: kind(folder, download=True))


def batches(kind: Any) -> dict[str, str]:
    """Give the official MD5 of every file in the batches' folder, in torchvision's order."""
    return {**dict(kind.train_list + kind.test_list), kind.meta["filename"]: kind.meta["md5"]}


def holds_batches(kind: Any, data_dir: Path) -> bool:
    """Say whether every batch is there."""
    return all((data_dir / kind.base_folder / name).is_file() for name in batches(kind))


def holds_archive(kind: Any, data_dir: Path) -> bool:
    """Say whether the packed release is there."""
    return bool((data_dir / kind.filename).is_file())


def wanted(dataset: str, kind: Any, data_dir: Path) -> Wanted:
    """Say what is looked for and where."""
    return Wanted(dataset, data_dir, f"{kind.filename} or the folder {kind.base_folder}")


def unpack(archive: bytes, kind: Any, folder: Path) -> None:
    """Write the batches below `folder`, and nothing else that the archive may hold."""
    (folder / kind.base_folder).mkdir()
    with tarfile.open(fileobj=BytesIO(archive), mode="r:gz") as tar:
        for name in batches(kind):
            member = tar.extractfile(f"{kind.base_folder}/{name}")
            assert member is not None, "the official archive holds plain files"
            (folder / kind.base_folder / name).write_bytes(member.read())


def read_batches(kind: Any, folder: Path) -> Images:
    """Read both splits through torchvision, which unpickles.

    The official batches are the only pickles in this house. Every file's official MD5 is verified
    first: nobody can make another file with the MD5 of a given one.
    """
    for name, md5 in batches(kind).items():
        verified(folder / kind.base_folder / name, md5)
    return Images(
        train=as_split(kind(folder, train=True, download=False)),
        test=as_split(kind(folder, train=False, download=False)),
    )


def as_split(official: Any) -> Split:
    """Turn torchvision's arrays into tensors."""
    images = torch.from_numpy(official.data).permute(0, 3, 1, 2)  # (images, 3, 32, 32)
    return Split(images.contiguous(), torch.tensor(official.targets))
