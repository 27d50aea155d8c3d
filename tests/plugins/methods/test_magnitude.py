import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.api import Density, PerLayer, Round
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.methods.magnitude import Magnitude

# Two layers of four weights each, signs mixed; ranked together: .1 .15 .2 .3 .5 .6 .7 .9.
A = [[0.1, -0.15], [0.2, 0.9]]
B = [[0.3, -0.5], [0.7, 0.6]]
DENSITIES = st.integers(1, 1000).map(lambda thousandths: thousandths / 1000)


def survivors(network, mask):
    """List the kept weights of each layer, as they are in the network."""
    return {
        name: [round(value, 6) for value in network.get_parameter(f"{name}.weight")[kept].tolist()]
        for name, kept in mask.items()
    }


@pytest.mark.parametrize(
    ("method", "kept"),
    [
        (Magnitude(scope="global"), {"a": [0.9], "b": [-0.5, 0.7, 0.6]}),
        (Magnitude(scope="layer"), {"a": [0.2, 0.9], "b": [0.7, 0.6]}),
        (Magnitude(scope="global", min_keep=2), {"a": [0.2, 0.9], "b": [0.7, 0.6]}),
        (Magnitude(scope="global", min_keep=3), {"a": [-0.15, 0.2, 0.9], "b": [-0.5, 0.7, 0.6]}),
    ],
    ids=str,
)
def test_oracle_m_two_layers_by_hand(patient, linear_layers, method, kept):
    """Half of eight weights, per layer and over both; the floor lets the next lowest go."""
    ill = patient(linear_layers(a=A, b=B), (1, 1, 2))

    [selection] = ill.prune(method, Density(0.5))

    assert survivors(ill.network, selection.mask) == kept
    assert selection.shortfall == sum(map(len, kept.values())) - 4


@pytest.mark.parametrize(("density", "gone"), [(0.7, {1, 2, 3}), (0.8, {1, 2}), (1.0, set())])
def test_oracles_g1_and_g2_exact_counts(patient, linear_layers, density, gone):
    """Of weights 1 to 10, three tenths are three, a fifth is two; released code takes one more."""
    weights = [float(value) * (-1) ** value for value in (7, 1, 4, 10, 2, 6, 9, 3, 5, 8)]
    ill = patient(linear_layers(only=[weights]), (1, 1, 10))

    [selection] = ill.prune(Magnitude(), Density(density))

    kept = {abs(value) for value in survivors(ill.network, selection.mask)["only"]}
    assert kept == set(map(float, range(1, 11))) - gone


@pytest.mark.parametrize("scope", ["layer", "global"])
@settings(deadline=None)
@given(seed=st.integers(0, 10_000), density=DENSITIES)
def test_invariants_m1_and_m3_smallest_go(patient, linear_layers, scope, seed, density):
    """No kept weight is nearer zero than a dropped one, and the counts are exact."""
    draws = torch.Generator().manual_seed(seed)
    rows = [torch.randn(3, 4, generator=draws), torch.randn(5, 3, generator=draws)]
    ill = patient(linear_layers(a=rows[0].tolist(), b=rows[1].tolist()), (1, 1, 4))

    [selection] = ill.prune(Magnitude(scope=scope), Density(density))

    # Kept is the ceiling of d·N, in whole thousandths.
    share = round(density * 1000)
    expected = [-(-share * size // 1000) for size in ((12, 15) if scope == "layer" else (27,))]
    mask = list(selection.mask.values())
    ranked = list(zip(rows, mask, strict=True))
    if scope == "global":
        ranked = [(torch.cat([r.flatten() for r in rows]), torch.cat([m.flatten() for m in mask]))]
    assert [int(kept.sum()) for _, kept in ranked] == expected
    for row, kept in ranked:
        if not kept.all():
            assert row[kept].abs().min() >= row[~kept].abs().max()


@pytest.mark.parametrize("scope", ["layer", "global"])
def test_invariant_m4_signs_do_not_matter(patient, linear_layers, scope):
    """The mirrored network loses the same weights."""
    mirrored = linear_layers(a=(-torch.tensor(A)).tolist(), b=(-torch.tensor(B)).tolist())

    masks = [
        patient(network, (1, 1, 2)).prune(Magnitude(scope=scope), Density(0.5))[0].mask
        for network in (linear_layers(a=A, b=B), mirrored)
    ]

    assert masks[0].within(masks[1])
    assert masks[1].within(masks[0])


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        ("layer", {"a": [2.0, 9.0], "b": [0.7, 0.6]}),
        ("global", {"a": [1.0, -1.5, 2.0, 9.0], "b": []}),
    ],
)
def test_invariant_s7_scaling_a_layer(patient, linear_layers, scope, kept):
    """Ten times the first layer: its own ranking stays, the common one is turned round."""
    ill = patient(linear_layers(a=(10 * torch.tensor(A)).tolist(), b=B), (1, 1, 2))

    [selection] = ill.prune(Magnitude(scope=scope), Density(0.5))

    assert survivors(ill.network, selection.mask) == kept


def test_constant_weights_go_from_the_front(patient, linear_layers):
    """With nothing to tell them apart, first layers and first rows go first."""
    ones = [[1.0, 1.0], [1.0, 1.0]]
    ill = patient(linear_layers(a=ones, b=ones), (1, 1, 2))

    [selection] = ill.prune(Magnitude(scope="global"), Density(0.375))

    assert {name: kept.tolist() for name, kept in selection.mask.items()} == {
        "a": [[False, False], [False, False]],
        "b": [[False, True], [True, True]],
    }


def test_densities_of_multiply_adds(patient):
    """A weight on 16 places costs 16: half of 4·16 + 32 multiply-adds, not of the weights."""
    network = torch.nn.Sequential()
    network.add_module("conv", torch.nn.Conv2d(1, 1, 2, bias=False))
    network.add_module("flatten", torch.nn.Flatten())
    network.add_module("fc", torch.nn.Linear(16, 2, bias=False))
    ill = patient(network, (1, 5, 5))

    rounds = Magnitude().schedule(ill.layout, Density(0.5, "macs"))

    # One uniform fraction f: 16·ceil(4f) + ceil(32f) ≤ 48; at f = 1/2 that is 32 + 16.
    assert rounds == (Round(PerLayer({"conv": 2, "fc": 16})),)


@pytest.mark.parametrize("scope", ["layer", "global"])
def test_invariant_s6_pruning_again_changes_nothing(patient, linear_layers, scope):
    """A density of 1 removes nothing; what is left at 0.5 is what half of it leaves again."""
    whole, halved = (patient(linear_layers(a=A, b=B), (1, 1, 2)) for _ in range(2))
    method = Magnitude(scope=scope)

    [nothing] = whole.prune(method, Density(1.0))
    [once] = halved.prune(method, Density(0.5))
    [again] = halved.prune(method, Density(0.5))

    assert all(kept.all() for kept in nothing.mask.values())
    assert {name: kept.tolist() for name, kept in once.mask.items()} == {
        name: kept.tolist() for name, kept in again.mask.items()
    }


def test_scores_leave_the_network_alone(patient, linear_layers):
    """Scores are new tensors: changing them changes no weight."""
    ill = patient(linear_layers(a=A, b=B), (1, 1, 2))

    for score in Magnitude().score(ill.subject(ill.layout, PerLayer({}))).values():
        score.zero_()

    assert torch.equal(ill.network.a.weight, torch.tensor(A))
    assert torch.equal(ill.network.b.weight, torch.tensor(B))


@parametrize_with_checks([Magnitude])
def test_conformance(check):
    """Each check of methods holds."""
    check()
