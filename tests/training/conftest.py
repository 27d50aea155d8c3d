"""Small things to train, and one way to ask for a training."""

import pytest
import torch
from torch import nn

from prunebench.core.initialise import kaiming_normal
from prunebench.training.batches import Batches
from prunebench.training.images import Preprocessing, Split
from prunebench.training.loop import Assignment
from prunebench.training.recipe import Recipe, timetable

GREY = Preprocessing(255.0, (0.5,), (0.25,))


@pytest.fixture
def small_split():
    """Give a function that draws `count` grey 8x8 images whose brightness tells the class."""

    def make(count=40, classes=3, seed=0):
        source = torch.Generator().manual_seed(seed)
        labels = torch.randint(classes, (count,), generator=source)
        noise = torch.randint(0, 60, (count, 1, 8, 8), generator=source)
        images = (noise + 60 * labels.view(-1, 1, 1, 1)).to(torch.uint8)
        return Split(images, labels)

    return make


@pytest.fixture
def small_network():
    """Give a function that builds a network with convolution, batch norm and dropout."""

    def make(seed=0):
        network = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 4, 1),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(256, 3),
        )
        kaiming_normal(network, torch.Generator().manual_seed(seed))
        return network

    return make


@pytest.fixture
def make_assignment(small_split):
    """Give a function that turns a recipe into an assignment on 40 small images."""

    def make(recipe, seed=0, **changes):
        split = changes.pop("split", None) or small_split()
        given = {
            "recipe": recipe,
            "table": timetable(recipe, len(split.labels)),
            "seed": seed,
            "batches": Batches(split, GREY, recipe, seed),
            "validation": None,
            "preprocessing": GREY,
            "masks": {},
        }
        return Assignment(**{**given, **changes})

    return make


@pytest.fixture
def short_recipe():
    """Give a recipe of 12 iterations that uses everything SGD has."""
    return Recipe(
        unit="iterations",
        length=12,
        batch=16,
        lr=0.05,
        nesterov=True,
        weight_decay=0.01,
        milestones=(8,),
        warmup=3,
        augmentation="crop-flip",
        evaluate_every=4,
    )
