"""LASSO selection on whole networks: batch norms, several layers, rounds, the published widths."""

import numpy as np
import pytest
import torch
from torch import nn

from prunebench.api import ChannelGroup, Density, Mask, PerLayer, Plan, Span
from prunebench.core.cost import narrow_cost
from prunebench.core.surgery import cut, silence
from prunebench.errors import IncompatibleError, SpecError
from prunebench.testing import make_subject, tiny_layout, tiny_network
from prunebench.testing.tiny import Scene
from prunebench_plugins.methods.lasso import Lasso
from prunebench_plugins.models.torchvision import TorchvisionVgg16


def lost(ill):
    """Measure how far the response is from the original one, squared."""
    with torch.no_grad():
        return float((ill.network(ill.images) - ill.original(ill.images)).square().sum())


def test_r1_everything_kept_leaves_the_network_alone():
    """At density 1 no channel goes and no weight changes, not even by rounding."""
    [only] = Lasso().schedule(tiny_layout(), Density(1.0))
    subject = make_subject(tiny_network(), scene=Scene(keep=only.keep))

    assert only.keep == PerLayer({})
    assert Lasso().reconstruct(subject, subject.alive) == {}


@pytest.mark.parametrize("channel", range(4))
def test_rescaled_filters_make_no_difference(channel):
    """A filter times 16 and its readers by 16: the same choice, the same network afterwards."""
    plain, scaled = tiny_network(), tiny_network()
    with torch.no_grad():
        scaled.bn1.weight[channel] *= 16
        scaled.bn1.bias[channel] *= 16
        scaled.conv2.weight[:, channel] /= 16
    keep = PerLayer({"conv1": 2})
    subjects = [make_subject(network, scene=Scene(keep=keep)) for network in (plain, scaled)]

    first, second = (Lasso().score(subject)["conv1"] for subject in subjects)
    mask = Mask({"conv1": first > 0, "conv2": torch.ones(6).bool()})
    ours, theirs = (Lasso().reconstruct(subject, mask) for subject in subjects)

    torch.testing.assert_close(first, second)
    back = theirs["conv2.weight"].clone()
    back[:, channel] *= 16
    torch.testing.assert_close(back, ours["conv2.weight"], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(theirs["bn2.running_mean"], ours["bn2.running_mean"])


def test_the_intercept_goes_into_the_next_batch_norm():
    """A reader without bias: its batch norm takes off the intercept, as least squares has it."""
    network = tiny_network()
    subject = make_subject(network, scene=Scene(keep=PerLayer({"conv1": 2})))
    mask = Mask({"conv1": torch.tensor([1, 0, 0, 1]).bool(), "conv2": torch.ones(6).bool()})

    repaired = Lasso(images=100).reconstruct(subject, mask)

    drawn = list(subject.samples("conv2", 100, 10))
    inputs = torch.cat([sample.inputs for sample in drawn])[:, [0, 3]].flatten(1).double().numpy()
    outputs = torch.cat([sample.outputs for sample in drawn]).double().numpy()
    solution = np.linalg.lstsq(np.column_stack([inputs, np.ones(len(inputs))]), outputs)[0]
    assert set(repaired) == {"conv2.weight", "bn2.running_mean"}
    weights = repaired["conv2.weight"][:, [0, 3]].flatten(1).numpy()
    np.testing.assert_allclose(weights, solution[:-1].T, atol=1e-4)
    means = (network.bn2.running_mean - repaired["bn2.running_mean"]).numpy()
    np.testing.assert_allclose(means, solution[-1], atol=1e-4)
    plain = Lasso(intercept=False).reconstruct(subject, mask)
    assert set(plain) == {"conv2.weight"}


def test_later_layers_make_up_for_earlier_ones(patient):
    """The last layer is fitted to the original response, not to that of the pruned network."""
    images = torch.randn(300, 2, 6, 6, generator=torch.Generator().manual_seed(1))
    ill = patient(tiny_network(), (2, 6, 6), tiny_layout().groups, images)
    method = Lasso(images=300)

    *_, last = ill.prune(method, Plan("p", {"conv1": 2, "conv2": 5}))

    narrow = cut(ill.network, ill.groups, last.mask)
    features = narrow[:-1](images).detach().double().numpy()
    wanted = ill.original(images).detach().double().numpy()
    regressors = np.column_stack([features, np.ones(300)])
    best = np.sum((regressors @ np.linalg.lstsq(regressors, wanted)[0] - wanted) ** 2)
    assert lost(ill) == pytest.approx(best, rel=1e-3)


def test_repaired_network_is_nearer(patient):
    """Half the channels of the tiny network: the refit loses less than just dropping them."""
    images = torch.randn(200, 2, 6, 6, generator=torch.Generator().manual_seed(1))
    ill = patient(tiny_network(), (2, 6, 6), tiny_layout().groups, images)

    *_, last = ill.prune(Lasso(), Density(0.5, "units"))
    assert last.mask.counts == {"conv1": 2, "conv2": 3}
    repaired = lost(ill)
    ill.network.load_state_dict(ill.original.state_dict())
    silence(ill.network, ill.groups, last.mask)

    assert repaired < 0.5 * lost(ill)


class Forked(nn.Module):
    """Two layers side by side, and one that reads them both."""

    def __init__(self):
        super().__init__()
        self.one = nn.Linear(3, 4)
        self.two = nn.Linear(3, 4)
        self.join = nn.Linear(8, 2)

    def forward(self, images):
        """Map (batch, 3, 1, 1) to (batch, 2)."""
        flat = images.flatten(1)
        return self.join(torch.relu(torch.cat([self.one(flat), self.two(flat)], 1)))


def test_a_reader_of_two_groups_is_fitted_twice(patient):
    """The second fit starts from the first's kernel and settles for the original response.

    Only the columns of the group at hand move, and the bias is the last fit's.
    """
    torch.manual_seed(1)
    images = torch.randn(80, 3, 1, 1)
    groups = [
        ChannelGroup(name, 4, (Span(name),), (), (Span("join", offset=4 * place),))
        for place, name in enumerate(("one", "two"))
    ]
    ill = patient(Forked(), (3, 1, 1), groups, images)

    first, last = ill.prune(Lasso(), Plan("p", {"one": 2, "two": 3}))

    assert first.mask.counts == {"one": 2, "two": 4}
    assert last.mask.counts == {"one": 2, "two": 3}
    maps = [torch.relu(ill.network.get_submodule(n)(images.flatten(1))) for n in ("one", "two")]
    weight = ill.network.join.weight.detach()
    wanted = (ill.original(images) - maps[0] @ weight[:, :4].T).detach().double().numpy()
    stay = last.mask["two"]
    regressors = np.column_stack([maps[1].detach().double().numpy()[:, stay], np.ones(80)])
    solution = np.linalg.lstsq(regressors, wanted, rcond=None)[0]
    np.testing.assert_allclose(weight[:, 4:][:, stay].numpy(), solution[:-1].T, atol=1e-4)
    np.testing.assert_allclose(ill.network.join.bias.detach().numpy(), solution[-1], atol=1e-4)


def test_fine_tuning_between_layers():
    """One group per round, cumulative; trained in between only on request."""
    rounds = Lasso(finetune_between=True).schedule(tiny_layout(), Density(0.5, "units"))

    assert [each.keep.counts for each in rounds] == [{"conv1": 2}, {"conv1": 2, "conv2": 3}]
    assert {each.after for each in rounds} == {"finetune"}
    assert Lasso().schedule(tiny_layout(), Density(0.5))[0].after == "nothing"


def test_published_network(patient):
    """The 5x plan fits torchvision's network; counted by hand it has 130 879 294 parameters.

    Of the convolutions' 15.35 G multiply-adds 3.39 G stay.
    """
    model, method = TorchvisionVgg16(), Lasso(plan="vgg16-5x")
    with torch.device("meta"):
        network = model.build((3, 224, 224), 1000)
    layout = patient(network, (3, 224, 224), model.groups(network)).layout_for(method)

    rounds = method.schedule(layout, method.goal(None))
    cost = narrow_cost(layout, rounds[-1].keep.counts)

    linear = 25_088 * 4096 + 4096 * 4096 + 4096 * 1000
    assert len(rounds) == 10
    assert cost.params == 130_879_294
    assert round((cost.macs - linear) / 1e9, 2) == 3.39


def test_a_plan_of_another_network_is_refused():
    """The plan for VGG-16 does not fit the tiny network."""
    method = Lasso(plan="vgg16-5x")

    with pytest.raises(IncompatibleError, match="which the model does not have"):
        method.schedule(tiny_layout(), method.goal(None))


@pytest.mark.parametrize("wrong", [{"images": 0}, {"positions": -1}])
def test_settings_that_make_no_sense(wrong):
    """Looking at nothing is refused when the method is written down."""
    with pytest.raises(SpecError, match="at least 1"):
        Lasso(**wrong)
