"""The checks of data sets."""

from dataclasses import replace

import pytest
import torch

from prunebench.api import Dataset, DatasetInfo, Images, Preprocessing, Split
from prunebench.errors import ContractError, DataError
from prunebench.testing import check_dataset, checks_for

INFO = DatasetInfo((1, 2, 2), 3, 6, 0, 4, "sha256:0", Preprocessing(255, (0.5,), (0.2,)))


def split(count, first=0):
    """Make images, each grey of its own from `first` on, and labels."""
    greys = torch.arange(first, first + count, dtype=torch.uint8).view(-1, 1, 1, 1)
    return Split(greys.expand(count, 1, 2, 2).clone(), torch.arange(count) % 3)


class Blank(Dataset):
    """Grey images (Nobody 2020)."""

    name = "blank"
    paper = "Nobody 2020"
    model = "smallconv"
    recipe = "digits"

    def info(self, data_dir):
        """Describe the images."""
        return INFO

    def load(self, data_dir):
        """Make the images."""
        return Images(split(6), split(4, 100))


def broken(**body):
    """Derive a data set that breaks a rule."""
    return type("Broken", (Blank,), {"__doc__": "Break a rule.", **body})


def described(**changes):
    """Break the description."""
    return broken(info=lambda self, data_dir: replace(INFO, **changes))


def loaded(*splits):
    """Break the content."""
    return broken(load=lambda self, data_dir: Images(*splits))


def noise(self, data_dir):
    """Load other pixels each time."""
    images = torch.randint(0, 255, (6, 1, 2, 2), dtype=torch.uint8)
    return Images(Split(images, split(6).labels), split(4, 100))


def writes(self, data_dir):
    """Leave a file behind."""
    (data_dir / "unpacked").write_text("all of it")
    return Images(split(6), split(4, 100))


def test_good_dataset_passes(tmp_path):
    """A data set that agrees with its description conforms."""
    check_dataset(Blank, tmp_path)


BROKEN = [
    ("info", broken(info=lambda self, d: replace(INFO, identity=str(torch.rand(1))))),
    ("info", broken(info=lambda self, d: replace(INFO, identity=f"folder:{d.resolve()}"))),
    ("info", described(identity="")),
    ("info", described(preprocessing=Preprocessing(255, (0.5, 0.5), (0.2,)))),
    ("info", described(preprocessing=Preprocessing(255, (0.5,), (0.0,)))),
    ("images_agree_with_info", described(train=7)),
    ("images_agree_with_info", described(validation=1)),
    ("images_agree_with_info", described(shape=(1, 2, 3))),
    ("images_agree_with_info", described(classes=2)),
    (
        "images_agree_with_info",
        loaded(Split(torch.zeros(6, 1, 2, 2), split(6).labels), split(4, 100)),
    ),
    ("images_agree_with_info", loaded(Split(split(6).images, split(5).labels), split(4, 100))),
    ("images_agree_with_info", loaded(Split(split(6).images, split(6).labels - 1), split(4, 100))),
    ("load_repeats", broken(load=noise)),
    ("splits_are_apart", loaded(split(6), split(4, 5))),
    ("folder_is_only_read", broken(load=writes)),
    ("folder_is_only_read", broken(fetch=lambda self, d: (d / "again").write_text("again"))),
    ("absent_files_are_told", broken(info=lambda self, d: (d / "absent").read_text() and INFO)),
    ("recipe_is_known", broken(recipe="digit")),
    ("identity", broken(recipe="")),
]


@pytest.mark.parametrize(("name", "owner"), BROKEN)
def test_each_check_can_fail(name, owner, tmp_path):
    """A data set that breaks one rule fails the check that guards it."""
    [check] = [check for check in checks_for(owner, tmp_path) if check.name == name]

    with pytest.raises(ContractError):
        check()


def test_a_few_twins_are_no_leak(tmp_path):
    """One test image of a hundred that is a training image too is what real collections hold."""
    owner = loaded(split(6), split(100, 5))
    [check] = [c for c in checks_for(owner, tmp_path) if c.name == "splits_are_apart"]

    check()


def test_leak_is_named(failure):
    """The message counts the images and names the first pair."""
    said = failure(loaded(split(6), split(4, 5)), "splits_are_apart")

    assert "1 of 4 test images are in the training split" in said
    assert "image 0 is training image 5" in said


def test_absent_files_are_no_breach(tmp_path):
    """Where the files are not there, the data set's own error comes through."""

    def load(self, data_dir):
        msg = "blank is not there."
        raise DataError(msg)

    with pytest.raises(DataError, match="blank is not there"):
        check_dataset(broken(load=load), tmp_path)
