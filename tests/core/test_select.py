"""Which units stay: compared with a greedy removal, unit by unit, in plain Python."""

from itertools import count

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunebench.core.mask import Mask
from prunebench.core.quota import LikeMask, Overall, PerLayer, Positive, Within
from prunebench.core.select import select
from prunebench.errors import ContractError

ALL = PerLayer({})


@st.composite
def layers(draw):
    """Draw scores with many ties and the units still alive, for one to three layers."""
    sizes = draw(st.lists(st.integers(1, 7), min_size=1, max_size=3))
    scores, alive = {}, {}
    # Names out of alphabetical order: ties go by layer order.
    for name, size in zip("cab", sizes, strict=False):
        values = draw(st.lists(st.integers(-2, 2), min_size=size, max_size=size))
        living = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        scores[name] = torch.tensor(values, dtype=torch.float32)
        alive[name] = torch.tensor(living)
    return scores, Mask(alive)


def greedy(scores, alive, floor, finished):
    """Remove the lowest (score, layer, index) that no floor protects until `finished(counts)`."""
    kept = {name: tensor.tolist() for name, tensor in alive.items()}
    units = sorted(
        (float(scores[name][index]), number, index)
        for number, name in enumerate(alive)
        for index, living in enumerate(kept[name])
        if living
    )
    names = list(alive)
    for _, number, index in units:
        if finished({name: sum(living) for name, living in kept.items()}):
            break
        if sum(kept[names[number]]) > floor:
            kept[names[number]][index] = False
    return kept


def as_lists(mask):
    """Write a mask as plain lists."""
    return {name: kept.tolist() for name, kept in mask.items()}


@given(layers(), st.integers(0, 21), st.integers(0, 3))
def test_global_selection(drawn, kept, floor):
    """Over all layers the lowest go; protected units are replaced by the next lowest."""
    scores, alive = drawn

    selection = select(scores, alive, Overall(kept), floor)
    expected = greedy(scores, alive, floor, lambda counts: sum(counts.values()) <= kept)

    assert as_lists(selection.mask) == expected
    excess = sum(selection.mask.counts.values()) - kept
    assert selection.shortfall == max(0, min(excess, sum(alive.counts.values()) - kept))


@given(layers(), st.integers(0, 7), st.integers(0, 3))
def test_selection_per_layer(drawn, kept, floor):
    """Each layer loses its own lowest; what the floor forbids is the shortfall."""
    scores, alive = drawn

    selection = select(scores, alive, PerLayer(dict.fromkeys(alive, kept)), floor)
    expected = {}
    for name in alive:
        expected |= greedy(
            {name: scores[name]},
            Mask({name: alive[name]}),
            floor,
            lambda counts: sum(counts.values()) <= kept,
        )

    assert as_lists(selection.mask) == expected
    floors = {name: min(floor, living) for name, living in alive.counts.items()}
    assert selection.shortfall == sum(max(0, floors[name] - kept) for name in alive)


@given(layers(), st.integers(0, 60), st.integers(0, 2))
def test_selection_by_cost(drawn, allowed, floor):
    """The cost is met, and one unit fewer removed would not meet it."""
    scores, alive = drawn
    prices = dict(zip(alive, (1, 5, 3), strict=False))

    def overrun(kept):
        return sum(prices[name] * number for name, number in kept.items()) - allowed

    selection = select(scores, alive, Within(0.5, "macs"), floor, overrun)
    expected = greedy(scores, alive, floor, lambda counts: overrun(counts) <= 0)

    assert as_lists(selection.mask) == expected
    assert selection.shortfall == max(0, overrun(selection.mask.counts))


@given(layers(), st.integers(0, 21), st.integers(0, 21), st.integers(0, 2))
def test_selections_nest(drawn, one, other, floor):
    """A smaller count keeps nothing new, straight away or by way of the larger one."""
    scores, alive = drawn
    few, many = sorted((one, other))

    large = select(scores, alive, Overall(many), floor).mask
    small = select(scores, alive, Overall(few), floor).mask

    assert small.within(large)
    assert large.within(alive)
    assert as_lists(select(scores, large, Overall(few), floor).mask) == as_lists(small)


@given(layers())
def test_keeping_all_changes_nothing(drawn):
    """Without a count, or with one above what lives, every living unit stays."""
    scores, alive = drawn

    for quota in (ALL, PerLayer(dict.fromkeys(alive, 100)), Overall(100)):
        selection = select(scores, alive, quota)

        assert as_lists(selection.mask) == as_lists(alive)
        assert selection.shortfall == 0


