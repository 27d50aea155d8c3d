"""Masked entries are zero, and the check finds those that are not."""

import pytest
import torch
from torch import nn

from prunebench.errors import ContractError
from prunebench.training.masking import Masking


@pytest.fixture
def masked():
    """Give a linear layer of ones with its diagonal masked, and its masking."""
    network = nn.Linear(2, 2)
    nn.init.ones_(network.weight)
    return network, Masking(network, {"weight": ~torch.eye(2, dtype=torch.bool)})


def test_apply_zeroes_masked_entries_alone(masked):
    """Entries off the mask become exactly 0, kept ones stay."""
    network, masking = masked
    masking.apply()

    assert network.weight.tolist() == [[0.0, 1.0], [1.0, 0.0]]


def test_check_passes_after_apply(masked):
    """A kept weight that is zero by itself is no drift, nor is a masked zero."""
    network, masking = masked
    masking.apply()
    with torch.no_grad():
        network.weight[0, 1] = 0.0

    assert masking.check(1) is None


def test_check_counts_revived_entries(masked):
    """The error says how many entries of which parameter after which step."""
    _, masking = masked

    with pytest.raises(ContractError, match=r"2 pruned entries of 'weight' .* step 7"):
        masking.check(7)


def test_a_replaced_tensor_is_still_masked(masked):
    """Somebody may give a parameter new storage; the mask follows the parameter."""
    network, masking = masked
    network.weight.data = torch.full((2, 2), 3.0)
    masking.apply()

    assert network.weight.tolist() == [[0.0, 3.0], [3.0, 0.0]]


def test_layout_does_not_matter():
    """A mask falls on the same entries of a channels-last kernel."""
    network = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    mask = torch.rand(4, 3, 3, 3) < 0.5
    expected = network.weight.detach() * mask
    Masking(network, {"weight": mask}).apply()

    assert torch.equal(network.weight, expected)


def test_no_masks():
    """Without masks nothing happens."""
    masking = Masking(nn.Linear(2, 2), {})
    masking.apply()

    assert masking.check(1) is None
