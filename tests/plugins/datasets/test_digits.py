"""The digits that come with scikit-learn."""

import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
import torch
from sklearn.datasets import load_digits

from prunebench.errors import DataError
from prunebench_plugins.datasets.digits import (
    CONTENT_SHA256,
    SPLIT,
    SPLIT_SHA256,
    Digits,
    prunebench_datasets,
    read_split,
    verify,
)

NOWHERE = Path("no such folder")


@pytest.fixture(scope="module")
def images():
    """Load the data set once."""
    return Digits().load(NOWHERE)


def test_hook_gives_the_data_set():
    """The module registers one data set."""
    assert prunebench_datasets() == [Digits]


def test_info_agrees_with_the_images(images):
    """Counts, shape and classes that planning relies on are those of the loaded tensors."""
    info = Digits().info(NOWHERE)

    for split, count in (
        (images.train, info.train),
        (images.validation, info.validation),
        (images.test, info.test),
    ):
        assert split.images.shape == (count, *info.shape)
        assert split.images.dtype == torch.uint8
        assert split.labels.shape == (count,)
        assert split.labels.dtype == torch.int64
        assert split.labels.unique().tolist() == list(range(info.classes))
    assert int(images.train.images.max()) == info.preprocessing.scale


def test_identity_names_content_and_split():
    """The identity changes with the pixels, the labels or the index."""
    identity = Digits().info(NOWHERE).identity

    assert CONTENT_SHA256 in identity
    assert SPLIT_SHA256 in identity


def test_preprocessing_standardises_the_training_images(images):
    """The constants are mean and deviation of the training pixels."""
    used = Digits().info(NOWHERE).preprocessing

    inputs = (images.train.images.double() / used.scale - used.mean[0]) / used.std[0]

    assert float(inputs.mean()) == pytest.approx(0, abs=1e-12)
    assert float(inputs.std(correction=0)) == pytest.approx(1, abs=1e-12)


def test_split_is_complete_and_disjoint():
    """Every image lies in exactly one split."""
    split = read_split(SPLIT)

    assert sorted(chain.from_iterable(split.values())) == list(range(1797))
    assert set(split) == {"train", "validation", "test"}


def test_split_is_stratified():
    """Every class is divided 60 / 20 / 20 to the image."""
    labels = torch.from_numpy(load_digits().target)
    counts = {name: labels[index].bincount() for name, index in read_split(SPLIT).items()}
    whole = labels.bincount()

    assert torch.equal(counts["test"], (0.2 * whole).round().long())
    assert torch.equal(counts["validation"], counts["test"])
    assert torch.equal(counts["train"], whole - 2 * counts["test"])


def test_images_keep_their_labels(images):
    """An image of a split is scikit-learn's at that index, with its label."""
    bunch = load_digits()

    for name, index in read_split(SPLIT).items():
        split = getattr(images, name)
        assert torch.equal(split.images[:, 0].double(), torch.from_numpy(bunch.images[index]))
        assert torch.equal(split.labels, torch.from_numpy(bunch.target[index]))


def test_altered_split_is_refused(tmp_path):
    """An index that somebody edited is an error and no other data set."""
    edited = tmp_path / "digits_split.json"
    edited.write_bytes(SPLIT.read_bytes().replace(b"1", b"2", 1))

    with pytest.raises(DataError, match=r"digits_split\.json has SHA-256"):
        read_split(edited)


def test_verify_knows_a_published_hash():
    """SHA-256 of "abc" (FIPS 180-2, appendix B.1) is accepted for "abc" and nothing else."""
    published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    verify("abc", b"abc", published)
    with pytest.raises(DataError, match="abd has SHA-256"):
        verify("abd", b"abd", published)


def test_describing_needs_no_scikit_learn():
    """Planning does not pay for importing scikit-learn."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from prunebench_plugins.datasets.digits import Digits\n"
        "Digits().info(Path())\n"
        "print('sklearn' in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "False"
