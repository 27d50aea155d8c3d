"""From targets to counts: compared with trying every width on networks that are really cut."""

import re
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prunebench.core.allocation import allocate, overrun
from prunebench.core.cost import count
from prunebench.core.granularity import Granularity
from prunebench.core.initialise import kernels
from prunebench.core.layout import Layout
from prunebench.core.mask import Mask
from prunebench.core.quota import Overall, PerLayer, Within
from prunebench.core.select import select
from prunebench.core.surgery import cut
from prunebench.core.target import Automatic, Density, Plan
from prunebench.errors import IncompatibleError

WEIGHT, CHANNEL = Granularity.WEIGHT, Granularity.CHANNEL
SHAPE = (1, 4, 4)
KERNELS, MACS = 36 + 216 + 288, 576 + 3456 + 288
DENSITIES = st.floats(0.001, 1.0) | st.integers(1, 1000).map(lambda n: n / 1000)


def cut_size(network, groups, kept):
    """Cut the first channels and measure: weights of all kernels, and multiply-adds."""
    mask = {group.name: torch.arange(group.size) < kept[group.name] for group in groups}
    narrow = cut(network, groups, Mask(mask))
    weights = sum(kernel.weight.numel() for _, kernel in kernels(narrow))
    return {"params": weights, "macs": count(narrow, SHAPE)[1]}


@pytest.fixture
def sizes_by_width(pair, pair_groups):
    """Give the size of every network with one or more channels, by (first, second)."""
    return {
        (first, second): cut_size(pair, pair_groups, {"first": first, "second": second})
        for first in range(1, 5)
        for second in range(1, 7)
    }


