import pytest
import torch

from prunebench.api import Density
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.methods.random_mask import RandomMask
from prunebench_plugins.models.lenet300100 import LeNet300100


@parametrize_with_checks([RandomMask])
def test_conformance(check):
    """Each check of methods holds."""
    check()


def masked(patient, method, density, seed=0, weights=0):
    """Prune LeNet-300-100 for 4x4 images: 4 800, 30 000 and 1 000 weights, drawn with a seed."""
    with torch.random.fork_rng():
        torch.manual_seed(weights)
        network = LeNet300100().build((1, 4, 4), 10)
    [selection] = patient(network, (1, 4, 4), seed=seed).prune(method, Density(density))
    return selection.mask


def same(one, other):
    """Say whether two masks are equal."""
    return all(torch.equal(one[name], other[name]) for name in one)


def test_only_the_seed_decides(patient):
    """Other weights lose the same places; another seed loses others."""
    one = masked(patient, RandomMask(), 0.3)

    assert same(one, masked(patient, RandomMask(), 0.3, weights=5))
    assert not same(one, masked(patient, RandomMask(), 0.3, seed=1))


def test_counts_per_layer_are_exact(patient):
    """Three tenths of every layer, rounded up."""
    counts = masked(patient, RandomMask(), 0.3).counts

    assert counts == {"fc1": 1440, "fc2": 9000, "fc3": 300}


@pytest.mark.parametrize("seed", range(5))
def test_globally_layers_differ_as_draws_do(patient, seed):
    """Together the count is exact; by layer it is hypergeometric: within five deviations."""
    mask = masked(patient, RandomMask(scope="global"), 0.3, seed)
    total = 4_800 + 30_000 + 1_000

    assert sum(mask.counts.values()) == round(0.3 * total)
    for name, kept in mask.counts.items():
        size = mask[name].numel()
        deviation = (size * 0.3 * 0.7 * (total - size) / (total - 1)) ** 0.5
        assert abs(kept - 0.3 * size) < 5 * deviation
    assert mask.counts["fc2"] != 9000


def test_every_place_is_as_likely(patient):
    """Over 400 draws each of 12 weights is kept about half of the time; five deviations."""
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 3))
    kept = torch.zeros(3, 4)
    for seed in range(400):
        [selection] = patient(network, (1, 2, 2), seed=seed).prune(RandomMask(), Density(0.5))
        kept += selection.mask["1"]
        network[1].reset_parameters()

    assert (kept - 200).abs().max() < 5 * 10
