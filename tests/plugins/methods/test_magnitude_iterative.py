from copy import deepcopy
from itertools import pairwise
from math import floor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.api import Automatic, Density, Overall, Plan
from prunebench.core.describe import describe
from prunebench.errors import IncompatibleError, SpecError
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.methods.magnitude import Magnitude
from prunebench_plugins.methods.magnitude_iterative import MagnitudeIterative
from prunebench_plugins.models.conv import Conv2, Conv4, Conv6
from prunebench_plugins.models.lenet300100 import LeNet300100

LENET = {"fc1": 235_200, "fc2": 30_000, "fc3": 1_000}


def layout_of(model, shape=(3, 32, 32), prunable=lambda name, kind: True):
    """Describe a model for ten classes without storage."""
    with torch.device("meta"):
        return describe(model.build(shape, 10), shape, (), prunable)


def percent(layout, quota):
    """Give what is kept in percent, from the counts."""
    return 100 * sum(quota.counts.values()) / layout.prunable_size


@pytest.fixture(scope="session")
def lenet():
    """Give LeNet-300-100's layout: 266 200 weights for MNIST."""
    layout = layout_of(LeNet300100(), (1, 28, 28))
    assert {layer.name: layer.size for layer in layout.prunable} == LENET
    return layout


@pytest.mark.parametrize(
    ("density", "rounds", "kept"), [(0.513, 3, 51.28), (0.211, 7, 21.07), (0.036, 15, 3.58)]
)
def test_invariant_m6_lenet_ladder(lenet, density, rounds, kept):
    """Frankle & Carbin's labels: a fifth per round, a tenth of the output layer."""
    schedule = MagnitudeIterative(half_output=True).schedule(lenet, Density(density))

    assert len(schedule) == rounds
    assert percent(lenet, schedule[-1].keep) == pytest.approx(kept, abs=0.005)
    assert {each.after for each in schedule} == {"rewind"}


@pytest.mark.parametrize(
    ("density", "rounds"), [(0.513, 1), (0.263, 2), (0.135, 3), (0.07, 4), (0.036, 5)]
)
def test_three_rounds_at_once_meet_the_ladder(lenet, density, rounds):
    """1 - 0.8^3 = 0.488 per round, 1 - 0.9^3 = 0.271 at the output: every third rung, exactly."""
    triple = MagnitudeIterative(rate=0.488, output_rate=0.271)
    single = MagnitudeIterative(rate=0.2, output_rate=0.1)
    thrice = triple.schedule(lenet, Density(density))
    ladder = single.schedule(lenet, Density(density))

    assert (len(thrice), len(ladder)) == (rounds, 3 * rounds)
    assert [each.keep.counts for each in thrice] == [each.keep.counts for each in ladder[2::3]]


def test_an_output_at_half_rate_has_two_spellings(lenet):
    """Half of 20 % is 10 %, said as a switch or as a rate."""
    switch = MagnitudeIterative(half_output=True).schedule(lenet, Density(0.211))

    assert MagnitudeIterative(output_rate=0.1).schedule(lenet, Density(0.211)) == switch


def test_lenet_counts_are_floored_on_the_original(lenet):
    """After k rounds each layer lost floor((1 − 0.8^k)·N), not the sum of k floors."""
    schedule = MagnitudeIterative(half_output=True).schedule(lenet, Density(0.036))

    for k, each in enumerate(schedule, start=1):
        # In whole numbers: 0.8^k = 8^k / 10^k.
        shares = {"fc1": 8**k, "fc2": 8**k, "fc3": 9**k}
        assert each.keep.counts == {
            name: LENET[name] - (10**k - share) * LENET[name] // 10**k
            for name, share in shares.items()
        }


def test_shorter_ladders_are_prefixes(lenet):
    """Rounds to 51.3 % are the first three of those to 3.6 %: trainings can be shared."""
    method = MagnitudeIterative(half_output=True)

    short, middle, long = (
        method.schedule(lenet, Density(density)) for density in (0.513, 0.211, 0.036)
    )

    assert middle[:3] == short
    assert long[:7] == middle


