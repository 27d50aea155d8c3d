"""MNIST: checksums, absence, and the real thing where it is at hand."""

from pathlib import Path

import pytest
import torch

from prunebench.api import torchvision
from prunebench.errors import DataError
from prunebench_plugins.datasets.mnist import FILES, Mnist, prunebench_datasets

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_hook_gives_the_data_set():
    """The module registers one data set."""
    assert prunebench_datasets() == [Mnist]


def test_packed_checksums_are_torchvisions():
    """Our table of packed files agrees with torchvision's."""
    ours = [(f"{file.name}.gz", file.packed) for file in FILES.all]

    assert ours == torchvision().datasets.MNIST.resources


def test_folder_is_torchvisions(tmp_path):
    """We look where torchvision puts the files."""
    theirs = torchvision().datasets.MNIST.__new__(torchvision().datasets.MNIST)
    theirs.root = tmp_path

    assert Path(theirs.raw_folder) == tmp_path / FILES.folder


def test_absent_and_offline(tmp_path):
    """Without files and network both verbs say what is missing."""
    with pytest.raises(DataError, match="PRUNEBENCH_OFFLINE forbids"):
        Mnist().fetch(tmp_path)
    with pytest.raises(DataError, match=f"is not in {tmp_path}"):
        Mnist().load(tmp_path)


def test_failed_download(tmp_path, monkeypatch):
    """A mirror that does not answer is one sentence, and leaves nothing behind."""
    monkeypatch.delenv("PRUNEBENCH_OFFLINE")
    monkeypatch.setattr(torchvision().datasets.MNIST, "mirrors", ["file:///no/such/mirror/"])

    with pytest.raises(DataError, match="could not be downloaded"):
        Mnist().fetch(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.data
def test_fetch_is_idle_where_all_is_there(data_dir):
    """Offline, with all files there, nothing is asked for."""
    Mnist().fetch(data_dir)


@pytest.mark.data
def test_real_images(data_dir):
    """Shape, class counts and pixel statistics are the published ones."""
    info, images = Mnist().info(data_dir), Mnist().load(data_dir)
    pixels = images.train.images.double() / info.preprocessing.scale

    assert images.train.images.shape == (info.train, *info.shape)
    assert images.test.images.shape == (info.test, *info.shape)
    assert images.train.images.dtype == torch.uint8
    assert images.train.labels.bincount().tolist() == TRAIN_COUNTS
    assert images.test.labels.bincount().tolist() == TEST_COUNTS
    assert float(pixels.mean()) == pytest.approx(info.preprocessing.mean[0], abs=5e-5)
    assert float(pixels.std()) == pytest.approx(info.preprocessing.std[0], abs=5e-5)