def uniform_widths():
    """List every uniform width, narrowest first: at the fraction f, ceil(f · C) channels."""
    fractions = sorted({k / 4 for k in range(1, 5)} | {k / 6 for k in range(1, 7)})
    return [(-int(-f * 4 // 1), -int(-f * 6 // 1)) for f in fractions]


@pytest.mark.parametrize(("of", "dense"), [("params", KERNELS), ("macs", MACS)])
def test_uniform_width_is_the_largest_not_above(pair_layout, sizes_by_width, of, dense):
    """At every density in steps of 0.005, no wider network of uniform width would fit."""
    widths = uniform_widths()
    assert widths[-1] == (4, 6)
    for step in range(25, 201):
        density = step / 200
        fitting = [width for width in widths if sizes_by_width[width][of] <= density * dense + 1e-9]

        quota = allocate(pair_layout, Density(density, of), CHANNEL, "layer", 1)

        assert quota == PerLayer(dict(zip(("first", "second"), fitting[-1], strict=True)))


@pytest.mark.parametrize(("of", "dense"), [("params", KERNELS), ("macs", MACS)])
@given(density=st.floats(0.2, 1.0), seed=st.integers(0, 1000))
def test_global_channels_fill_the_limit(pair_layout, density, seed, of, dense):
    """The achieved cost is not above the limit, and with the last removed channel it would be."""
    scores = {
        name: torch.rand(size, generator=torch.Generator().manual_seed(seed))
        for name, size in (("first", 4), ("second", 6))
    }

    quota = allocate(pair_layout, Density(density, of), CHANNEL, "global", 1)
    over = overrun(pair_layout, quota, CHANNEL)
    selection = select(scores, Mask.full({"first": (4,), "second": (6,)}), quota, 1, over)

    assert quota == Within(density, of)
    assert selection.shortfall == 0
    kept = selection.mask.counts
    assert size_by_hand(kept)[of] <= density * dense + 1e-6
    gone = [(scores[n][~m].max(), n) for n, m in selection.mask.items() if not m.all()]
    if gone:
        last = max(gone)[1]
        assert size_by_hand(kept | {last: kept[last] + 1})[of] > density * dense


def size_by_hand(kept):
    """Work the pair's size out: see its docstring."""
    first, second = kept["first"], kept["second"]
    weights = (9 * first, 9 * first * second, 16 * second * 3)
    return {"params": sum(weights), "macs": 16 * (weights[0] + weights[1]) + weights[2]}


def test_cut_networks_have_the_size_worked_out(sizes_by_width):
    """The hand's formula is that of the networks that are really there."""
    for (first, second), size in sizes_by_width.items():
        assert size_by_hand({"first": first, "second": second}) == size


@given(density=DENSITIES)
def test_weights_are_counted_per_layer_and_overall(pair_layout, density):
    """Each layer, or the whole, keeps its exact share of the weights."""
    target = Density(density)

    per_layer = allocate(pair_layout, target, WEIGHT, "layer")
    overall = allocate(pair_layout, target, WEIGHT, "global")

    for name, size in (("first", 36), ("second", 216), ("last", 288)):
        assert 0 <= per_layer.counts[name] - density * size < 1 + 1e-9 * size
    assert 0 <= overall.count - density * KERNELS < 1 + 1e-6
    assert allocate(pair_layout, Density(density, "units"), WEIGHT, "layer") == per_layer
    assert allocate(pair_layout, Density(density, "units"), WEIGHT, "global") == overall


@given(density=st.floats(0.01, 1.0))
def test_weights_by_multiply_adds(pair_layout, density):
    """A weight of a convolution on 4x4 places costs 16, one of the linear layer 1."""
    quota = allocate(pair_layout, Density(density, "macs"), WEIGHT, "layer")

    def macs(kept):
        return 16 * kept["first"] + 16 * kept["second"] + kept["last"]

    assert macs(quota.counts) <= density * MACS + 1e-6
    wider = {name: min(n + 1, pair_layout.by_name[name].size) for name, n in quota.counts.items()}
    assert density == 1.0 or macs(wider) > density * MACS


def test_channels_counted_as_units(pair_layout):
    """Half the units are half the channels of each group, or of all."""
    half = Density(0.5, "units")

    assert allocate(pair_layout, half, CHANNEL, "layer", 1) == PerLayer({"first": 2, "second": 3})
    assert allocate(pair_layout, half, CHANNEL, "global", 1) == Overall(5)


@pytest.mark.parametrize("scope", ["layer", "global"])
@pytest.mark.parametrize("of", ["params", "macs", "units"])
@pytest.mark.parametrize("granularity", Granularity)
def test_density_one_keeps_everything(pair_layout, granularity, of, scope):
    """Whatever is counted and however it is ranked, all stays."""
    shapes = {"first": (36,), "second": (216,), "last": (288,)}
    if granularity is CHANNEL:
        shapes = {"first": (4,), "second": (6,)}
    full = Mask.full(shapes)
    scores = {name: torch.zeros(shape) for name, shape in shapes.items()}

    quota = allocate(pair_layout, Density(1.0, of), granularity, scope, 1)
    over = overrun(pair_layout, quota, granularity) if isinstance(quota, Within) else None

    assert select(scores, full, quota, 1, over).mask.density == 1.0


@pytest.mark.parametrize("scope", ["layer", "global"])
@pytest.mark.parametrize("of", ["params", "macs"])
@pytest.mark.parametrize("floor", [1, 2, 4])
def test_the_smallest_network_is_named(pair_layout, floor, of, scope):
    """Below it a density is refused; the density in the message works, one a bit lower does not."""
    with pytest.raises(IncompatibleError, match=f"{floor} unit.* keeps 0.* least that") as caught:
        allocate(pair_layout, Density(0.01, of), CHANNEL, scope, floor)
    least = float(re.search(r"network keeps ([\d.]+);", str(caught.value))[1])

    allocate(pair_layout, Density(least, of), CHANNEL, scope, floor)

    with pytest.raises(IncompatibleError):
        allocate(pair_layout, Density(least - 0.0002, of), CHANNEL, scope, floor)


def test_densities_count_the_prunable_set_alone(pair_layout):
    """Where only the second convolution is prunable, half of it is wanted, whatever else goes."""
    layers = pair_layout.layers
    only = Layout(
        tuple(
            type(layer)(**{**vars(layer), "prunable": layer.name == "second"}) for layer in layers
        ),
        pair_layout.norms,
        pair_layout.groups,
    )

    quota = allocate(only, Density(0.5), CHANNEL, "layer", 1)

    # 216 weights, 9·a·b: a = 3 of 4 needs f > 0.5, and then b = 4 of 6: 108 of 216 = a half.
    assert quota == PerLayer({"first": 3, "second": 4})
    assert allocate(only, Density(0.5), WEIGHT, "layer") == PerLayer({"second": 108})


def test_plans_are_taken_as_written(pair_layout):
    """Integers of the plan, whole groups included."""
    plan = Plan("p", {"first": 3, "second": 6})

    assert allocate(pair_layout, plan, CHANNEL, "layer", 1) == PerLayer({"first": 3, "second": 6})


def test_streams_of_a_plan_may_stay_unsaid(pair_layout):
    """Coupled groups that a plan does not name stay whole."""
    first, second = pair_layout.groups
    coupled = replace(pair_layout, groups=(first, replace(second, coupled=True)))

    quota = allocate(coupled, Plan("p", {"first": 3}), CHANNEL, "layer", 1)

    assert quota == PerLayer({"first": 3, "second": 6})


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ({"third": 3}, "plan 'p' keeps 3 units of 'third', which the model does not have"),
        ({"first": 5}, "keeps 5 units of 'first', which has 4"),
        ({"second": 0}, "keeps 0 units of 'second', which has 6"),
        ({"first": 3}, "plan 'p' says nothing of 'second': it is made for another network"),
    ],
)
def test_plans_of_other_networks_are_refused(pair_layout, kept, message):
    """The message names the group, what the plan keeps and what there is."""
    with pytest.raises(IncompatibleError, match=message):
        allocate(pair_layout, Plan("p", kept), CHANNEL, "layer", 1)


def test_automatic_is_the_methods_business(pair_layout):
    """A method that has no size of its own refuses."""
    with pytest.raises(IncompatibleError, match="needs a density or a plan"):
        allocate(pair_layout, Automatic(), CHANNEL, "layer", 1)


def test_nothing_to_prune_is_refused(pair_layout):
    """A network without channel groups takes no method that removes channels."""
    with pytest.raises(IncompatibleError, match="nothing to prune by channel"):
        allocate(pair_layout.restricted(()), Density(0.5), CHANNEL, "layer", 1)
