"""The plan of ResNet-34 against the printed sizes; those of CIFAR networks stand with l1filter."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from prunebench.api import ChannelGroup, Granularity, Mask, Plan, Span, torchvision
from prunebench.core.cost import count, narrow_cost
from prunebench.core.describe import describe
from prunebench.core.surgery import cut
from prunebench_plugins.methods._filter_plans import PLANS
from prunebench_plugins.methods.l1filter import L1Filter
from prunebench_plugins.methods.l2filter import L2Filter
from prunebench_plugins.methods.random_channel import RandomChannel

IMAGENET = (3, 224, 224)
BLOCKS = {1: 3, 2: 4, 3: 6, 4: 3}
PRINTED = {  # Li et al. 2017, table 1: multiply-adds and what is gone of them and of parameters, %
    "resnet34-a": (3.08, 15.5, 7.6),
    "resnet34-b": (2.76, 24.2, 10.8),
}


def hidden(stage, block, width):
    """Declare the channels between the two convolutions of one basic block."""
    inside = f"layer{stage}.{block}."
    return ChannelGroup(
        f"{inside}conv1",
        width,
        (Span(f"{inside}conv1"),),
        (Span(f"{inside}bn1"),),
        (Span(f"{inside}conv2"),),
    )


GROUPS = tuple(
    hidden(stage, block, 32 * 2**stage) for stage, n in BLOCKS.items() for block in range(n)
)


def size(network):
    """Count (multiply-adds, parameters) with torch's own counter, as Li et al. do.

    Their dense 3.64e9 multiply-adds and 2.16e7 parameters leave the three projections of the
    shortcuts out.
    """
    counter = FlopCounterMode(display=False)
    network.eval()
    with counter:
        network(torch.zeros(1, *IMAGENET, device="meta"))
    shortcuts = [name for name, _ in network.named_modules() if name.endswith("downsample")]
    assert len(shortcuts) == 3
    counts = counter.get_flop_counts()
    macs = counter.get_total_flops() - sum(
        sum(found.values()) for name, found in counts.items() if name.endswith("downsample.0")
    )
    params = sum(p.numel() for name, p in network.named_parameters() if ".downsample." not in name)
    return macs / 2, params


def test_kept_counts_of_resnet34():
    """int(C · (1 − p)) by hand; layers 2, 8, 14, 16, 26, 28, 30 and 32 stay whole."""
    first, second = (list(PLANS[name].values()) for name in PRINTED)

    assert first == [64, 44, 44, 128, 89, 89, 128, 256, *[179] * 4, 256, 512, 512, 512]
    assert second == [64, 32, 32, 128, 51, 51, 128, 256, *[153] * 4, 256, 512, 512, 512]
    assert list(PLANS["resnet34-a"]) == [group.name for group in GROUPS]


@pytest.mark.parametrize("name", PRINTED)
def test_invariant_l1_resnet34_has_the_published_size(name):
    """Cut by the plan, ResNet-34 loses what the paper prints, counted by torch itself."""
    giga, macs_gone, params_gone = PRINTED[name]
    with torch.device("meta"):
        network = torchvision().models.resnet34()
    mask = Mask({g.name: torch.arange(g.size) < PLANS[name][g.name] for g in GROUPS})

    dense_macs, dense_params = size(network)
    macs, params = size(cut(network, GROUPS, mask))

    assert (round(dense_macs / 1e9, 2), round(dense_params / 1e7, 2)) == (3.64, 2.16)
    assert round(macs / 1e9, 2) == giga
    assert round(100 * (1 - macs / dense_macs), 1) == macs_gone
    assert round(100 * (1 - params / dense_params), 1) == params_gone


@pytest.mark.parametrize("name", PRINTED)
def test_resnet34_is_planned_as_it_is_cut(name):
    """What planning costs is what the cut network has; the plan names every hidden group."""
    with torch.device("meta"):
        network = torchvision().models.resnet34()
    layout = describe(network, IMAGENET, GROUPS)
    mask = Mask({g.name: torch.arange(g.size) < PLANS[name][g.name] for g in GROUPS})

    [only] = L1Filter().schedule(layout, Plan(name, PLANS[name]))
    cost = narrow_cost(layout, only.keep.counts)

    assert only.keep.counts == mask.counts
    assert (cost.params, cost.macs) == count(cut(network, GROUPS, mask), IMAGENET)


@pytest.mark.parametrize("owner", [L1Filter, L2Filter, RandomChannel])
def test_controls_share_the_plans(owner):
    """The norms and the random control can be compared on the same widths."""
    assert owner.plans == PLANS
    assert owner.granularity is Granularity.CHANNEL
    assert owner(plan="resnet34-b").goal(None) == Plan("resnet34-b", PLANS["resnet34-b"])
