"""What models and data sets get for nothing."""

from math import sqrt
from pathlib import Path

import pytest
import torch
from torch import nn

from prunebench.api import (
    Dataset,
    DatasetInfo,
    Images,
    Model,
    Preprocessing,
    Split,
    setting,
)

PREPROCESSING = Preprocessing(255.0, (0.0,), (1.0,))


class Wide(Model):
    """One linear layer."""

    name = "wide"
    paper = "Nobody 2020"

    def build(self, shape, classes):
        """Build it."""
        return nn.Sequential(nn.Flatten(), nn.Linear(shape[0] * shape[1] * shape[2], classes))


def blank(count):
    """Give black images of the first class."""
    return Split(torch.zeros(count, 1, 2, 2, dtype=torch.uint8), torch.zeros(count).long())


class Blank(Dataset):
    """Pictures of nothing."""

    name = "blank"
    paper = "Nobody 2020"
    model = "wide"
    recipe = "digits"
    size: int = setting(10, "images")

    def info(self, data_dir):
        """Describe it."""
        return DatasetInfo((1, 2, 2), 2, self.size, 0, 2, "blank-1", PREPROCESSING)

    def load(self, data_dir):
        """Give black images, none of them for tests."""
        return Images(blank(self.size), blank(0))


def test_a_model_starts_kaiming_normal_and_declares_nothing():
    """The deviation of 200 inputs is sqrt(2 / 200); groups are left to be traced."""
    network = Wide().build((2, 10, 10), 100)

    Wide().initialise(network, torch.Generator().manual_seed(0))

    assert network[1].weight.std().item() == pytest.approx(sqrt(2 / 200), rel=0.02)
    assert not network[1].bias.any()
    assert Wide().groups(network) is None


def test_a_data_set_enters_keys_by_content_and_preprocessing():
    """Neither sizes nor paths are part of the record."""
    info = Blank().info(Path("anywhere"))

    assert info.record() == {
        "identity": "blank-1",
        "preprocessing": PREPROCESSING.record(),
    }


def test_a_data_set_needs_no_download(tmp_path):
    """Fetching does nothing, and every setting is a fact, unless overridden."""
    Blank().fetch(tmp_path)

    assert list(tmp_path.iterdir()) == []
    assert Blank().coordinates() is None
