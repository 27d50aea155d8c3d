from copy import deepcopy
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from prunebench.api import Density, Overall, PerLayer, setting
from prunebench.core.select import select
from prunebench.core.surgery import apply_weight_mask
from prunebench.testing import parametrize_with_checks, tiny_network
from prunebench_plugins.methods.magnitude import Magnitude
from prunebench_plugins.methods.obd import Curvature, Obd


class ByFisher(Obd):
    """With squared gradients of single images."""

    curvature: Curvature = setting("empirical_fisher", "what h is")


class ByHutchinson(Obd):
    """With a random estimate of the Hessian."""

    curvature: Curvature = setting("hutchinson", "what h is")
    draws: int = setting(3, "random vectors")


class ByLeCun(Obd):
    """With the paper's own back-propagation."""

    curvature: Curvature = setting("lecun_backprop", "what h is")


@parametrize_with_checks([Obd, ByFisher, ByHutchinson, ByLeCun])
def test_conformance(check):
    """The contract of every method, with each curvature."""
    check()


@pytest.fixture(scope="session")
def show(patient):
    """Give a function that shows a network with its images to a method."""

    def build(network, images, targets, loss=F.cross_entropy):
        ill = patient(network, tuple(images.shape[1:]), images=images, labels=targets)
        return replace(ill.subject(ill.layout, PerLayer({})), loss=loss)

    return build


def linear(rows, inputs):
    """Build one linear layer of given weights and its images, from rows of inputs."""
    weight, images = torch.tensor(rows), torch.tensor(inputs)
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    layer.weight.data = weight
    return nn.Sequential(nn.Flatten(), layer), images.view(len(images), 1, 1, -1)


def half_square(outputs, targets):
    """Give the mean over images of (z − t)² / 2, summed over outputs."""
    return (outputs - targets).square().sum(1).mean() / 2


def flat(scores):
    """Put all scores into one vector."""
    return torch.cat([part.flatten() for part in scores.values()])


def drawn(count=30, seed=3):
    """Draw images and labels for the tiny network."""
    draws = torch.Generator().manual_seed(seed)
    images = torch.randn(count, 2, 6, 6, generator=draws)
    return images, torch.randint(3, (count,), generator=draws)


@pytest.mark.parametrize("curvature", ["gn_diag", "empirical_fisher", "lecun_backprop"])
def test_saliencies_vanish_only_without_weight_or_curvature(show, curvature):
    """Zeroed weights, and those that read a channel of zeros; all others are above zero."""
    network, (images, labels) = tiny_network(), drawn()
    images[:, 1] = 0.0
    with torch.no_grad():
        network.fc.weight.view(-1)[::3] = 0.0

    scores = Obd(curvature=curvature).score(show(network, images, labels))

    assert not scores["conv1"][:, 1].any()
    assert bool((scores["conv1"][:, 0] > 0).all())
    assert not scores["fc"].flatten()[::3].any()
    read = network[:-1](images).detach().abs().sum(0) > 0  # a unit may be off for every image
    alive = read.expand(3, -1) & (network.fc.weight != 0)
    assert torch.equal(scores["fc"] > 0, alive)


@pytest.mark.parametrize(
    ("curvature", "power"),
    [("gn_diag", 1), ("hutchinson", 1), ("lecun_backprop", 1), ("empirical_fisher", 2)],
)
def test_scaled_loss_scales_saliencies(show, curvature, power):
    """By c; the empirical Fisher by c², since its gradients are squared. The order stays."""
    network, (images, labels) = tiny_network(), drawn()
    method = Obd(curvature=curvature, draws=2)

    whole = flat(method.score(show(network, images, labels)))
    scaled = flat(
        method.score(show(network, images, labels, lambda z, y: 4 * F.cross_entropy(z, y)))
    )

    torch.testing.assert_close(scaled, 4**power * whole, rtol=1e-4, atol=1e-6 * float(scaled.max()))


@given(rows=st.lists(st.floats(-3, 3, width=32), min_size=6, max_size=6, unique_by=abs))
@settings(deadline=None, max_examples=25)
def test_constant_curvature_ranks_as_magnitude(show, rows):
    """With the same h everywhere, u² has the order of |u|."""
    network, images = linear([rows], torch.eye(6).tolist())
    subject = show(network, images, torch.zeros(6, 1), half_square)

    magnitude = [abs(value) for value in rows]
    saliency = Obd().score(subject)["1"].flatten().tolist()

    assert saliency == pytest.approx([value**2 / 12 for value in magnitude], rel=1e-5, abs=1e-12)
    order = sorted(range(6), key=lambda k: magnitude[k])
    assert [saliency[k] for k in order] == sorted(saliency)


