"""Ladders of densities."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.core.quota import Overall, PerLayer
from prunebench.core.schedule import Ladder, exact
from prunebench.errors import IncompatibleError

FIFTH = Fraction(1, 5)


@st.composite
def ladders(draw):
    """Draw layers with rates of a quarter to twice the full one."""
    sizes = draw(st.lists(st.integers(1, 10_000), min_size=1, max_size=4))
    rates = st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(2)])
    names = [f"layer{number}" for number in range(len(sizes))]
    return Ladder.start(dict(zip(names, sizes, strict=True)), {name: draw(rates) for name in names})


def test_floors_on_the_original_size():
    """After three rounds of a fifth, 1000 weights are 512; flooring each round would keep 513."""
    ladder = Ladder.start({"a": 1001}, {"a": Fraction(1)})
    for _ in range(3):
        ladder = ladder.prune(FIFTH)

    # 0.488 · 1001 = 488.488; in steps 1001 → 801 → 641 → 513.
    assert ladder.counts == PerLayer({"a": 1001 - 488})
    assert ladder.density == Fraction(512, 1000)


def test_half_rate():
    """A layer at half rate loses half the fraction, and the density weighs layers by size."""
    ladder = Ladder.start({"a": 30, "b": 10}, {"a": Fraction(1), "b": Fraction(1, 2)}).prune(FIFTH)

    assert ladder.kept == {"a": Fraction(4, 5), "b": Fraction(9, 10)}
    assert ladder.density == Fraction(33, 40)
    assert (ladder.counts, ladder.overall) == (PerLayer({"a": 24, "b": 9}), Overall(33))


@given(ladders(), st.integers(1, 999), st.integers(0, 5))
def test_prunes_to_any_density_below(ladder, thousandths, rounds):
    """After any number of rounds, one exact round reaches the density within a unit per layer."""
    for _ in range(rounds):
        ladder = ladder.prune(Fraction(1, 10))
    density = ladder.density * thousandths / 1000

    reached = ladder.prune_to(density)
    kept = sum(reached.counts.counts.values())
    wanted = density * sum(ladder.sizes.values())

    assert reached.density == pytest.approx(float(density), abs=1e-12)
    assert wanted - 1e-6 <= kept < wanted + len(ladder.sizes) + 1e-6
    assert all(0 <= reached.kept[name] <= ladder.kept[name] for name in ladder.sizes)


def test_the_others_give_what_an_empty_layer_cannot():
    """With 10 weights at full and 90 at a tenth of the rate, half is 50 of the latter."""
    ladder = Ladder.start({"a": 10, "b": 90}, {"a": Fraction(1), "b": Fraction(1, 10)})

    assert ladder.prune_to(Fraction(1, 2)).counts == PerLayer({"a": 0, "b": 50})


@given(ladders())
def test_rates_keep_their_relation(ladder):
    """One exact round removes from each layer in proportion to its relative rate."""
    reached = ladder.prune_to(Fraction(9, 10))
    rates = {(1 - reached.kept[name]) / ladder.weights[name] for name in ladder.sizes}

    assert len(rates) == 1


def test_nothing_to_prune_is_refused():
    """Without prunable layers there is no density; the message names the way out."""
    with pytest.raises(IncompatibleError, match="no prunable weights; choose a recipe"):
        Ladder.start({}, {})


@pytest.mark.parametrize(
    ("value", "fraction"),
    [(0.1, (1, 10)), (1e-05, (1, 100_000)), (1, (1, 1)), (0.513, (513, 1000))],
)
def test_exact_reads_what_was_typed(value, fraction):
    """A tenth is 1/10, not the nearest binary number."""
    assert exact(value) == Fraction(*fraction)
