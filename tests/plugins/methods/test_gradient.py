from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.func import functional_call

from prunebench.api import Density, PerLayer
from prunebench.errors import SpecError
from prunebench.testing import make_subject, parametrize_with_checks, tiny_network
from prunebench_plugins.methods.gradient import Gradient

EVERYTHING = PerLayer({})


@parametrize_with_checks([Gradient])
def test_conformance(check):
    """Each check of methods holds."""
    check()


@pytest.fixture
def regression(patient):
    """Give a function that makes y = w · x, trained on squared error, ready to be pruned."""

    def build(inputs, targets, weights):
        network = nn.Sequential(nn.Flatten(), nn.Linear(len(weights), 1, bias=False))
        network[1].weight.data = torch.tensor([weights])
        images = torch.tensor(inputs).reshape(len(inputs), 1, 1, -1)
        ill = patient(network, (1, 1, len(weights)), (), images, torch.tensor(targets))
        return replace(
            ill.subject(ill.layout, EVERYTHING),
            loss=lambda found, wanted: (found[:, 0] - wanted).square().mean() / 2,
        )

    return build


def test_scores_by_hand(regression):
    """X = [[1, 2], [3, -1]], w = (0.5, -1.5), y = 0: residuals -2.5 and 3.

    The mean gradient is ((-2.5 + 9) / 2, (-5 - 3) / 2) = (3.25, -4); times w, 1.625 and 6.
    """
    subject = regression([[1.0, 2.0], [3.0, -1.0]], [0.0, 0.0], [0.5, -1.5])

    scores = Gradient().score(subject)

    torch.testing.assert_close(scores["1"], torch.tensor([[1.625, 6.0]]))


def test_scores_vanish_at_a_minimum(regression):
    """Where the data are fitted, every weight has the same score, zero: the method is blind."""
    subject = regression([[1.0, 2.0], [3.0, -1.0]], [-2.5, 3.0], [0.5, -1.5])

    assert not Gradient().score(subject)["1"].any()


def test_scores_are_the_change_of_the_loss():
    """For steps towards zero the loss changes by minus the signed score, to first order."""
    subject = make_subject(tiny_network(), ())
    batches = [(x.double(), y) for x, y in subject.batches(100)]
    subject = replace(
        subject,
        model=subject.model.double(),
        weights={name: weight.double() for name, weight in subject.weights.items()},
        batches=lambda images: iter(batches),
    )
    images, labels = (torch.cat(part) for part in zip(*batches, strict=True))
    scores = Gradient(samples=100).score(subject)

    def loss(name, place, factor):
        weight = subject.weights[name].clone()
        weight[place] *= factor
        logits = functional_call(subject.model, {f"{name}.weight": weight}, images)
        return float(nn.functional.cross_entropy(logits, labels).detach())

    for name, place in (("conv1", (0, 1, 2, 0)), ("conv2", (3, 2, 1, 1)), ("fc", (1, 17))):
        slope = (loss(name, place, 1 + 1e-6) - loss(name, place, 1 - 1e-6)) / 2e-6
        assert float(scores[name][place]) == pytest.approx(abs(slope), rel=1e-5, abs=1e-9)


def test_images_are_averaged_not_batches(patient):
    """150 images, given as 100 and 50, score as one batch of 150."""
    draws = torch.Generator().manual_seed(0)
    images = torch.randn(150, 1, 2, 2, generator=draws)
    labels = torch.randint(0, 3, (150,), generator=draws)
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    ill = patient(network, (1, 2, 2), (), images, labels)

    scores = Gradient(samples=150).score(ill.subject(ill.layout, EVERYTHING))
    [gradient] = torch.autograd.grad(
        nn.functional.cross_entropy(network(images), labels), [network[1].weight]
    )

    torch.testing.assert_close(scores["1"], (network[1].weight.detach() * gradient).abs())


def test_pruned_weights_score_zero(patient):
    """What is gone stays last, whatever its gradient."""
    images, labels = torch.ones(10, 1, 2, 2), torch.zeros(10, dtype=torch.long)
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    ill = patient(network, (1, 2, 2), (), images, labels)
    [selection] = ill.prune(Gradient(), Density(0.5))

    scores = Gradient().score(ill.subject(ill.layout, EVERYTHING))["1"]

    assert not scores[~selection.mask["1"]].any()
    assert scores[selection.mask["1"]].any()


def test_no_images_are_refused():
    """The setting is named when it is given, not when the network has been trained."""
    with pytest.raises(SpecError, match=r"gradient\[samples\] must be at least 1, got 0"):
        Gradient(samples=0)
