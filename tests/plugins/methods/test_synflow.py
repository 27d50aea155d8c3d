from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from prunebench.api import Automatic, Density, Overall, PerLayer, Plan, Within
from prunebench.errors import IncompatibleError, SpecError
from prunebench.testing import make_subject, parametrize_with_checks, tiny_network
from prunebench_plugins.methods.synflow import SynFlow
from prunebench_plugins.models.resnet import Resnet110

EVERYTHING = PerLayer({})


@parametrize_with_checks([SynFlow])
def test_conformance(check):
    """Each check of methods holds."""
    check()


def chain(widths, seed=0):
    """Build linear layers without biases and ReLUs between them."""
    draws = torch.Generator().manual_seed(seed)
    layers = [nn.Flatten()]
    for inputs, outputs in pairwise(widths):
        layer = nn.Linear(inputs, outputs, bias=False)
        layer.weight.data.normal_(generator=draws)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def blank(patient, network, features):
    """Make a chain ready to be pruned, with one image whose values are of no importance."""
    image = torch.full((1, 1, 1, features), -7.0)
    return patient(network, (1, 1, features), (), image, torch.tensor([0]))


def scores_of(ill):
    """Score a network whole."""
    return SynFlow().score(ill.subject(ill.layout, EVERYTHING))


@settings(deadline=None)
@given(widths=st.lists(st.integers(1, 6), min_size=2, max_size=5), seed=st.integers(0, 10_000))
def test_conservation_scores_of_every_layer_sum_to_the_flow(patient, widths, seed):
    """Theorem 2 of Tanaka et al.: every layer's scores sum up to R = 1ᵀ |W_L| … |W_1| 1."""
    network = chain(widths, seed)
    flow = torch.ones(widths[0], dtype=torch.float64)
    for layer in network:
        flow = layer.weight.detach().abs().double() @ flow if hasattr(layer, "weight") else flow

    for score in scores_of(blank(patient, network, widths[0])).values():
        torch.testing.assert_close(score.sum(), flow.sum())


def test_conservation_at_every_unit(patient):
    """Theorem 1: what a hidden unit's incoming weights score, its outgoing ones score too."""
    scores = scores_of(blank(patient, chain((5, 4, 3)), 5))

    torch.testing.assert_close(scores["1"].sum(1), scores["3"].sum(0))


def test_scores_by_hand(patient):
    """|W1| = [[1, 2], [3, 0]], |W2| = [[4, 5]]: the flow is 4·3 + 5·3 = 27, path by path."""
    network = chain((2, 2, 1))
    network[1].weight.data = torch.tensor([[1.0, -2.0], [-3.0, 0.0]])
    network[3].weight.data = torch.tensor([[-4.0, 5.0]])

    scores = scores_of(blank(patient, network, 2))

    assert scores["1"].tolist() == [[4.0, 8.0], [15.0, 0.0]]
    assert scores["3"].tolist() == [[12.0, 15.0]]


def test_signs_and_images_do_not_matter():
    """Data-free: other images, labels and signs of the weights give the same scores."""
    subject = make_subject(tiny_network(), ())
    expected = SynFlow().score(subject)
    with torch.no_grad():
        for parameter in subject.model.parameters():
            parameter.neg_()
    noise = torch.randn(1, 2, 6, 6, generator=torch.Generator().manual_seed(9))
    other = replace(subject, batches=lambda images: iter([(noise, torch.tensor([2]))]))

    found = SynFlow().score(other)

    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_deep_networks_do_not_overflow(patient):
    """ResNet-110's flow is beyond single precision; the scores are finite all the same."""
    model = Resnet110()
    network = model.build((3, 32, 32), 10)
    model.initialise(network, torch.Generator().manual_seed(0))
    images, labels = torch.zeros(1, 3, 32, 32), torch.tensor([0])
    scores = scores_of(patient(network, (3, 32, 32), (), images, labels))

    assert all(bool(score.isfinite().all()) for score in scores.values())
    assert float(scores["fc"].sum()) > torch.finfo(torch.float32).max


def test_density_falls_exponentially():
    """A hundred steps of equal rate; the last is exact, and nothing is trained between them."""
    layout = make_subject(tiny_network(), ()).layout
    rounds = SynFlow().schedule(layout, Density(0.1))
    total = 72 + 216 + 162

    assert len(rounds) == 100
    assert {each.after for each in rounds} == {"nothing"}
    for k, each in enumerate(rounds, start=1):
        assert isinstance(each.keep, Overall)
        assert 0 <= each.keep.count - total * 0.1 ** (k / 100) < 1 + 1e-6
    assert rounds[-1].keep.count == 45


def test_multiply_adds_and_layers():
    """The other measures fall in the same way."""
    layout = make_subject(tiny_network(), ()).layout

    costed = SynFlow(rounds=2).schedule(layout, Density(0.25, "macs"))
    layered = SynFlow(rounds=2, scope="layer").schedule(layout, Density(0.25))

    assert [each.keep for each in costed] == [Within(0.5, "macs"), Within(0.25, "macs")]
    assert [each.keep.counts for each in layered] == [
        {"conv1": 36, "conv2": 108, "fc": 81},
        {"conv1": 18, "conv2": 54, "fc": 41},
    ]


def test_no_layer_is_emptied_in_small_steps(patient):
    """Maximal critical compression: a path survives a hundred steps down to one weight a layer.

    In one step the wide layer, whose many weights score low one by one, is emptied.
    """
    widths = (40, 40, 2, 2)
    size = sum(a * b for a, b in pairwise(widths))
    target = Density(3.0 / size)
    many = blank(patient, chain(widths), 40).prune(SynFlow(), target)[-1].mask
    one = blank(patient, chain(widths), 40).prune(SynFlow(rounds=1), target)[-1].mask

    assert list(many.counts.values()) == [1, 1, 1]
    assert min(one.counts.values()) == 0


@pytest.mark.parametrize("target", [Automatic(), Plan("p", {})])
def test_other_targets_are_refused(target):
    """Only a density can be approached in steps."""
    layout = make_subject(tiny_network(), ()).layout

    with pytest.raises(IncompatibleError, match="synflow takes densities"):
        SynFlow().schedule(layout, target)


def test_no_rounds_are_refused():
    """The setting is named when it is given."""
    with pytest.raises(SpecError, match=r"synflow\[rounds\] must be at least 1, got 0"):
        SynFlow(rounds=0)


def test_bounded_activations_are_refused(patient):
    """Behind a ReLU6 that is at its bound nothing changes the flow: the layer is named."""
    network = nn.Sequential(chain((9, 3)), nn.ReLU6(), nn.Linear(3, 2, bias=False))
    network[0][1].weight.data.fill_(1.0)
    ill = blank(patient, network, 9)

    with pytest.raises(IncompatibleError, match=r"no weight of '0\.1' changes the flow"):
        scores_of(ill)
    network[0][1].weight.data.fill_(0.5)  # nine halves are below six

    assert scores_of(ill)["0.1"].all()


def test_an_emptied_layer_is_not_refused(patient):
    """In later rounds a network may have collapsed; its scores are zero and the row says so."""
    ill = blank(patient, chain((4, 3, 2)), 4)
    ill.network[3].weight.data.zero_()
    alive = ill.full(ill.layout, SynFlow.granularity)
    alive["3"].zero_()

    scores = SynFlow().score(ill.subject(ill.layout, EVERYTHING, alive))

    assert not any(score.any() for score in scores.values())
