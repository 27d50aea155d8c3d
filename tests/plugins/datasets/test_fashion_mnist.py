"""Fashion-MNIST: checksums, absence, and the real thing where it is at hand."""

from pathlib import Path

import pytest
import torch

from prunebench.api import torchvision
from prunebench.errors import DataError, SpecError
from prunebench_plugins.datasets.fashion_mnist import FILES, FashionMnist, prunebench_datasets

TRAIN_COUNTS = [6000] * 10
FIRST_COUNTS = [
    457,
    556,
    504,
    501,
    488,
    493,
    493,
    512,
    490,
    506,
]  # of the first 5000 training images
TEST_COUNTS = [1000] * 10


def test_hook_gives_the_data_set():
    """The module registers one data set."""
    assert prunebench_datasets() == [FashionMnist]


def test_packed_checksums_are_torchvisions():
    """Our table of packed files agrees with torchvision's."""
    ours = [(f"{file.name}.gz", file.packed) for file in FILES.all]

    assert ours == torchvision().datasets.FashionMNIST.resources


def test_folder_is_torchvisions(tmp_path):
    """We look where torchvision puts the files."""
    theirs = torchvision().datasets.FashionMNIST.__new__(torchvision().datasets.FashionMNIST)
    theirs.root = tmp_path

    assert Path(theirs.raw_folder) == tmp_path / FILES.folder


def test_absent_and_offline(tmp_path):
    """Without files and network both verbs say what is missing."""
    with pytest.raises(DataError, match="PRUNEBENCH_OFFLINE forbids"):
        FashionMnist().fetch(tmp_path)
    with pytest.raises(DataError, match=f"is not in {tmp_path}"):
        FashionMnist().load(tmp_path)


def test_part_of_the_training_images_is_another_data_set(tmp_path):
    """Fewer images have a key of their own; all of them have one, however they are asked for."""
    whole, part = FashionMnist(), FashionMnist(train=5000)

    assert whole.coordinates() == FashionMnist(train=60_000).coordinates() == {}
    assert whole.info(tmp_path) == FashionMnist(train=60_000).info(tmp_path)
    assert part.coordinates() == {"train": 5000}
    assert part.info(tmp_path).identity == f"{FILES.identity},train:5000"
    assert (part.info(tmp_path).train, part.info(tmp_path).test) == (5000, 10_000)


@pytest.mark.parametrize("train", [-1, 60_001])
def test_impossible_number_of_images_is_refused(train, tmp_path):
    """Planning refuses numbers of training images that there are not."""
    with pytest.raises(
        SpecError, match=rf"fashion-mnist\[train\] must be between 0 and 60000, got {train}"
    ):
        FashionMnist(train=train).info(tmp_path)


def test_failed_download(tmp_path, monkeypatch):
    """A mirror that does not answer is one sentence, and leaves nothing behind."""
    monkeypatch.delenv("PRUNEBENCH_OFFLINE")
    monkeypatch.setattr(torchvision().datasets.FashionMNIST, "mirrors", ["file:///no/such/mirror/"])

    with pytest.raises(DataError, match="could not be downloaded"):
        FashionMnist().fetch(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.data
def test_fetch_is_idle_where_all_is_there(data_dir):
    """Offline, with all files there, nothing is asked for."""
    FashionMnist().fetch(data_dir)


@pytest.mark.data
def test_real_images(data_dir):
    """Shape, class counts and pixel statistics are the published ones."""
    info, images = FashionMnist().info(data_dir), FashionMnist().load(data_dir)
    pixels = images.train.images.double() / info.preprocessing.scale

    assert images.train.images.shape == (info.train, *info.shape)
    assert images.test.images.shape == (info.test, *info.shape)
    assert images.train.images.dtype == torch.uint8
    assert images.train.labels.bincount().tolist() == TRAIN_COUNTS
    assert images.test.labels.bincount().tolist() == TEST_COUNTS
    assert float(pixels.mean()) == pytest.approx(info.preprocessing.mean[0], abs=5e-5)
    assert float(pixels.std()) == pytest.approx(info.preprocessing.std[0], abs=5e-5)


@pytest.mark.data
def test_part_of_the_real_images(data_dir):
    """The first images in the files' order; the test images stay whole."""
    whole, part = FashionMnist().load(data_dir), FashionMnist(train=5000).load(data_dir)

    assert torch.equal(part.train.images, whole.train.images[:5000])
    assert part.train.labels.bincount().tolist() == FIRST_COUNTS
    assert torch.equal(part.test.images, whole.test.images)
