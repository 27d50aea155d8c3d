"""Reading CIFAR's batches and archives, on a release of five tiny images."""

import hashlib
import io
import pickle
import tarfile
import tempfile
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from prunebench.api import torchvision
from prunebench.errors import DataError
from prunebench_plugins.datasets._cifar import as_split, fetch, load

FOLDER = "tiny-batches"
ARCHIVE = "tiny.tar.gz"


def md5(content):
    """Hash as the official sums are."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def batch(first, labels, key):
    """Pickle images of constant colour as the authors did: rows of 1024 red, green, blue."""
    colours = (first + np.arange(3 * len(labels))).astype(np.uint8)
    return pickle.dumps({"data": colours.repeat(1024).reshape(-1, 3072), key: labels})


def release(key):
    """Give the files of a release: two training batches, a test batch and the class names."""
    return {
        "one": batch(0, [3, 1], key),
        "two": batch(100, [0], key),
        "test": batch(200, [2, 2], key),
        "names": pickle.dumps({"label_names": list("abcd")}),
    }


def pack(files):
    """Pack files in the folder of the release, with a stranger that climbs out of it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in {**files, "../../stranger": b"x"}.items():
            member = tarfile.TarInfo(f"{FOLDER}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def declared(files, archive, monkeypatch):
    """Give torchvision's class with our files in its table of checksums."""
    kind = torchvision().datasets.CIFAR10
    table = {name: [name, md5(content)] for name, content in files.items()}
    meta = {"filename": "names", "key": "label_names", "md5": table["names"][1]}
    for name, value in {
        "base_folder": FOLDER,
        "filename": ARCHIVE,
        "url": "file:///no/such/address/",
        "tgz_md5": md5(archive),
        "train_list": [table["one"], table["two"]],
        "test_list": [table["test"]],
        "meta": meta,
    }.items():
        monkeypatch.setattr(kind, name, value)
    return kind


@pytest.fixture(params=["labels", "fine_labels"])
def tiny(request, monkeypatch):
    """Declare a release with CIFAR-10's or CIFAR-100's key for the labels."""
    files = release(request.param)
    archive = pack(files)
    return SimpleNamespace(files=files, archive=archive, kind=declared(files, archive, monkeypatch))


@pytest.fixture
def unpacked(tmp_path, tiny):
    """Write the batches."""
    (tmp_path / FOLDER).mkdir()
    for name, content in tiny.files.items():
        (tmp_path / FOLDER / name).write_bytes(content)
    return tmp_path


@pytest.fixture
def packed(tmp_path, tiny):
    """Write the archive."""
    (tmp_path / ARCHIVE).write_bytes(tiny.archive)
    return tmp_path


@pytest.mark.parametrize("form", ["packed", "unpacked"])
def test_reads_either_form(form, tiny, request):
    """Channels are red, green, blue; images in the order of the batches; labels int64."""
    images = load("tiny", tiny.kind, request.getfixturevalue(form))

    assert images.train.images.shape == (3, 3, 32, 32)
    assert images.train.images.dtype == torch.uint8
    assert images.train.images.is_contiguous()
    assert images.train.images[..., 0, 0].tolist() == [[0, 1, 2], [3, 4, 5], [100, 101, 102]]
    assert images.train.labels.tolist() == [3, 1, 0]
    assert images.test.images[..., 31, 31].tolist() == [[200, 201, 202], [203, 204, 205]]
    assert images.test.labels.tolist() == [2, 2]
    assert images.test.labels.dtype == torch.int64
    assert images.validation is None


def test_the_first_training_images(tiny, unpacked):
    """``train`` keeps so many of the training images, in order, and every test image."""
    images = load("tiny", tiny.kind, unpacked, train=2)

    assert images.train.images[:, 0, 0, 0].tolist() == [0, 3]
    assert images.train.labels.tolist() == [3, 1]
    assert images.test.labels.tolist() == [2, 2]


def test_rows_and_columns_keep_their_order():
    """The position in a plane is row times width plus column."""
    plane = np.arange(1024, dtype=np.int64) % 251
    rows = np.tile(plane, 3).astype(np.uint8).reshape(1, 3, 32, 32)
    official = SimpleNamespace(data=rows.transpose(0, 2, 3, 1), targets=[0])

    image = as_split(official).images[0]

    assert int(image[2, 5, 7]) == (5 * 32 + 7) % 251


def test_archive_leaves_no_traces(tiny, packed, monkeypatch):
    """Batches go to a temporary folder that is removed; nothing else is ever written."""
    monkeypatch.setattr(tempfile, "tempdir", str(packed))

    load("tiny", tiny.kind, packed)

    assert [path.name for path in packed.iterdir()] == [ARCHIVE]


@pytest.mark.parametrize("name", ["two", "test", "names"])
def test_altered_batch_is_never_unpickled(name, tiny, unpacked):
    """A file with another MD5 is refused before anything in it could run."""
    (unpacked / FOLDER / name).write_bytes(pickle.dumps(ExplodesWhenRead()))

    with pytest.raises(DataError, match=rf"{FOLDER}/{name} is damaged"):
        load("tiny", tiny.kind, unpacked)


class ExplodesWhenRead:
    """Divides by zero when unpickled."""

    def __reduce__(self):
        return divmod, (1, 0)


def test_altered_archive_is_refused(tiny, packed):
    """An archive with another MD5 is not opened."""
    (packed / ARCHIVE).write_bytes(tiny.archive[:-1])

    with pytest.raises(DataError, match=rf"{ARCHIVE} is damaged"):
        load("tiny", tiny.kind, packed)


def test_incomplete_folder_counts_as_absent(tiny, unpacked):
    """With a batch missing and no archive the message names both ways to mend it."""
    (unpacked / FOLDER / "two").unlink()

    with pytest.raises(DataError, match=rf"put {ARCHIVE} or the folder {FOLDER} there"):
        load("tiny", tiny.kind, unpacked)


@pytest.mark.parametrize("form", ["packed", "unpacked"])
def test_fetch_is_idle_where_all_is_there(form, tiny, request):
    """Offline, with either form there, nothing is asked for."""
    fetch("tiny", tiny.kind, request.getfixturevalue(form))


def test_fetch_offline(tiny, tmp_path):
    """Without files and network the message says what is missing."""
    with pytest.raises(DataError, match=r"tiny is not in .* PRUNEBENCH_OFFLINE forbids"):
        fetch("tiny", tiny.kind, tmp_path)


def test_failed_download(tiny, tmp_path, monkeypatch):
    """An address that does not answer is one sentence, and leaves nothing behind."""
    monkeypatch.delenv("PRUNEBENCH_OFFLINE")

    with pytest.raises(DataError, match="could not be downloaded"):
        fetch("tiny", tiny.kind, tmp_path)

    assert list(tmp_path.iterdir()) == []
