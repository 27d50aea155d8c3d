"""Contributions to the next layers: inner products against explicit rows."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from prunebench.api import ChannelGroup, Mask, Span
from prunebench.testing import make_subject, tiny_layout, tiny_network
from prunebench_plugins.methods._contributions import (
    Sampling,
    contributions,
    moments,
)
from prunebench_plugins.methods._least_squares import least_squares


class Forked(nn.Module):
    """A convolution that a convolution and, flattened behind another channel, a linear layer read.

    Half the size for the linear layer, so that one channel has several places there.
    """

    def __init__(self):
        super().__init__()
        self.write = nn.Conv2d(2, 3, 3, padding=1)
        self.left = nn.Conv2d(3, 4, 2, stride=2, bias=False)
        self.right = nn.Linear(2 * 4 + 3 * 4, 5)

    def forward(self, images):
        """Map (batch, 2, 6, 6) to (batch, 5)."""
        maps = torch.relu(self.write(images))
        pooled = nn.functional.max_pool2d(maps, 3)
        beside = nn.functional.max_pool2d(images, 3)
        features = torch.cat([beside, pooled], 1).flatten(1)
        return self.right(features) + self.left(maps).mean((1, 2, 3), keepdim=False)[:, None]


GROUP = ChannelGroup(
    "write",
    3,
    (Span("write"),),
    (),
    (Span("left"), Span("right", offset=2, repeat=4)),
)
SAMPLING = Sampling(30, 4, drift=True)


@pytest.fixture(scope="module")
def forked():
    """Show the forked network, a little changed from the original one."""
    torch.manual_seed(0)
    subject = make_subject(Forked(), (GROUP,))
    with torch.no_grad():
        for parameter in subject.model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return subject


def explicit(subject, group, images=30, positions=4):
    """Write out the rows: contributions (rows, channels) and targets (rows,)."""
    columns, targets = [], []
    for span in group.consumers:
        layer = subject.model.get_submodule(span.module)
        before = subject.original().get_submodule(span.module)
        start, stop = span.offset * span.repeat, (span.offset + group.size) * span.repeat
        kernel = layer.weight.detach()[:, start:stop].reshape(len(layer.weight), group.size, -1)
        pairs = zip(
            subject.samples(span.module, images, positions),
            subject.samples(span.module, images, positions, original=True),
            strict=True,
        )
        for now, once in pairs:
            inputs = now.of(span, group.size)
            rows = torch.einsum("ncp,ocp->noc", inputs.double(), kernel.double())
            here, there = now.outputs.double(), once.outputs.double()
            if layer.bias is not None:
                here, there = here - layer.bias.detach(), there - before.bias.detach()
            columns.append(rows.flatten(0, 1))
            targets.append((rows.sum(2) + there - here).flatten())
    return torch.cat(columns), torch.cat(targets)


def test_inner_products_of_all_readers(forked):
    """Two readers, one of a flattened map: the sums are those over all rows of both."""
    rows, targets = explicit(forked, GROUP)

    found = contributions(forked, GROUP, SAMPLING)

    assert found.rows == len(rows)
    torch.testing.assert_close(found.gram, rows.T @ rows)
    torch.testing.assert_close(found.sums, rows.sum(0))
    torch.testing.assert_close(found.target, rows.T @ targets)
    assert found.target_sum == pytest.approx(float(targets.sum()))
    assert found.target_square == pytest.approx(float(targets @ targets))


def test_the_target_is_the_original_response(forked):
    """Where a group is all that a layer reads, contributions plus drift are what it once gave."""
    alone = ChannelGroup("write", 3, (Span("write"),), (), (Span("left"),))

    _, targets = explicit(forked, alone)
    outputs = [s.outputs for s in forked.samples("left", 30, 4, original=True)]

    torch.testing.assert_close(targets, torch.cat(outputs).flatten().double(), rtol=0, atol=1e-5)


def test_without_drift_the_present_response_is_the_target(forked):
    """ThiNet asks for no drift: the target is the sum of the contributions."""
    rows, _ = explicit(forked, GROUP)

    found = contributions(forked, GROUP, Sampling(30, 4))

    torch.testing.assert_close(found.target, rows.T @ rows.sum(1))


def test_outputs_that_are_gone_do_not_count():
    """What an earlier round removed from the reader has no response to be kept."""
    network, [first, second] = tiny_network(), tiny_layout().groups
    subject = make_subject(network, (first, second))
    alive = Mask({"conv1": torch.ones(4).bool(), "conv2": torch.tensor([1, 1, 0, 1, 1, 1]).bool()})
    with torch.no_grad():
        network.conv2.weight[2] = 0.0
    pruned = replace(subject, alive=alive)

    seen = moments(pruned, first, Span("conv2"), Sampling(100, 10, drift=True))

    assert seen.outputs == 5
    assert seen.drift_square == 0.0  # all that differs is the output that is gone
    assert not seen.cross.any()


@pytest.mark.parametrize("_", range(10))
def test_deficient_systems_have_the_smallest_solution(_):
    """Two equal columns share, a column of zeros gets nothing; and so each time."""
    rows = torch.tensor(
        [[1.0, 1.0, 0.0, 2.0], [2.0, 2.0, 0.0, -1.0], [0.5, 0.5, 0.0, 1.0]]
    ).double()
    target = rows @ torch.tensor([[3.0], [1.0], [5.0], [-1.0]]).double()

    found = least_squares(rows.T @ rows, rows.T @ target)

    torch.testing.assert_close(found, torch.tensor([[2.0], [2.0], [0.0], [-1.0]]).double())