@pytest.mark.parametrize(
    ("model", "rate", "density", "rounds", "label"),
    [
        (Conv2(), 0.1, 0.212, 7, 21.2),
        (Conv2(), 0.1, 0.088, 11, 8.8),
        (Conv2(), 0.1, 0.046, 14, 4.6),
        (Conv4(), 0.1, 0.111, 11, 11.1),
        (Conv4(), 0.1, 0.092, 12, 9.2),
        (Conv6(), 0.15, 0.266, 7, 26.6),
        (Conv6(), 0.15, 0.153, 10, 15.3),
    ],
    ids=str,
)
def test_invariant_m6_conv_ladders(model, rate, density, rounds, label):
    """Convolutions at a tenth (Conv-6: 15 %), the output layer at half of the fifth."""
    layout = layout_of(model)
    method = MagnitudeIterative(conv_rate=rate, half_output=True)

    schedule = method.schedule(layout, Density(density))

    assert len(schedule) == rounds
    assert percent(layout, schedule[-1].keep) == pytest.approx(label, abs=0.05)
    for layer in layout.prunable:
        kept = (1 - rate if layer.kind == "conv" else 0.9 if layer.output else 0.8) ** rounds
        assert schedule[-1].keep.counts[layer.name] == pytest.approx(kept * layer.size, abs=1)


@settings(deadline=None)
@given(density=st.integers(1, 999).map(lambda thousandths: thousandths / 1000))
def test_densities_off_the_ladder(lenet, density):
    """Full rounds first, then one exact one: within a unit per layer, or on a rung so near."""
    method = MagnitudeIterative(half_output=True, snap=0.0)

    schedule = method.schedule(lenet, Density(density))
    ladder = method.schedule(lenet, Density(0.0005))

    assert schedule[:-1] == ladder[: len(schedule) - 1]
    kept = sum(schedule[-1].keep.counts.values())
    assert -1e-6 <= kept - density * lenet.prunable_size < 3
    assert kept > sum(ladder[len(schedule) - 1].keep.counts.values()) - 3


@settings(deadline=None)
@given(thousandths=st.integers(1, 1000), snap=st.sampled_from([0.0005, 0.01, 1.0]))
def test_rungs_that_count_as_the_target_are_near(lenet, thousandths, snap):
    """However generous, a rung is never more than 5 % off the target."""
    density = thousandths / 1000

    last = MagnitudeIterative(snap=snap).schedule(lenet, Density(density))[-1]

    off = abs(sum(last.keep.counts.values()) / lenet.prunable_size - density)
    assert off <= min(snap, density / 20) + 3 / lenet.prunable_size


@settings(deadline=None)
@given(rounds=st.integers(1, 12), density=st.integers(1, 999).map(lambda n: n / 1000))
def test_rounds_at_equal_rates(lenet, rounds, density):
    """N rounds at density^(1/n) pass density^(k/n) and end at the density."""
    schedule = MagnitudeIterative(rounds=rounds).schedule(lenet, Density(density))

    assert len(schedule) == rounds
    for k, each in enumerate(schedule, start=1):
        wanted = density ** (k / rounds) * lenet.prunable_size
        assert -1e-3 <= sum(each.keep.counts.values()) - wanted < 3


@pytest.mark.parametrize("rounds", [0, 5])
@pytest.mark.parametrize("scope", ["layer", "global"])
def test_density_one_is_one_round(lenet, rounds, scope):
    """Keeping everything removes nothing, once."""
    method = MagnitudeIterative(rounds=rounds, scope=scope)

    [only] = method.schedule(lenet, Density(1.0))

    kept = only.keep.count if scope == "global" else sum(only.keep.counts.values())
    assert kept == lenet.prunable_size


def test_global_rounds(lenet):
    """Ranked together, each round keeps its share of all weights; what happens between is told."""
    method = MagnitudeIterative(scope="global", between="finetune")

    schedule = method.schedule(lenet, Density(0.64))

    assert [each.keep for each in schedule] == [
        Overall(266_200 - floor(0.2 * 266_200)),
        Overall(266_200 - floor(0.36 * 266_200)),
    ]
    assert {each.after for each in schedule} == {"finetune"}


