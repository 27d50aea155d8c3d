"""Prune as the bench does, with nothing but a method's public contract."""

import pytest
import torch
from torch import nn

from prunebench.api import Granularity, GroupView, Subject, Within
from prunebench.core.allocation import overrun
from prunebench.core.describe import describe
from prunebench.core.mask import Mask
from prunebench.core.select import select
from prunebench.core.surgery import apply_weight_mask, silence
from prunebench.core.views import view_group


class Patient:
    """A network with its layout, to be pruned by methods.

    Parameters
    ----------
    network, shape, groups
        The dense network, its images and its channel groups.
    """

    def __init__(self, network, shape, groups=()):
        self.network = network
        self.groups = tuple(groups)
        self.layout = describe(network, shape, self.groups)

    def layout_for(self, method):
        """Leave the groups in play."""
        return self.layout.restricted(tuple(g for g in self.groups if method.applies_to(g)))

    def subject(self, layout, keep):
        """Show the network to a method, which needs no images here."""
        return Subject(
            model=self.network,
            weights={
                layer.name: self.network.get_parameter(f"{layer.name}.weight").detach()
                for layer in layout.prunable
            },
            groups={g.name: GroupView(g.name, *view_group(self.network, g)) for g in layout.groups},
            keep=keep,
            loss=nn.functional.cross_entropy,
            batches=lambda images: iter(()),
            generator=torch.Generator(),
        )

    def prune(self, method, target):
        """Give the selection of every round; dropped units become zero in between."""
        layout = self.layout_for(method)
        by_channel = method.granularity is Granularity.CHANNEL
        shapes = {layer.name: layer.shape for layer in layout.prunable}
        if by_channel:
            shapes = {group.name: (group.size,) for group in layout.groups}
        mask, selections = Mask.full(shapes), []
        for each in method.schedule(layout, target):
            scores = method.score(self.subject(layout, each.keep))
            costed = isinstance(each.keep, Within)
            over = overrun(layout, each.keep, method.granularity) if costed else None
            selections.append(select(scores, mask, each.keep, method.floor, over))
            mask = selections[-1].mask
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
