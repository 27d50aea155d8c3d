import pytest
import torch

from prunebench.api import Mask
from prunebench.core.surgery import cut
from prunebench_plugins.models._block import ResidualBlock
from prunebench_plugins.models._preresnet import Bottleneck
from prunebench_plugins.models._residual import BasicBlock, ZeroPad
from prunebench_plugins.models.preresnet import Preresnet
from prunebench_plugins.models.resnet import Resnet

BLOCKS = [
    (lambda: Bottleneck(12, 3), lambda block, x: x),
    (lambda: Bottleneck(5, 3), lambda block, x: block.shortcut(x)),
    (lambda: Bottleneck(12, 6, stride=2), lambda block, x: block.shortcut(x)),
    (lambda: BasicBlock(4, 4, 1, torch.nn.Identity()), lambda block, x: x.relu()),
    (lambda: BasicBlock(4, 8, 2, ZeroPad(4, 8)), lambda block, x: block.shortcut(x).relu()),
]


@pytest.mark.parametrize(
    ("make", "shortcut"), BLOCKS, ids=["plain", "wider", "halving", "basic", "zero-pad"]
)
def test_removed_branch_leaves_exactly_the_shortcut(make, shortcut):
    """Not a bit differs from the shortcut, behind which a post-activation block has its ReLU."""
    block = make()
    stream = torch.randn(2, shortcut_inputs(block), 4, 4)
    with_branch = block(stream)
    kept = {name: tensor.clone() for name, tensor in block.shortcut.state_dict().items()}

    block.remove_branch()

    left = block(stream)
    assert torch.equal(left, shortcut(block, stream))
    assert left.shape == with_branch.shape
    assert not torch.equal(left, with_branch)
    assert [name for name, _ in block.named_children()] == ["shortcut"]
    assert block.shortcut.state_dict().keys() == kept.keys()
    assert all(torch.equal(block.shortcut.state_dict()[name], kept[name]) for name in kept)


def shortcut_inputs(block):
    """Count the channels of the stream in front of a block."""
    return block.bn1.num_features if isinstance(block, Bottleneck) else block.conv1.in_channels


@pytest.mark.parametrize("model", [Preresnet(depth=20, width=2), Resnet(depth=14, width=3)])
def test_network_of_shortcuts_alone(model):
    """Without any branch the stem, the shortcuts that change the shape and the head remain."""
    network = model.build((3, 8, 8), 10)
    groups = model.groups(network)
    blocks = [group for group in groups if group.kind == "block"]

    bare = cut(network, groups, Mask({g.name: torch.tensor([False]) for g in blocks}))

    names = {name.split(".")[0] for name, _ in bare.named_parameters() if "shortcut" not in name}
    assert names == {"stem", "fc"} | ({"bn"} if isinstance(model, Preresnet) else set())
    assert bare.eval()(torch.randn(2, 3, 8, 8)).isfinite().all()
    assert all(block.has_branch for block in network.modules() if isinstance(block, ResidualBlock))


def test_post_activation_block_on_a_plain_stream_can_vanish_unseen():
    """A stream behind a ReLU passes an emptied block unchanged, bit for bit."""
    block = BasicBlock(4, 4, 1, torch.nn.Identity())
    stream = torch.randn(2, 4, 4, 4).relu()

    block.remove_branch()

    assert torch.equal(block(stream), stream)
