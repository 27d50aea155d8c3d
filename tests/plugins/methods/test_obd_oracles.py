from copy import deepcopy
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from prunebench.api import Overall, PerLayer
from prunebench.core.select import select
from prunebench_plugins.methods.magnitude import Magnitude
from prunebench_plugins.methods.obd import Obd

EXACT = 1e-6
"""Relative room for single precision."""


@pytest.fixture(scope="session")
def show(patient):
    """Give a function that shows a network with its images to a method."""

    def build(network, images, targets, loss=F.cross_entropy):
        ill = patient(network, tuple(images.shape[1:]), images=images, labels=targets)
        return replace(ill.subject(ill.layout, PerLayer({})), loss=loss)

    return build


def half_square(outputs, targets):
    """Give the mean over images of (z − t)² / 2, summed over outputs."""
    return (outputs - targets).square().sum(1).mean() / 2


def linear(rows, inputs):
    """Build one linear layer of given weights and its images, from rows of inputs."""
    weight, images = torch.tensor(rows), torch.tensor(inputs)
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    layer.weight.data = weight
    return nn.Sequential(nn.Flatten(), layer), images.view(len(images), 1, 1, -1)


def without(network, subject, name, *places):
    """Give the loss with some weights of a layer at zero, by flat index."""
    pruned = deepcopy(network)
    with torch.no_grad():
        pruned.get_parameter(f"{name}.weight").view(-1)[list(places)] = 0.0
        [(images, targets)] = subject.batches(10_000)
        return float(subject.loss(pruned(images), targets))


def removals(scores, alive):
    """List flat indices of a single layer in the order in which they go."""
    [(name, shape)] = [(name, kept.shape) for name, kept in alive.items()]
    masks = [
        select(scores, alive, Overall(shape.numel() - k)).mask[name].flatten()
        for k in range(shape.numel() + 1)
    ]
    return [int((before & ~after).nonzero()) for before, after in pairwise(masks)]


def diagonal_quadratic(show):
    """Build E = Σ h_k (w_k − u_k)² / 2 as a regression: image k is √(4 h_k) along axis k."""
    curvatures = torch.tensor([4.0, 1.0, 0.25, 9.0])
    network, images = linear([[0.5, 2.0, 3.0, -0.1]], (4 * curvatures).sqrt().diag().tolist())
    return network, show(network, images, network(images).detach(), half_square)


@pytest.mark.parametrize("curvature", ["gn_diag", "hutchinson", "lecun_backprop"])
def test_oracle_o1_diagonal_quadratic(show, curvature):
    """With h = (4, 1, 0.25, 9) magnitude is wrong about the second and third weight."""
    network, subject = diagonal_quadratic(show)

    scores = Obd(curvature=curvature).score(subject)

    assert scores["1"].flatten().tolist() == pytest.approx([0.5, 2.0, 1.125, 0.045], rel=EXACT)
    assert removals(scores, subject.alive) == [3, 0, 2, 1]
    assert removals(Magnitude().score(subject), subject.alive) == [3, 0, 1, 2]
    assert without(network, subject, "1", 3, 0) == pytest.approx(0.545, rel=EXACT)


def test_oracle_o1_empirical_fisher_is_blind_at_a_perfect_fit(show):
    """Where every image is fitted exactly there is no gradient to square."""
    _, subject = diagonal_quadratic(show)

    assert not Obd(curvature="empirical_fisher").score(subject)["1"].any()


@pytest.mark.parametrize("curvature", ["gn_diag", "lecun_backprop"])
def test_oracle_o2_linear_regression(show, curvature):
    """One deletion costs what was predicted; two cost u₁ u₂ H₁₂ less: the diagonal's error."""
    network, images = linear([[0.5, -1.5]], [[1.0, 2.0], [3.0, -1.0], [0.0, 1.0], [2.0, 2.0]])
    subject = show(network, images, network(images).detach(), half_square)

    scores = Obd(curvature=curvature).score(subject)["1"].flatten().tolist()

    assert scores == pytest.approx([0.4375, 2.8125], rel=EXACT)
    assert [without(network, subject, "1", k) for k in (0, 1)] == pytest.approx(scores, rel=EXACT)
    assert without(network, subject, "1", 0, 1) == pytest.approx(2.6875, rel=EXACT)
    assert sum(scores) - 0.5625 == pytest.approx(2.6875, rel=EXACT)


