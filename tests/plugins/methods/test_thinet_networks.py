"""ThiNet on whole networks: several layers and readers, rounds, the published widths."""

import numpy as np
import pytest
import torch
from torch import nn

from prunebench.api import ChannelGroup, Density, Mask, PerLayer, Plan, Span
from prunebench.core.cost import narrow_cost
from prunebench.errors import IncompatibleError, SpecError
from prunebench.testing import make_subject, tiny_layout, tiny_network
from prunebench.testing.tiny import Scene
from prunebench_plugins.methods.thinet import ThiNet, channel_weights
from prunebench_plugins.models.torchvision import Resnet50, TorchvisionVgg16

PUBLISHED = {  # parameters; and in millions as the authors print them, VGG's without its biases
    "vgg16-conv": (TorchvisionVgg16(), 131_452_552, 131.44, 10),
    "resnet50-70": (Resnet50(), 16_945_246, 16.94, 32),
    "resnet50-50": (Resnet50(), 12_381_864, 12.38, 32),
    "resnet50-30": (Resnet50(), 8_665_318, 8.66, 32),
}


def lost(ill):
    """Measure how far the response is from the original one, squared."""
    with torch.no_grad():
        return float((ill.network(ill.images) - ill.original(ill.images)).square().sum())


def test_t5_nothing_to_remove_changes_nothing():
    """At density 1 nothing shrinks and no weight is touched; kept channels get exactly 1."""
    network = tiny_network()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    layout = tiny_layout()

    [only] = ThiNet().schedule(layout, Density(1.0))
    subject = make_subject(network)
    full = Mask.full({group.name: (group.size,) for group in layout.groups})

    assert only.keep == PerLayer({})
    assert ThiNet().reconstruct(subject, full) == {}
    gram = torch.tensor([[4.0, 4.0, 0.0], [4.0, 4.0, 0.0], [0.0, 0.0, 0.0]]).double()
    assert channel_weights(gram, torch.ones(3).bool()).tolist() == [1.0, 1.0, 1.0]
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize("channel", range(4))
def test_t6_only_the_product_counts(channel):
    """A filter times 128 and its readers by 128: the same choice. Not so one of the two alone."""
    plain, scaled, larger = (tiny_network() for _ in range(3))
    with torch.no_grad():
        for network in (scaled, larger):
            network.bn1.weight[channel] *= 128
            network.bn1.bias[channel] *= 128
        scaled.conv2.weight[:, channel] /= 128
    steps = [scores_of_first_layer(network) for network in (plain, scaled, larger)]

    assert torch.equal(steps[0], steps[1])
    assert steps[2][channel] == 4  # larger than any others: the last to go


def scores_of_first_layer(network):
    """Score the tiny network's first group while it shrinks to two channels."""
    layout = tiny_layout()
    [first, _] = ThiNet().schedule(layout, Density(0.5, "units"))
    return ThiNet().score(make_subject(network, scene=Scene(keep=first.keep)))["conv1"]


def test_repaired_network_is_nearer(patient):
    """Half the channels of the tiny network: with least squares less of the output is lost."""
    errors = []
    for reweight in (True, False):
        images = torch.randn(200, 2, 6, 6, generator=torch.Generator().manual_seed(1))
        ill = patient(tiny_network(), (2, 6, 6), tiny_layout().groups, images)
        selections = ill.prune(ThiNet(reweight=reweight), Density(0.5, "units"))
        assert selections[-1].mask.counts == {"conv1": 2, "conv2": 3}
        errors.append(lost(ill))

    assert errors[0] < 0.9 * errors[1]


class Forked(nn.Module):
    """A convolution of 4 channels that a convolution and, flattened, a linear layer read."""

    def __init__(self):
        super().__init__()
        self.write = nn.Conv2d(1, 4, 1)
        self.left = nn.Conv2d(4, 2, 1)
        self.right = nn.Linear(16, 3)

    def forward(self, images):
        """Map (batch, 1, 2, 2) to (batch, 11)."""
        maps = torch.relu(self.write(images))
        return torch.cat([self.left(maps).flatten(1), self.right(maps.flatten(1))], 1)


def test_all_readers_share_one_factor(patient):
    """Rows of both readers are stacked; a channel's places in the flattened map go together."""
    torch.manual_seed(3)
    images = torch.randn(30, 1, 2, 2)
    readers = (Span("left"), Span("right", repeat=4))
    ill = patient(
        Forked(), (1, 2, 2), (ChannelGroup("write", 4, (Span("write"),), (), readers),), images
    )

    [selection] = ill.prune(ThiNet(positions=8), Plan("p", {"write": 2}))

    stay = selection.mask["write"]
    ratios = [
        (ill.network.get_submodule(name).weight / ill.original.get_submodule(name).weight).detach()
        for name in ("left", "right")
    ]
    factors = ratios[0][0, :, 0, 0]
    assert torch.equal(factors == 0, ~stay)
    torch.testing.assert_close(ratios[0], factors.view(1, 4, 1, 1).expand(2, 4, 1, 1))
    torch.testing.assert_close(ratios[1], factors.repeat_interleave(4).expand(3, 16))
    rows = explicit_rows(ill, readers)
    solution = np.linalg.lstsq(rows[:, stay], rows.sum(1), rcond=None)[0]
    np.testing.assert_allclose(factors[stay].numpy(), solution, atol=1e-4)


def explicit_rows(ill, readers):
    """Write out what each channel contributes to the original readers, (rows, channels)."""
    found = []
    for span in readers:
        kernel = ill.original.get_parameter(f"{span.module}.weight").detach()
        kernel = kernel.reshape(len(kernel), 4, -1)
        samples = ill.samples(span.module, 1000, 8, original=True)
        found += [
            torch.einsum("ncp,ocp->noc", sample.of(span, 4), kernel).flatten(0, 1)
            for sample in samples
        ]
    return torch.cat(found).double().numpy()


def test_fine_tuning_between_layers():
    """One group per round, cumulative; trained in between only on request."""
    rounds = ThiNet(finetune_between=True).schedule(tiny_layout(), Density(0.5, "units"))

    assert [each.keep.counts for each in rounds] == [{"conv1": 2}, {"conv1": 2, "conv2": 3}]
    assert {each.after for each in rounds} == {"finetune"}
    assert ThiNet().schedule(tiny_layout(), Density(0.5))[0].after == "nothing"


@pytest.mark.parametrize("plan", PUBLISHED)
def test_published_networks(patient, plan):
    """Each plan fits torchvision's network and gives the published number of parameters."""
    model, params, printed, layers = PUBLISHED[plan]
    method = ThiNet(plan=plan)
    with torch.device("meta"):
        network = model.build((3, 224, 224), 1000)
    layout = patient(network, (3, 224, 224), model.groups(network)).layout_for(method)

    rounds = method.schedule(layout, method.goal(None))

    assert len(rounds) == layers
    assert narrow_cost(layout, rounds[-1].keep.counts).params == params
    assert abs(params / 1e6 - printed) < 0.013


def test_a_plan_of_another_network_is_refused(patient):
    """The plan for ResNet-50 does not fit the tiny network."""
    method = ThiNet(plan="resnet50-70")

    with pytest.raises(IncompatibleError, match="keeps 64 units of 'conv1', which has 4"):
        method.schedule(tiny_layout(), method.goal(None))


@pytest.mark.parametrize("wrong", [{"images": 0}, {"positions": -1}])
def test_settings_that_make_no_sense(wrong):
    """Looking at nothing is refused when the method is written down."""
    with pytest.raises(SpecError, match="at least 1"):
        ThiNet(**wrong)
