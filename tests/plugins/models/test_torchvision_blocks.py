"""torchvision's residual networks without some of their branches."""

from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F

from prunebench.api import ChannelGroup, Mask, Span, torchvision
from prunebench.core.cost import count, narrow_cost
from prunebench.core.describe import describe
from prunebench.core.initialise import norms
from prunebench.core.surgery import cut, silence, widen
from prunebench_plugins.models._torchvision_blocks import block_class
from prunebench_plugins.models._torchvision_groups import resnet_groups
from prunebench_plugins.models.torchvision import Resnet34, Resnet50, Resnext50

ALL = [Resnet34(), Resnet50(), Resnext50()]
SMALL = (3, 16, 16)
BLOCKS = {"BasicBlock": (8, 8), "Bottleneck": (8, 2)}
"""Channels of a block's stream, and the planes that torchvision counts it by."""


@torch.no_grad()
def scramble(network):
    """Change what is 0 or 1 at first, so that a norm which is left out is seen."""
    draws = torch.Generator().manual_seed(3)
    for _, norm in norms(network):
        norm.weight.uniform_(0.5, 1.5, generator=draws)
        norm.bias.uniform_(-0.5, 0.5, generator=draws)
        norm.running_mean.normal_(generator=draws)
        norm.running_var.uniform_(0.5, 2.0, generator=draws)
    return network


def make_block(kind, *, shortcut):
    """Make one block, and torchvision's own of the same weights."""
    width, planes = BLOCKS[kind]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        downsample = torch.nn.Conv2d(width, width, 1, bias=False) if shortcut else None
        ours = scramble(block_class(kind)(width, planes, downsample=downsample))
    theirs = getattr(torchvision().models.resnet, kind)(
        width, planes, downsample=deepcopy(downsample)
    )
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


@pytest.fixture(params=["BasicBlock", "Bottleneck"])
def small(request):
    """Give a narrow network of torchvision's blocks, two in each stage, and its groups."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = torchvision().models.ResNet(
            block_class(request.param), (2, 2, 2, 2), num_classes=5, width_per_group=64
        )
    return scramble(network).eval(), resnet_groups(network)


def images(number=4):
    """Draw small images."""
    return torch.randn(number, *SMALL, generator=torch.Generator().manual_seed(5))


def without(groups, *names):
    """Make the mask that drops some blocks."""
    blocks = [group.name for group in groups if group.kind == "block"]
    return Mask({name: torch.tensor([name not in names]) for name in blocks})


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize("shortcut", [False, True], ids=["plain", "shortcut"])
def test_whole_block_computes_what_torchvisions_does(kind, shortcut):
    """With its branch in place a block gives the bits of torchvision's own."""
    ours, theirs = make_block(kind, shortcut=shortcut)
    stream = torch.randn(2, 8, 4, 4)

    assert torch.equal(ours(stream), theirs(stream))
    assert list(ours.state_dict()) == list(theirs.state_dict())


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize("shortcut", [False, True], ids=["plain", "shortcut"])
def test_removed_branch_leaves_exactly_the_shortcut(kind, shortcut):
    """The shortcut and the ReLU behind the sum remain, no parameter of the branch."""
    block, _ = make_block(kind, shortcut=shortcut)
    stream = torch.randn(2, 8, 4, 4, requires_grad=True)
    expected = (block.downsample(stream) if shortcut else stream).relu()

    block.remove_branch()

    left = block(stream)
    assert torch.equal(left, expected)
    assert list(block.state_dict()) == (["downsample.weight"] if shortcut else [])
    left.sum().backward()  # nothing that the gradient needs was overwritten
    assert bool(stream.grad.isfinite().all())


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_names_and_shapes_are_torchvisions(model):
    """Weights published by torchvision fit: every name, in its order, and every shape."""
    with torch.device("meta"):
        ours = model.build((3, 224, 224), 1000).state_dict()
        theirs = getattr(torchvision().models, model.function)().state_dict()

    assert [(n, t.shape) for n, t in ours.items()] == [(n, t.shape) for n, t in theirs.items()]


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_whole_network_computes_what_torchvisions_does(model):
    """The same weights give the same bits."""
    ours = model.build(SMALL, 5)
    model.initialise(ours, torch.Generator().manual_seed(0))
    with torch.device("meta"):
        theirs = getattr(torchvision().models, model.function)(num_classes=5)
    theirs.to_empty(device="cpu").load_state_dict(ours.state_dict())

    with torch.no_grad():
        assert torch.equal(ours.eval()(images(2)), theirs.eval()(images(2)))


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_every_block_is_a_group_of_its_branch(model):
    """Sixteen blocks; the members are kernels and norms in the order in which they run."""
    with torch.device("meta"):
        network = model.build(SMALL, 5)

    blocks = [group for group in model.groups(network) if group.kind == "block"]

    layers = 2 if model.name == "resnet34" else 3
    names = [f"layer{s + 1}.{b}" for s, number in enumerate((3, 4, 6, 3)) for b in range(number)]
    assert blocks == [
        ChannelGroup(
            name=name,
            size=1,
            producers=(Span(name),),
            kind="block",
            members=tuple(
                f"{name}.{part}{layer}" for layer in range(1, layers + 1) for part in ("conv", "bn")
            ),
        )
        for name in names
    ]


@pytest.mark.parametrize(
    "dropped",
    [("layer1.1",), ("layer2.0",), ("layer2.0", "layer2.1"), "all"],
    ids=["plain", "downsampling", "whole-stage", "all"],
)
def test_cut_equals_silenced_and_costs_what_planning_says(small, dropped):
    """A network without branches computes what zeroed branches give; counted layer by layer."""
    network, groups = small
    names = [g.name for g in groups if g.kind == "block"] if dropped == "all" else dropped
    mask = without(groups, *names)
    masked = deepcopy(network)
    silence(masked, groups, mask)

    narrow = cut(network, groups, mask)

    with torch.no_grad():
        assert torch.equal(narrow(images()), masked(images()))
        assert not torch.allclose(narrow(images()), network(images()))
    planned = narrow_cost(describe(network, SMALL, groups), mask.counts)
    assert (planned.params, planned.macs) == count(narrow, SMALL)
    gone = {name: t for name, t in network.named_parameters() if name.startswith(tuple(names))}
    branch = sum(t.numel() for name, t in gone.items() if ".downsample." not in name)
    params = sum(t.numel() for t in network.parameters())
    assert planned.params == params - branch


def test_what_is_left_is_trained_and_widened_again(small):
    """A step moves what remains; back in the dense network, the branch is zero."""
    network, groups = small
    mask = without(groups, "layer1.0", "layer3.0")
    narrow = cut(network, groups, mask).train()
    optimizer = torch.optim.SGD(narrow.parameters(), lr=0.01)
    before = {name: t.detach().clone() for name, t in narrow.named_parameters()}

    F.cross_entropy(narrow(images()), torch.tensor([0, 1, 2, 3])).backward()
    optimizer.step()
    dense = deepcopy(network)
    widen(dense, groups, mask, narrow.state_dict())

    assert not any(
        torch.equal(t, before[name]) for name, t in narrow.named_parameters() if t.dim() > 1
    )
    with torch.no_grad():
        assert torch.equal(dense.eval()(images()), narrow.eval()(images()))