def test_ties_go_by_layer_order_then_flat_index():
    """With equal scores the first layer's first rows go first."""
    alive = Mask.full({"z": (2, 2), "a": (2,)})
    scores = {"a": torch.zeros(2), "z": torch.zeros(2, 2)}

    mask = select(scores, alive, Overall(2)).mask

    assert as_lists(mask) == {"z": [[False, False], [False, False]], "a": [True, True]}
    mask = select(scores, alive, Overall(3)).mask
    assert as_lists(mask) == {"z": [[False, False], [False, True]], "a": [True, True]}


def test_zero_has_no_sign():
    """Minus zero ties with zero, so the lower index goes."""
    scores = {"a": torch.tensor([0.0, -0.0, 0.0])}

    mask = select(scores, Mask.full({"a": (3,)}), Overall(2)).mask

    assert as_lists(mask) == {"a": [False, True, True]}


def test_infinite_scores_are_numbers():
    """Infinity stays longest and minus infinity goes first."""
    scores = {"a": torch.tensor([float("inf"), 0.0, float("-inf")])}
    alive = Mask.full({"a": (3,)})

    kept = [as_lists(select(scores, alive, Overall(k)).mask)["a"] for k in (2, 1)]

    assert kept == [[True, True, False], [True, False, False]]


def test_large_layers_are_exact():
    """A million equal scores lose exactly the first 999 999."""
    size = 1_000_000

    mask = select({"a": torch.ones(size)}, Mask.full({"a": (size,)}), Overall(1)).mask

    assert mask["a"].nonzero().flatten().tolist() == [size - 1]


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({"a": torch.zeros(2)}, "differs in: b"),
        ({"a": torch.zeros(2), "b": torch.zeros(1), "c": torch.zeros(1)}, "differs in: c"),
        ({"a": torch.zeros(3), "b": torch.zeros(1)}, r"'a' have shape \(3,\), .* have \(2,\)"),
        ({"a": torch.tensor([0.0, float("nan")]), "b": torch.zeros(1)}, "'a' hold NaN"),
    ],
)
def test_scores_that_do_not_fit_are_refused(scores, message):
    """The message names the layer and what is wrong with its scores."""
    with pytest.raises(ContractError, match=message):
        select(scores, Mask.full({"a": (2,), "b": (1,)}), ALL)


def test_costs_must_be_known():
    """A quota by cost without costs is refused."""
    with pytest.raises(ContractError, match="without knowing what units cost"):
        select({"a": torch.zeros(2)}, Mask.full({"a": (2,)}), Within(0.5, "macs"))


def test_a_cost_that_floors_forbid_is_a_shortfall():
    """Two units of 1.25 stay where 1 is allowed: 1.5 too much, counted as 2."""
    scores, alive = {"a": torch.arange(4.0)}, Mask.full({"a": (4,)})

    selection = select(scores, alive, Within(0.2, "macs"), 2, lambda kept: 1.25 * kept["a"] - 1)

    assert as_lists(selection.mask) == {"a": [False, False, True, True]}
    assert selection.shortfall == 2


def test_costs_are_asked_for_rarely():
    """Ten thousand units are costed a few times, not once per unit."""
    calls = count()

    def overrun(kept):
        next(calls)
        return kept["a"] - 5_000

    select({"a": torch.rand(10_000)}, Mask.full({"a": (10_000,)}), Within(0.5, "macs"), 0, overrun)

    assert next(calls) < 20


@given(layers(), st.integers(0, 3))
def test_positive_keeps_what_scores_above_zero(drawn, floor):
    """Zeros and dead units go; of a layer that would have too few the best stay."""
    scores, alive = drawn

    mask = select(scores, alive, Positive(), floor).mask

    for name, living in alive.items():
        wanted = living & (scores[name] > 0)
        room = min(floor, int(living.sum()))
        assert int(mask[name].sum()) == max(int(wanted.sum()), room)
        assert bool((wanted <= mask[name]).all())
        assert bool((mask[name] <= living).all())
        lowest_kept = min(scores[name][mask[name]].tolist(), default=0)
        assert lowest_kept >= max(scores[name][living & ~mask[name]].tolist(), default=-9)


def test_layers_may_have_floors_of_their_own():
    """A layer without a floor may lose everything; the other gives what is missing."""
    scores = {"a": torch.tensor([0.1, 0.2]), "b": torch.tensor([0.3, 0.4])}

    selection = select(scores, Mask.full({"a": (2,), "b": (2,)}), Overall(1), {"b": 1})

    assert as_lists(selection.mask) == {"a": [False, False], "b": [False, True]}


def test_another_stage_s_counts_must_be_read_first():
    """Counts that are not known yet cannot be selected by."""
    with pytest.raises(ContractError, match="must be read"):
        select({"a": torch.ones(2)}, Mask.full({"a": (2,)}), LikeMask("0" * 32))
