"""The other things of a short run: a data set, models, methods and protocols of the checks' own."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from pluggy import PluginManager
from torch import nn

from prunebench.contracts.dataset import Dataset, DatasetInfo
from prunebench.contracts.hook import PROJECT
from prunebench.contracts.method import Method
from prunebench.contracts.model import Model, Shape
from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.contracts.subject import Scores, Subject
from prunebench.core.granularity import Granularity
from prunebench.core.layout import ChannelGroup
from prunebench.core.random import generator
from prunebench.errors import ContractError
from prunebench.plugin import hookspecs
from prunebench.plugin.loader import read_source
from prunebench.plugin.offer import Inventory, Kind, Offer, Origin, Plugin
from prunebench.plugin.registry import Registry
from prunebench.testing.networks import CLASSES, PLAIN, SHAPE
from prunebench.training.images import Images, Preprocessing, Split

TRAIN, TEST = 60, 30
ORIGIN = Origin("checks", PROJECT, "0", __name__)


class TinyImages(Dataset):
    """Random images with random labels, that a method may not load by itself (prunebench)."""

    name = "tiny-images"
    paper = "prunebench, the conformance checks"
    model = "tiny-network"
    recipe = "digits"

    def info(self, data_dir: Path) -> DatasetInfo:  # noqa: ARG002 - there are no files
        """Describe the images."""
        return DatasetInfo(
            SHAPE, CLASSES, TRAIN, 0, TEST, "tiny images, drawing 1", Preprocessing(255, *PIXELS)
        )

    def load(self, data_dir: Path) -> Images:  # noqa: ARG002 - there are no files
        """Draw the images.

        Raises
        ------
        ContractError
            If it is a method that wants them: it would see the test images.
        """
        who = calling_method()
        if who:
            msg = (
                f"{who} loads the data set, test images included; take training images from "
                f"subject.batches or subject.samples, and leave data sets alone."
            )
            raise ContractError(msg)
        return Images(drawn("train", TRAIN), drawn("test", TEST))


PIXELS = ((0.5, 0.5), (0.3, 0.3))
"""Mean and deviation of each channel."""


def calling_method() -> str:
    """Name the method, and its function, that this call comes from; empty if it is none."""
    frame = sys._getframe(1)  # noqa: SLF001 - nothing else tells who calls
    while frame.f_back is not None:
        frame = frame.f_back
        caller = frame.f_locals.get("self")
        if isinstance(caller, Method):
            return f"{type(caller).__name__}.{frame.f_code.co_name}"
    return ""


def drawn(purpose: str, count: int) -> Split:
    """Draw one split."""
    draws = generator(0, f"tiny {purpose}")
    images = torch.randint(0, 256, (count, *SHAPE), generator=draws, dtype=torch.uint8)
    return Split(images, torch.randint(0, CLASSES, (count,), generator=draws))


class TinyModel(Model):
    """The plain network of the checks (prunebench)."""

    name = "tiny-network"
    paper = "prunebench, the conformance checks"

    def build(self, shape: Shape, classes: int) -> nn.Module:  # noqa: ARG002 - it has one size
        """Build it."""
        return PLAIN.make()

    def groups(self, network: nn.Module) -> tuple[ChannelGroup, ...]:  # noqa: ARG002 - always these
        """Declare its two groups."""
        return PLAIN.groups


class Smallest(Method):
    """Remove the smallest weights: a method for a protocol to follow (prunebench)."""

    name = "smallest"
    paper = "prunebench, the conformance checks"
    granularity = Granularity.WEIGHT

    def score(self, subject: Subject) -> Scores:
        """Score by magnitude."""
        return {name: weight.abs() for name, weight in subject.weights.items()}


class Thinnest(Method):
    """Remove the smallest filters: a method for a protocol to follow (prunebench)."""

    name = "thinnest"
    paper = "prunebench, the conformance checks"
    granularity = Granularity.CHANNEL

    def score(self, subject: Subject) -> Scores:
        """Score by the sum of magnitudes."""
        return {name: g.filters[0].abs().flatten(1).sum(1) for name, g in subject.groups.items()}


PROTOCOLS = (
    Protocol("finetune", Start.TRAINED, Budget.FINETUNE, "prunebench"),
    Protocol("ticket", Start.REWIND, Budget.SAME_EPOCHS, "prunebench"),
)
"""One that goes on from the trained weights, one that returns to the early ones."""


def registry_of(kind: Kind, item: type | Protocol) -> Registry:
    """Give a registry of the checks' own things and one stranger's, which wins its name."""
    items: Mapping[Kind, Sequence[type | Protocol]] = {
        "dataset": [TinyImages],
        "model": [TinyModel],
        "method": [Smallest, Thinnest],
        "protocol": PROTOCOLS,
    }
    own = [(k, each) for k, some in items.items() for each in some]
    offered = [(k, each) for k, each in own if (k, named(each)) != (kind, named(item))]
    stranger = Origin(named(item), "the plugin under check", "0", item.__module__)
    offers = [*(offer(k, each, ORIGIN) for k, each in offered), offer(kind, item, stranger)]
    manager = PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    plugin = Plugin(ORIGIN, offers[-1].source, tuple(offers))
    return Registry(Inventory((plugin,), (), (), manager))


def offer(kind: Kind, item: type | Protocol, origin: Origin) -> Offer[object]:
    """Offer one thing as a loaded plugin would."""
    home = item.__module__ if isinstance(item, type) else __name__
    return Offer(kind, named(item), item, origin, read_source(home, [item]))


def named(item: type | Protocol) -> str:
    """Give an item's public id."""
    return str(getattr(item, "name", ""))
