"""Prune as the bench does, with nothing but a method's public contract."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from prunebench.api import Granularity, GroupView, Subject, Within
from prunebench.core.allocation import overrun
from prunebench.core.describe import describe
from prunebench.core.mask import Mask
from prunebench.core.quota import shrinking
from prunebench.core.sample import samples
from prunebench.core.select import select
from prunebench.core.surgery import apply_weight_mask, silence
from prunebench.core.views import view_group


class Patient:
    """A network with its layout, to be pruned by methods.

    Parameters
    ----------
    network, shape, groups
        The dense network, its images and its channel groups.
    images, labels
        Training data; none for methods that need none.
    seed
        Of the subject's generator and of sampled positions.
    """

    def __init__(self, network, shape, groups=(), images=None, labels=None, seed=0):
        self.network = network.eval()
        self.original = deepcopy(network)
        self.groups = tuple(groups)
        self.layout = describe(network, shape, self.groups)
        self.images = torch.zeros(0, *shape) if images is None else images
        self.labels = torch.zeros(len(self.images), dtype=torch.long) if labels is None else labels
        self.seed = seed

    def layout_for(self, method):
        """Leave the groups in play: none for weights."""
        if method.granularity is Granularity.WEIGHT:
            return self.layout.restricted(())
        return self.layout.restricted(tuple(g for g in self.groups if method.applies_to(g)))

    def batches(self, images):
        """Yield images and labels by the hundred."""
        wanted = min(images, len(self.images))
        for start in range(0, wanted, 100):
            here = slice(start, min(start + 100, wanted))
            yield self.images[here], self.labels[here]

    def samples(self, layer, images, positions, *, original=False):
        """Sample a layer; the same places each time."""
        draws = torch.Generator().manual_seed(self.seed)
        network = self.original if original else self.network
        return samples(network, layer, self.batches(images), positions, draws)

    def subject(self, layout, keep, alive=None):
        """Show the network to a method."""
        full = self.full(layout, Granularity.CHANNEL if layout.groups else Granularity.WEIGHT)
        alive = full if alive is None else alive
        return Subject(
            model=self.network,
            layout=layout,
            weights={
                layer.name: self.network.get_parameter(f"{layer.name}.weight").detach()
                for layer in layout.prunable
            },
            groups={g.name: GroupView(g.name, *view_group(self.network, g)) for g in layout.groups},
            alive=alive,
            keep=keep,
            active=shrinking(keep, alive.counts),
            loss=nn.functional.cross_entropy,
            batches=self.batches,
            samples=self.samples,
            original=lambda: self.original,
            generator=torch.Generator().manual_seed(self.seed),
        )

    def full(self, layout, granularity):
        """Keep every unit."""
        if granularity is Granularity.CHANNEL:
            return Mask.full({group.name: (group.size,) for group in layout.groups})
        return Mask.full({layer.name: layer.shape for layer in layout.prunable})

    def prune(self, method, target, alive=None):
        """Give the selection of every round; dropped units become zero in between."""
        layout = self.layout_for(method)
        by_channel = method.granularity is Granularity.CHANNEL
        mask, selections = alive or self.full(layout, method.granularity), []
        for each in method.schedule(layout, target):
            subject = self.subject(layout, each.keep, mask)
            costed = isinstance(each.keep, Within)
            over = overrun(layout, each.keep, method.granularity) if costed else None
            selections.append(select(method.score(subject), mask, each.keep, method.floor, over))
            mask = selections[-1].mask
            repaired = method.reconstruct(subject, mask) or {}
            self.network.load_state_dict(repaired, strict=False)
            if by_channel:
                silence(self.network, self.groups, mask)
            else:
                apply_weight_mask(self.network, mask)
        return selections


@pytest.fixture(scope="session")
def patient():
    """Give the class: `patient(network, shape, groups)`."""
    return Patient


@pytest.fixture(scope="session")
def linear_layers():
    """Give a function that builds a chain of linear layers from rows of weights."""

    def build(**weights):
        network = nn.Sequential()
        network.add_module("flatten", nn.Flatten())
        for name, rows in weights.items():
            layer = nn.Linear(len(rows[0]), len(rows), bias=False)
            layer.weight.data = torch.tensor(rows)
            network.add_module(name, layer)
        return network

    return build
