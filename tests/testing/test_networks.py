"""The networks of the checks."""

import pytest
import torch

from prunebench.core.equivalence import difference, stand_in
from prunebench.core.random import generator
from prunebench.testing.networks import DEPTHWISE, NETWORKS, RESIDUAL, SHAPE


@pytest.mark.parametrize("tiny", NETWORKS.values(), ids=NETWORKS)
def test_groups_can_be_cut(tiny):
    """Half of every group can be taken out of each network, and it computes the same."""
    network = stand_in(tiny.build(), generator(0, "stand-in"))
    images = torch.randn(4, *SHAPE, generator=generator(0, "images"))

    assert difference(network, tiny.groups, images, generator(0, "half")) == ""


def test_sizes_by_hand():
    """Weights of the residual network, 72 + 216 + 216 + 12, and of the depthwise one."""
    assert [layer.size for layer in RESIDUAL.layout().layers] == [72, 216, 216, 12]
    assert [layer.size for layer in DEPTHWISE.layout().layers] == [72, 36, 24, 18]


def test_a_fresh_network_has_fresh_norms():
    """Fresh means scales of one, shifts of zero, as an initialisation leaves them."""
    norm = NETWORKS["plain"].build(fresh=True).get_submodule("bn1")

    assert torch.equal(norm.weight, torch.ones(4))
    assert torch.equal(norm.bias, torch.zeros(4))
