"""Refitting a layer: by its Gram matrix or, where that is larger, by its rows."""

import numpy as np
import pytest
import torch

from prunebench.api import Mask, Span
from prunebench.testing import make_subject, tiny_network
from prunebench_plugins.methods import _contributions, _refit
from prunebench_plugins.methods._contributions import (
    Sampling,
    by_moments,
    contributions,
    one_by_one,
)
from prunebench_plugins.methods._least_squares import least_squares
from prunebench_plugins.methods._refit import from_rows, refit
from prunebench_plugins.methods.lasso import Lasso

KEPT = torch.tensor([1, 0, 1, 1, 0, 1]).bool()


def flat_reader():
    """Give the tiny network's last group with its flattened map: 6 channels of 9 places."""
    subject = make_subject(tiny_network())
    return subject, subject.layout.group("conv2"), Span("fc", repeat=9)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("rows", [12, 60])
def test_rows_give_the_smallest_least_squares_solution(rows, intercept):
    """As numpy's pseudo-inverse, with fewer and with more rows than features, one repeated."""
    randomness = np.random.default_rng(rows)
    regressors = randomness.normal(size=(rows, 20))
    regressors[3] = regressors[2]
    wanted = randomness.normal(size=(rows, 4))
    means, level = (
        (regressors.mean(0), wanted.mean(0)) if intercept else (np.zeros(20), np.zeros(4))
    )
    solution = np.linalg.pinv(regressors - means, rcond=1e-8) @ (wanted - level)

    change, shift = from_rows(*map(torch.from_numpy, (regressors, wanted)), intercept=intercept)

    np.testing.assert_allclose(change.numpy(), solution, atol=1e-8)
    np.testing.assert_allclose(shift.numpy(), level - means @ solution, atol=1e-8)


@pytest.mark.parametrize("intercept", [True, False])
def test_both_ways_fit_the_same_layer(intercept):
    """36 kept features, 30 images: the layer with its map's Gram matrix and without."""
    subject, group, span = flat_reader()
    sampling = Sampling(30, 10, drift=True)
    by_row = refit(subject, group, span, KEPT, sampling, intercept=intercept)

    seen = _contributions.moments(subject, group, span, sampling)
    change, shift = _refit.from_moments(seen, KEPT, intercept=intercept)

    weight = seen.weight.clone()
    weight[:, KEPT] += change.T.reshape(weight[:, KEPT].shape)
    torch.testing.assert_close(by_row[0], weight, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(by_row[1], shift, atol=1e-5, rtol=1e-5)


def test_more_features_than_rows_need_no_gram_matrix(monkeypatch):
    """54 features, 30 images: neither scoring nor refitting adds up products of features."""
    subject, group, span = flat_reader()

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(_refit, "moments", refuse)
    monkeypatch.setattr(_contributions, "moments", refuse)
    contributions(subject, group, Sampling(30, 10))
    mask = Mask({"conv1": torch.ones(4).bool(), "conv2": KEPT})
    repaired = Lasso(images=30).reconstruct(subject, mask)

    assert set(repaired) == {"fc.weight", "fc.bias"}
    with pytest.raises(AssertionError):
        refit(subject, group, span, KEPT, Sampling(100, 10), intercept=True)


@pytest.mark.parametrize(("name", "span"), [("conv1", Span("conv2")), ("conv2", Span("fc", 0, 9))])
def test_contributions_are_the_same_either_way(name, span):
    """From products of inputs and one by one, a drift and an output that is gone included."""
    subject = make_subject(tiny_network())
    group, sampling = subject.layout.group(name), Sampling(50, 4, drift=True)
    with torch.no_grad():
        subject.model.conv1.weight[1] = 0.0
        if name == "conv1":  # as an earlier round leaves the network
            subject.model.conv2.weight[2] = 0.0
            subject.alive["conv2"][2] = False

    ours, theirs = (way(subject, group, span, sampling) for way in (by_moments, one_by_one))

    assert ours.rows == theirs.rows
    assert ours.target_square > 0.0
    for field in ("gram", "sums", "target", "target_sum", "target_square"):
        torch.testing.assert_close(
            torch.as_tensor(getattr(ours, field)), torch.as_tensor(getattr(theirs, field))
        )


@pytest.mark.parametrize("power", [0, 4, 8])
def test_elimination_and_pivots_agree(power):
    """Well and badly conditioned, as numpy's pseudo-inverse."""
    randomness = np.random.default_rng(power)
    basis, _ = np.linalg.qr(randomness.normal(size=(8, 8)))
    gram = (basis * np.logspace(0, -power, 8)) @ basis.T
    target = gram @ randomness.normal(size=(8, 3))

    found = least_squares(torch.from_numpy(gram), torch.from_numpy(target))

    np.testing.assert_allclose(found.numpy(), np.linalg.pinv(gram) @ target, atol=1e-6)
