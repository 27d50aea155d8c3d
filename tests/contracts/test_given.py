"""What models and data sets gave is held against their contracts."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from prunebench.api import DatasetInfo, Images, Preprocessing, Split
from prunebench.contracts.given import built, delivered, described, read_by
from prunebench.errors import ContractError, SpecError

INFO = DatasetInfo((1, 2, 2), 3, 4, 0, 2, "made up", Preprocessing(255, (0.5,), (0.5,)))


def split(count, **changes):
    """Give images and labels as described."""
    images = torch.zeros(count, 1, 2, 2, dtype=torch.uint8)
    return replace(Split(images, torch.arange(count) % 3), **changes)


@pytest.mark.parametrize("given", [nn.Linear, None, (nn.Linear(1, 1),)])
def test_build_must_give_a_network(given):
    """A class, nothing or a tuple is told, with the model."""
    with pytest.raises(ContractError, match=r"build\(\) of model 'net' must give") as caught:
        built("net", given)

    assert caught.value.whose == ("model", "net")


def test_a_network_that_cannot_read_the_images_is_told():
    """The sentence has the size of the images, whoever's layer it was that failed."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(7, 3))

    with (
        pytest.raises(ContractError, match="'net' cannot read images of 1x2x2") as caught,
        read_by("net", network, (1, 2, 2)),
    ):
        network(torch.zeros(1, 1, 2, 2))

    assert caught.value.whose == ("model", "net")


def test_other_errors_are_nobodys_network():
    """A slip of our own, or a sentence to the person, is left as it is."""
    for error in (KeyError("ours"), SpecError("yours")):
        with pytest.raises(type(error)), read_by("net", nn.Linear(1, 1), (1, 2, 2)):
            raise error


def test_info_must_give_a_description():
    """A tuple is none."""
    with pytest.raises(ContractError, match=r"info\(\) of data set 'd' must give a DatasetInfo"):
        described("d", (1, 8, 8))


def test_what_was_described_is_taken():
    """Without and with a validation split."""
    plain = Images(train=split(4), validation=None, test=split(2))
    held = Images(train=split(4), validation=split(2), test=split(2))

    assert delivered("d", INFO, plain) is plain
    assert delivered("d", replace(INFO, validation=2), held) is held


@pytest.mark.parametrize(
    ("images", "complaint"),
    [
        ((1, 2), "must give Images"),
        (Images(split(3), split(2)), r"shape \(3, 1, 2, 2\), and info\(\) says \(4, 1"),
        (Images(split(4), split(2), split(1)), "validation split exactly if"),
        (Images(split(4, images=torch.zeros(4, 1, 2, 2)), split(2)), "float32 and labels"),
        (Images(split(4), split(2, images=torch.zeros(2, 2, 2).byte())), r"\(2, 2, 2\)"),
        (Images(split(4), split(2, labels=torch.tensor([1, 3]))), "labels from 1 to 3"),
        (Images(split(4), split(2, labels=torch.tensor([1]))), r"labels of shape \(1,\)"),
    ],
)
def test_what_was_not_described_is_told(images, complaint):
    """Number, shape, type and labels are looked at before anything is trained on them."""
    with pytest.raises(ContractError, match=complaint) as caught:
        delivered("d", INFO, images)

    assert caught.value.whose == ("dataset", "d")
