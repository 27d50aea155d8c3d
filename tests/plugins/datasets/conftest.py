"""Folders of images, and the real data sets where somebody has them."""

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def data_dir():
    """Give the folder of the real data sets; skips without ``PRUNEBENCH_DATA``."""
    folder = os.environ.get("PRUNEBENCH_DATA")
    if not folder:
        pytest.skip("PRUNEBENCH_DATA is not set")
    return Path(folder)


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """Forbid downloads; a test that is about them lifts this."""
    monkeypatch.setenv("PRUNEBENCH_OFFLINE", "1")


@pytest.fixture
def write_image():
    """Give a function that writes an array, (height, width) or (height, width, 3), as an image."""

    def write(path, pixels):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.asarray(pixels, np.uint8)).save(path)

    return write


@pytest.fixture
def photos(tmp_path, write_image):
    """Write two classes of 4x6 colour images: 2 + 1 for training and 1 + 1 for the test."""
    pixels = np.arange(5 * 4 * 6 * 3).reshape(5, 4, 6, 3) % 256
    names = ("train/cat/a", "train/cat/b", "train/dog/a", "test/cat/c", "test/dog/c")
    for name, image in zip(names, pixels, strict=True):
        write_image(tmp_path / "photos" / f"{name}.png", image)
    return tmp_path / "photos"


@pytest.fixture
def pack():
    """Give a function that packs files, in the given order, as ``<split>/<class>/<file>``."""

    def write(tar, root, files):
        tar.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(tar, "w") as archive:
            for file in files:
                archive.add(file, arcname=file.relative_to(root).as_posix())

    return write
