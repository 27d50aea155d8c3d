"""The IDX format, and four small files in it."""

import gzip
import hashlib
import struct
from math import prod

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunebench.errors import DataError
from prunebench_plugins.datasets._idx import IdxFile, IdxFiles, parse

IMAGES = bytes.fromhex("00000803 00000002 00000001 00000003 0102ff 040506".replace(" ", ""))
LABELS = bytes.fromhex("00000801 00000002 0700".replace(" ", ""))


def md5(content):
    """Hash as the official sums are."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def idx_file(name, content):
    """Declare `content` official, packed and unpacked."""
    return IdxFile(name, md5(gzip.compress(content, mtime=0)), md5(content))


FILES = IdxFiles(
    "shapes",
    "Shapes/raw",
    train_images=idx_file("train-images", IMAGES),
    train_labels=idx_file("train-labels", LABELS),
    test_images=idx_file("test-images", IMAGES),
    test_labels=idx_file("test-labels", LABELS),
)
CONTENTS = {
    "train-images": IMAGES,
    "train-labels": LABELS,
    "test-images": IMAGES,
    "test-labels": LABELS,
}


@pytest.fixture
def packed(tmp_path):
    """Write the four files packed."""
    folder = tmp_path / "Shapes" / "raw"
    folder.mkdir(parents=True)
    for name, content in CONTENTS.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
    return tmp_path


@pytest.fixture
def unpacked(tmp_path):
    """Write the four files unpacked."""
    folder = tmp_path / "Shapes" / "raw"
    folder.mkdir(parents=True)
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
    return tmp_path


def test_parses_images_written_by_hand():
    """Two images of one row and three columns."""
    assert parse(IMAGES, "f").tolist() == [[[1, 2, 255]], [[4, 5, 6]]]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_parses_what_the_format_says(shape, random):
    """Any axes and values written by the definition come back."""
    values = random.randbytes(prod(shape))
    header = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)

    parsed = parse(header + values, "f")

    assert tuple(parsed.shape) == tuple(shape)
    assert bytes(parsed.flatten().tolist()) == values


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0\x08", b"\0\0\x0d\x01" + LABELS[4:], b"\0\0\x08\0", IMAGES[:12], b"<html>"],
)
def test_refuses_other_files(content):
    """Other types, no axes and cut headers are no IDX files of bytes."""
    with pytest.raises(DataError, match="the file is no IDX file"):
        parse(content, "the file")


@pytest.mark.parametrize(("content", "held"), [(IMAGES[:-1], 5), (IMAGES + b"\0", 7)])
def test_refuses_the_wrong_length(content, held):
    """A file that is longer or shorter than it says is damaged."""
    with pytest.raises(DataError, match=f"says it holds 6 values and holds {held}"):
        parse(content, "f")


@pytest.mark.parametrize("form", ["packed", "unpacked"])
def test_reads_either_form(form, request):
    """Both forms give the same images, with a channel, and labels as int64."""
    images = FILES.load(request.getfixturevalue(form))

    for split in (images.train, images.test):
        assert split.images.tolist() == [[[[1, 2, 255]]], [[[4, 5, 6]]]]
        assert split.labels.tolist() == [7, 0]
        assert split.labels.dtype == torch.int64
    assert images.validation is None


@pytest.mark.parametrize(("train", "kept"), [(0, [7, 0]), (1, [7]), (2, [7, 0])])
def test_reads_the_first_training_images(train, kept, packed):
    """Of the training images the first ones, all of them for 0; of the test images all."""
    images = FILES.load(packed, train)

    assert images.train.labels.tolist() == kept
    assert images.train.images.tolist() == [[[[1, 2, 255]]], [[[4, 5, 6]]]][: len(kept)]
    assert images.test.labels.tolist() == [7, 0]


def test_mixed_forms_are_complete(packed):
    """One file may be unpacked and the others not."""
    (packed / "Shapes/raw/test-labels.gz").unlink()
    (packed / "Shapes/raw/test-labels").write_bytes(LABELS)

    assert FILES.are_in(packed)
    assert FILES.load(packed).test.labels.tolist() == [7, 0]


def test_absent_file_is_one_sentence(packed):
    """Without one of the four, the message names set, folder and all four files."""
    (packed / "Shapes/raw/test-labels.gz").unlink()

    assert not FILES.are_in(packed)
    with pytest.raises(DataError) as caught:
        FILES.load(packed)
    assert str(caught.value) == (
        f"shapes is not in {packed}/Shapes/raw; put train-images.gz, train-labels.gz, "
        "test-images.gz, test-labels.gz there, or name another place with --data-dir or "
        "PRUNEBENCH_DATA."
    )


@pytest.mark.parametrize(
    ("form", "file"), [("packed", "test-images.gz"), ("unpacked", "test-images")]
)
def test_damaged_file_is_named(form, file, request):
    """One changed byte is found and the file named, in either form."""
    path = request.getfixturevalue(form) / "Shapes" / "raw" / file
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    with pytest.raises(DataError, match=rf"{file} is damaged"):
        FILES.load(path.parents[2])


def test_identity_names_the_unpacked_content():
    """The identity is that of the files' content, whichever form is there."""
    images, labels = md5(IMAGES), md5(LABELS)

    assert FILES.identity == f"md5:{images},{labels},{images},{labels}"
