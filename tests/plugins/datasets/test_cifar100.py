"""CIFAR-100: what it is, and its absence."""

from pathlib import Path

import pytest

from prunebench.api import torchvision
from prunebench.errors import DataError, SpecError
from prunebench_plugins.datasets.cifar100 import Cifar100, prunebench_datasets


def test_hook_gives_the_data_set():
    """The module registers one data set."""
    assert prunebench_datasets() == [Cifar100]


def test_info_is_the_papers():
    """Shape, counts and classes: Krizhevsky 2009, section 3.1; constants of Liu et al. 2019."""
    info = Cifar100().info(Path("no such folder"))

    assert info.shape == (3, 32, 32)
    assert (info.train, info.validation, info.test) == (50_000, 0, 10_000)
    assert info.classes == 100
    assert info.preprocessing.scale == 255
    assert info.preprocessing.mean == (0.4914, 0.4822, 0.4465)
    assert info.preprocessing.std == (0.2023, 0.1994, 0.2010)


def test_identity_is_the_official_archive():
    """The identity agrees with torchvision's checksum of the archive."""
    identity = Cifar100().info(Path("no such folder")).identity

    assert identity == f"md5:{torchvision().datasets.CIFAR100.tgz_md5}"


def test_a_part_is_another_data_set():
    """``train`` enters the identity and the coordinates; all 50 000, however asked, do not."""
    whole, asked, part = Cifar100(), Cifar100(train=50_000), Cifar100(train=5000)
    nowhere = Path("no such folder")

    assert part.info(nowhere).train == 5000
    assert part.info(nowhere).identity == whole.info(nowhere).identity + ",train:5000"
    assert asked.info(nowhere) == whole.info(nowhere)
    assert [data.coordinates() for data in (whole, asked, part)] == [{}, {}, {"train": 5000}]


@pytest.mark.parametrize("train", [-1, 50_001])
def test_no_more_images_than_there_are(train):
    """A negative number, or more than 50 000, is refused when planning."""
    with pytest.raises(SpecError, match=r"between 0 and 50000"):
        Cifar100(train=train).info(Path("no such folder"))


def test_absent_and_offline(tmp_path):
    """Without files and network both verbs say what is missing."""
    with pytest.raises(DataError, match="PRUNEBENCH_OFFLINE forbids"):
        Cifar100().fetch(tmp_path)
    with pytest.raises(DataError, match=f"cifar100 is not in {tmp_path}"):
        Cifar100().load(tmp_path)


@pytest.mark.data
def test_real_images(data_dir):
    """Shape and class counts are the official ones."""
    try:
        Cifar100().fetch(data_dir)
    except DataError as absent:
        pytest.skip(str(absent))

    images = Cifar100().load(data_dir)

    assert images.train.labels.bincount().tolist() == [500] * 100
    assert images.test.labels.bincount().tolist() == [100] * 100
    assert images.train.images.shape == (50_000, 3, 32, 32)