def tanh_net(show):
    """Build y = v tanh(u x) with u = 0.5, v = 2, for x = 1 and the target 1."""
    network = nn.Sequential(
        nn.Flatten(), nn.Linear(1, 1, bias=False), nn.Tanh(), nn.Linear(1, 1, bias=False)
    )
    network[1].weight.data.fill_(0.5)
    network[3].weight.data.fill_(2.0)
    return show(network, torch.ones(1, 1, 1, 1), torch.ones(1, 1), half_square)


@pytest.mark.parametrize(
    ("curvature", "first", "second", "room"),
    [
        ("gn_diag", 0.30925002, 0.42710453, EXACT),
        ("lecun_backprop", 0.30925002, 0.42710453, EXACT),
        ("empirical_fisher", 0.00177523, 0.00245177, 1e-5),
        # Five standard errors of 4000 draws: |H_uv| / √4000 = 1 % of h_uu / 2, 10 % of h_vv.
        ("hutchinson", 0.32301782, 0.42710453, None),
    ],
)
def test_oracle_o3_tanh_net(show, curvature, first, second, room):
    """The exact second derivative by u has the term with tanh″; Gauss-Newton leaves it out."""
    scores = Obd(curvature=curvature, draws=4000).score(tanh_net(show))

    # E = r² / 2, r = v tanh(u) − 1: H_uv = v tanh(u) (1 − tanh²(u)) + r (1 − tanh²(u))
    mixed = 0.78644773 * (2 * 0.46211716 + (2 * 0.46211716 - 1))
    noise = 5 * mixed / 4000**0.5
    rooms = (noise * 0.125, noise * 2.0) if room is None else (first * room, second * room)
    assert float(scores["1"]) == pytest.approx(first, abs=rooms[0])
    assert float(scores["3"]) == pytest.approx(second, abs=rooms[1])


def test_oracle_o3_curvatures_do_not_mix(show):
    """The empirical Fisher has the same order here, at less than a hundredth of the size."""
    exact, fisher = (
        Obd(curvature=kind).score(tanh_net(show)) for kind in ("gn_diag", "empirical_fisher")
    )

    assert float(exact["1"]) < float(exact["3"])
    assert float(fisher["1"]) < float(fisher["3"])
    assert all(float(exact[name]) > 100 * float(fisher[name]) for name in exact)


GGN = [[0.13180518, 0.52722072], [0.10115466, 0.40461862], [0.04024522, 0.16098088]]
FISHER = [[0.02440008, 0.09760034], [0.01304054, 0.05216217], [0.00176485, 0.00705938]]


@pytest.mark.parametrize(
    ("curvature", "expected"),
    [("gn_diag", GGN), ("lecun_backprop", GGN), ("empirical_fisher", FISHER)],
)
@pytest.mark.parametrize("loss", [F.cross_entropy, partial(F.cross_entropy)])
def test_oracle_o4_softmax(show, curvature, expected, loss):
    """Logits (2, 0, −1) at x = (1, −2): h = p (1 − p) x², in closed form and from the loss."""
    network, images = linear([[4.0, 1.0], [2.0, 1.0], [1.0, 1.0]], [[1.0, -2.0]])
    assert network(images).tolist() == [[2.0, 0.0, -1.0]]
    subject = show(network, images, torch.tensor([0]), loss)

    scores = Obd(curvature=curvature).score(subject)["1"]

    curvatures = 2 * scores / subject.weights["1"].square()
    torch.testing.assert_close(curvatures, torch.tensor(expected), rtol=2e-6, atol=1e-8)


def test_oracle_o4_is_the_fisher_of_labels_drawn_from_the_network(show):
    """Averaged over labels with the network's own chances, the Fisher is Gauss-Newton's matrix."""
    network, images = linear([[4.0, 1.0], [2.0, 1.0], [1.0, 1.0]], [[1.0, -2.0]])
    chances = network(images).softmax(1)[0].detach()

    expected = sum(
        chance * by(show, network, images, label) for label, chance in enumerate(chances.unbind())
    )

    found = Obd().score(show(network, images, torch.tensor([0])))["1"]
    torch.testing.assert_close(found, expected)


def by(show, network, images, label):
    """Score with the empirical Fisher as if the label were the true one."""
    subject = show(network, images, torch.tensor([label]))
    return Obd(curvature="empirical_fisher").score(subject)["1"]
