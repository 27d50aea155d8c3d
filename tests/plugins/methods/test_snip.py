from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad

from prunebench.api import Density, Overall, PerLayer
from prunebench.errors import SpecError
from prunebench.testing import make_subject, parametrize_with_checks, tiny_network
from prunebench_plugins.methods.snip import Snip

EVERYTHING = PerLayer({})


@parametrize_with_checks([Snip])
def test_conformance(check):
    """Each check of methods holds."""
    check()


def test_scores_are_the_gradients_of_the_switches():
    """Against an explicit switch per connection: dL/dc of the loss at c · w, where c = 1."""
    subject = make_subject(tiny_network(), ())
    images, labels = (torch.cat(part) for part in zip(*subject.batches(100), strict=True))

    def loss(switches):
        weights = {f"{name}.weight": subject.weights[name] * c for name, c in switches.items()}
        return nn.functional.cross_entropy(functional_call(subject.model, weights, images), labels)

    switches = {name: torch.ones_like(weight) for name, weight in subject.weights.items()}
    expected = grad(loss)(switches)
    scores = Snip(samples=100).score(subject)

    assert set(scores) == {"conv1", "conv2", "fc"}
    for name, score in scores.items():
        torch.testing.assert_close(score, expected[name].abs(), rtol=1e-4, atol=1e-7)


def test_one_weight_by_hand(patient):
    """One image of class 0, logits (w, 0): |w (p - 1)| with p = e^w / (e^w + 1)."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(1, 2, bias=False))
    network[1].weight.data = torch.tensor([[2.0], [0.0]])
    ill = patient(network, (1, 1, 1), (), torch.ones(1, 1, 1, 1), torch.tensor([0]))

    scores = Snip().score(ill.subject(ill.layout, EVERYTHING))["1"]

    torch.testing.assert_close(scores, torch.tensor([[2 * 0.11920292], [0.0]]))


def test_the_loss_does_not_change_what_matters():
    """Twice the loss gives twice the scores: dividing by their sum would change no order."""
    subject = make_subject(tiny_network(), ())
    once = Snip().score(subject)
    doubled = replace(
        subject, loss=lambda found, wanted: 2 * nn.functional.cross_entropy(found, wanted)
    )
    twice = Snip().score(doubled)

    for name, score in once.items():
        torch.testing.assert_close(2 * score, twice[name])


def test_all_layers_are_ranked_together_before_training():
    """Lee et al.: one global threshold, at initialisation."""
    layout = make_subject(tiny_network(), ()).layout

    [only] = Snip().schedule(layout, Density(0.5))

    assert Snip.scores_at == "init"
    assert only.keep == Overall((72 + 216 + 162) // 2)


def test_no_images_are_refused():
    """The setting is named when it is given."""
    with pytest.raises(SpecError, match=r"snip\[samples\] must be at least 1, got -1"):
        Snip(samples=-1)