@pytest.mark.parametrize("curvature", ["gn_diag", "hutchinson", "lecun_backprop"])
def test_pruned_weights_score_zero_and_stay_pruned(show, curvature):
    """Over three rounds masks nest and counts are met, with scores of the pruned network."""
    network, (images, labels) = tiny_network(), drawn()
    method = Obd(curvature=curvature, rounds=3, draws=2)
    subject = show(network, images, labels)
    mask = subject.alive

    for each in method.schedule(subject.layout, Density(0.2)):
        scores = method.score(show(network, images, labels))
        assert all(not scores[name][~kept].any() for name, kept in mask.items())
        chosen = select(scores, mask, each.keep)
        assert chosen.mask.within(mask)
        assert sum(chosen.mask.counts.values()) == each.keep.count
        mask = chosen.mask
        apply_weight_mask(network, mask)

    assert sum(mask.counts.values()) == 90


def rescaled(network):
    """Give a copy that computes the same: a norm's scale and shift times 10, its readers' 0.1."""
    copy = deepcopy(network)
    with torch.no_grad():
        copy.bn1.weight[1] *= 10
        copy.bn1.bias[1] *= 10
        copy.conv2.weight[:, 1] *= 0.1
    return copy


@pytest.mark.parametrize("curvature", ["gn_diag", "empirical_fisher", "lecun_backprop"])
def test_rescaling_that_changes_nothing_changes_no_saliency(show, curvature):
    """Curvature falls as the weight's square grows; magnitude sees another weight."""
    images, labels = drawn()
    network = tiny_network()
    other = rescaled(network)
    torch.testing.assert_close(network(images), other(images))
    before, after = (show(each, images, labels) for each in (network, other))

    method = Obd(curvature=curvature)

    for name, scores in method.score(before).items():
        torch.testing.assert_close(method.score(after)[name], scores, rtol=1e-3, atol=1e-9)
    assert not torch.allclose(flat(Magnitude().score(before)), flat(Magnitude().score(after)))


def test_rescaling_without_a_norm(show):
    """A filter times 10 and what reads it times 0.1: the same saliencies, another magnitude."""
    draws = torch.Generator().manual_seed(0)
    rows = torch.randn(4, 3, generator=draws), torch.randn(3, 4, generator=draws)
    images = torch.randn(20, 1, 1, 3, generator=draws)
    labels = torch.randint(3, (20,), generator=draws)
    scores, magnitudes = [], []
    for factor in (1.0, 10.0):
        network = nn.Sequential(
            nn.Flatten(), nn.Linear(3, 4, bias=False), nn.ReLU(), nn.Linear(4, 3, bias=False)
        )
        scale = torch.tensor([1.0, factor, 1.0, 1.0])
        network[1].weight.data = rows[0] * scale.unsqueeze(1)
        network[3].weight.data = rows[1] / scale
        subject = show(network, images, labels)
        scores.append(flat(Obd().score(subject)))
        magnitudes.append(flat(Magnitude().score(subject)))

    torch.testing.assert_close(scores[0], scores[1], rtol=1e-4, atol=1e-9)
    assert not torch.equal(magnitudes[0].argsort(), magnitudes[1].argsort())


def test_a_channel_of_zeros_goes_first(show):
    """Its own weights have no size, those that read it no curvature: nothing else goes before."""
    network, (images, labels) = tiny_network(), drawn()
    with torch.no_grad():
        network.conv1.weight[2] = 0.0
        network.bn1.bias[2] = 0.0
        network.bn1.running_mean[2] = 0.0
    subject = show(network, images, labels)
    dead = 2 * 9 + 6 * 9

    scores = Obd().score(subject)
    chosen = select(scores, subject.alive, Overall(subject.layout.prunable_size - dead)).mask

    assert int((flat(scores) == 0).sum()) == dead
    assert not chosen["conv1"][2].any()
    assert not chosen["conv2"][:, 2].any()
    assert chosen.counts == {"conv1": 3 * 18, "conv2": 6 * 27, "fc": 162}


def test_nothing_is_left_behind_when_the_network_fails(show):
    """Hooks are removed although the forward pass raised."""
    network, (images, labels) = tiny_network(), drawn()
    subject = show(network, images, labels)
    network.pool = nn.Identity()  # more features than the linear layer reads

    with pytest.raises(RuntimeError):
        Obd().score(subject)

    assert not any(module._forward_hooks for module in network.modules())
