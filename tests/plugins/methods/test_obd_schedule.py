from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.api import Automatic, Density, Overall, Plan
from prunebench.core.describe import describe
from prunebench.errors import IncompatibleError, SpecError
from prunebench.testing import tiny_network
from prunebench_plugins.methods.obd import Obd


@pytest.fixture(scope="module")
def layout():
    """Describe the tiny network: 72, 216 and 162 weights."""
    return describe(tiny_network(), (2, 6, 6))


def test_two_rounds_with_fine_tuning_by_default(layout):
    """A quarter is kept by way of a half, over all layers together."""
    schedule = Obd().schedule(layout, Density(0.25))

    assert [each.keep for each in schedule] == [Overall(225), Overall(450 - floor(0.75 * 450))]
    assert {each.after for each in schedule} == {"finetune"}


@given(rounds=st.integers(1, 9), hundredths=st.integers(1, 99))
def test_rounds_at_equal_rates(layout, rounds, hundredths):
    """Round k of n keeps density^(k/n) of the original; the last exactly the density."""
    density = hundredths / 100

    schedule = Obd(rounds=rounds).schedule(layout, Density(density))

    assert len(schedule) == rounds
    for k, each in enumerate(schedule, start=1):
        assert -1e-6 <= each.keep.count - density ** (k / rounds) * 450 < 1 + 1e-6
    assert schedule[-1].keep.count == 450 - (100 - hundredths) * 450 // 100


def test_rounds_at_a_rate(layout):
    """A fifth of the survivors per round, and one last round to the density itself."""
    schedule = Obd(rounds=0).schedule(layout, Density(0.5))

    assert [each.keep.count for each in schedule] == [
        450 - floor(lost * 450 + 1e-9) for lost in (0.2, 0.36, 0.488, 0.5)
    ]
    on_a_rung = Obd(rounds=0).schedule(layout, Density(0.64))
    assert [each.keep for each in on_a_rung] == [each.keep for each in schedule[:2]]


def test_rounds_per_layer_leave_a_minimum(layout):
    """Each layer keeps its share of its own weights, but never fewer than asked for."""
    half, tenth = Obd(scope="layer", min_keep=20).schedule(layout, Density(0.1))

    share = 1 - 0.1**0.5
    assert half.keep.counts == {
        name: size - floor(share * size)
        for name, size in (("conv1", 72), ("conv2", 216), ("fc", 162))
    }
    assert tenth.keep.counts == {"conv1": 20, "conv2": 22, "fc": 20}


@pytest.mark.parametrize("rounds", [0, 2])
def test_density_one_is_one_round(layout, rounds):
    """Keeping everything removes nothing, once."""
    [only] = Obd(rounds=rounds).schedule(layout, Density(1.0))

    assert only.keep == Overall(450)


@pytest.mark.parametrize("target", [Automatic(), Plan("p", {}), Density(0.5, "macs")])
def test_other_targets_are_refused(layout, target):
    """Only densities of weights are taken."""
    with pytest.raises(IncompatibleError, match="obd takes densities of parameters"):
        Obd().schedule(layout, target)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"samples": 0}, "samples must be at least 1, got 0"),
        ({"chunk": -1}, "chunk must be at least 1, got -1"),
        ({"draws": 0}, "draws must be at least 1, got 0"),
        ({"rounds": -1}, "rounds must lie at 0 or above, got -1"),
        ({"rate": 0.0}, r"rate must lie in \(0, 1\), got 0\.0"),
        ({"rate": 1.0}, r"rate must lie in \(0, 1\), got 1\.0"),
    ],
    ids=str,
)
def test_unusable_settings_are_refused(layout, given, message):
    """When it is planned, and the message names the setting and its value."""
    with pytest.raises(SpecError, match=f"obd: {message}"):
        Obd(**given).schedule(layout, Density(0.5))