def test_oracle_m_half_rate_output_layer(patient, linear_layers):
    """Of four weights each, half of the first layer's go and a quarter of the output's."""
    network = linear_layers(a=[[0.1, -0.15], [0.2, 0.9]], b=[[0.3, -0.5], [0.7, 0.6]])
    ill = patient(network, (1, 1, 2))

    [selection] = ill.prune(MagnitudeIterative(half_output=True, rounds=1), Density(0.625))

    assert {name: kept.tolist() for name, kept in selection.mask.items()} == {
        "a": [[False, False], [True, True]],
        "b": [[False, True], [True, True]],
    }


def test_invariant_m6_every_label_of_the_lenet_ladder(lenet):
    """The twenty labels of Frankle & Carbin's figures, in percent, to a twentieth of a point."""
    labels = (80, 64.1, 51.3, 41.1, 32.9, 26.3, 21.1, 16.9, 13.5, 10.8)
    labels += (8.7, 7, 5.6, 4.5, 3.6, 2.9, 2.3, 1.9, 1.5, 1.2)

    schedule = MagnitudeIterative(half_output=True).schedule(lenet, Density(0.012))

    kept = [percent(lenet, each.keep) for each in schedule]
    assert kept == pytest.approx(labels, abs=0.06)


@pytest.mark.parametrize("scope", ["layer", "global"])
def test_invariants_m2_and_m5_rounds_on_fixed_weights(patient, scope):
    """Without training in between, five rounds keep exactly what one does, shedding in between."""
    network = LeNet300100().build((1, 28, 28), 10)
    ill, twin = patient(network, (1, 28, 28)), patient(deepcopy(network), (1, 28, 28))

    selections = ill.prune(MagnitudeIterative(scope=scope, rounds=5), Density(0.036))
    [once] = twin.prune(Magnitude(scope=scope), Density(0.036))

    masks = [selection.mask for selection in selections]
    assert all(later.within(earlier) for earlier, later in pairwise(masks))
    assert all(selection.shortfall == 0 for selection in selections)
    assert masks[-1].within(once.mask)
    assert masks[-1].counts == once.mask.counts


@pytest.mark.parametrize("target", [Automatic(), Plan("p", {}), Density(0.5, "macs")])
def test_other_targets_are_refused(lenet, target):
    """Only densities of weights make a ladder."""
    with pytest.raises(IncompatibleError, match="takes densities of parameters; use --density-of"):
        MagnitudeIterative().schedule(lenet, target)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate": 0.0}, r"rate must lie in \(0, 1\), got 0\.0"),
        ({"rate": 1.0}, r"rate must lie in \(0, 1\), got 1\.0"),
        ({"rate": 0.0, "conv_rate": 0.1, "rounds": 3}, r"rate must lie in \(0, 1\), got 0\.0"),
        ({"conv_rate": -0.1}, r"conv_rate must lie in \[0, 1\), got -0\.1"),
        ({"rounds": -1}, "rounds must lie at 0 or above, got -1"),
        ({"snap": -0.1}, r"snap must lie at 0 or above, got -0\.1"),
        ({"scope": "global", "half_output": True}, "need scope=layer"),
        ({"scope": "global", "output_rate": 0.1}, "need scope=layer"),
        ({"half_output": True, "output_rate": 0.1}, "say the same; give one of them"),
        ({"output_rate": 1.0}, r"output_rate must lie in \[0, 1\), got 1.0"),
        ({"scope": "global", "conv_rate": 0.1}, "need scope=layer"),
    ],
    ids=str,
)
def test_settings_without_a_ladder_are_refused(lenet, settings, message):
    """The message names the setting and its value."""
    with pytest.raises(SpecError, match=f"magnitude-iterative: .*{message}"):
        MagnitudeIterative(**settings).schedule(lenet, Density(0.5))


def test_nothing_prunable_is_refused():
    """A recipe that prunes convolutions alone leaves nothing of LeNet-300-100."""
    layout = layout_of(LeNet300100(), (1, 28, 28), lambda name, kind: kind == "conv")

    with pytest.raises(IncompatibleError, match="no prunable weights"):
        MagnitudeIterative().schedule(layout, Density(0.5))


@parametrize_with_checks([MagnitudeIterative])
def test_conformance(check):
    """Each check of methods holds."""
    check()
