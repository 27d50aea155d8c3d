"""Squared gradients of single images: pairs of positions against one gradient after another."""

import pytest
import torch
from torch import nn

from prunebench_plugins.methods._per_sample import (
    LONGEST,
    pairs_are_fewer,
    products,
    squared_gradients,
    squares_from_pairs,
    sum_of_squares,
    tapped,
)


@pytest.mark.parametrize(("blocks", "positions"), [(1, 1), (1, 4), (1, 16), (6, 9)])
def test_pairs_of_positions_give_the_same_squares(blocks, positions):
    """Summed over terms first, squares are those of the terms one by one; in blocks as well."""
    randomness = torch.Generator().manual_seed(positions)
    reads = torch.randn(300, blocks, 5, positions, generator=randomness).double()
    terms = torch.randn(7, 300, blocks, 4, positions, generator=randomness).double()

    pairs = torch.stack([products(slopes) for slopes in terms]).sum(0)
    found = squares_from_pairs(reads, pairs)

    gradients = torch.einsum("tngop,ngip->tngoi", terms, reads)
    torch.testing.assert_close(found, gradients.square().sum((0, 1)))
    one_by_one = torch.stack([sum_of_squares(reads, slopes) for slopes in terms]).sum(0)
    torch.testing.assert_close(found, one_by_one)


def test_slopes_that_cancel_give_no_negative_square():
    """Opposite slopes on equal reads: the gradient is zero, up to rounding and never below."""
    reads = torch.rand(40, 1, 50, 1).expand(-1, -1, -1, 2)
    slopes = torch.randn(40, 1, 30, 1) * torch.tensor([1.0, -1.0])

    found = squares_from_pairs(reads, products(slopes))

    assert float(found.min()) >= 0.0
    assert float(found.max()) < 1e-5


def test_the_cheaper_way_is_taken():
    """One term: pairs only for one position. Ten terms: up to 19; never beyond the memory limit."""
    assert [pairs_are_fewer(positions, 1) for positions in (1, 2)] == [True, False]
    assert [pairs_are_fewer(positions, 10) for positions in (16, 19, 20)] == [True, True, False]
    assert not pairs_are_fewer(LONGEST + 1, 1000)


def test_both_ways_in_one_network():
    """A map of 36 positions goes term by term, one of 4 by pairs; both as automatic gradients."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1),
        nn.Tanh(),
        nn.MaxPool2d(3),
        nn.Conv2d(3, 4, 3, padding=1),
        nn.Flatten(),
        nn.Linear(16, 5),
    ).double()
    images = torch.randn(6, 2, 6, 6).double()
    with tapped(network, ["0", "3", "5"]) as taps:
        outputs = network(images)
        goals = [outputs[:, place].sum() for place in range(5)]
        found = squared_gradients(network, ["0", "3", "5"], taps, goals)

    for name, squares in found.items():
        kernel = network.get_parameter(f"{name}.weight")
        wanted = torch.zeros_like(kernel)
        for image in images:
            for output in network(image[None])[0]:
                wanted += torch.autograd.grad(output, kernel, retain_graph=True)[0].square()
        torch.testing.assert_close(squares, wanted.detach())
