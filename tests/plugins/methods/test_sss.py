"""Sparse structure selection: what training sets to zero, and what goes."""

import pytest
import torch
from torch import nn

from prunebench.api import (
    Automatic,
    ChannelGroup,
    Density,
    Plan,
    Positive,
    Preprocessing,
    Round,
    Span,
    Split,
)
from prunebench.core.initialise import norms
from prunebench.core.random import generator
from prunebench.core.select import select
from prunebench.core.surgery import cut
from prunebench.errors import IncompatibleError, SpecError
from prunebench.testing import parametrize_with_checks
from prunebench.training.batches import Batches
from prunebench.training.loop import Assignment, train
from prunebench.training.recipe import Recipe, timetable
from prunebench_plugins.methods.sss import Sss, StructureSparsity
from prunebench_plugins.models.densenet import Densenet
from prunebench_plugins.models.lenet300100 import LeNet300100
from prunebench_plugins.models.preresnet import Preresnet
from prunebench_plugins.models.resnet import Resnet
from prunebench_plugins.models.smallconv import SmallConv

GREY = Preprocessing(255.0, (0.5,), (0.25,))
IMAGES = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(7))


@parametrize_with_checks([Sss])
def test_conformance(check):
    """The contract's own checks hold."""
    check()


def unsettled(model, seed=0):
    """Build a model for small grey images with random scales, shifts and statistics."""
    network = model.build((1, 8, 8), 3)
    model.initialise(network, generator(seed, "init"))
    draws = torch.Generator().manual_seed(seed)
    for name, tensor in network.state_dict().items():
        is_kernel = name.endswith("weight") and tensor.dim() > 1
        if tensor.is_floating_point() and not is_kernel:
            tensor.uniform_(0.3, 1.5, generator=draws)
    return network.eval()


def in_play(model, network, method):
    """List the groups that a method prunes."""
    return tuple(group for group in model.groups(network) if method.applies_to(group))


def of_model(model, method):
    """Give an unsettled network and its groups in play."""
    network = unsettled(model)
    return network, in_play(model, network, method)


def factors(network):
    """Give the factors of an attached network by name; they share its memory."""
    return {n: b for n, b in network.named_buffers() if n.endswith(".factor")}


@torch.no_grad()
def draw_factors(network, seed=0, zeros=0.3):
    """Change the factors to random values in [0, 2), some of them exactly 0; gives a copy."""
    draws = torch.Generator().manual_seed(seed)
    for factor in factors(network).values():
        drawn = 2 * torch.rand(factor.shape, generator=draws)
        factor.copy_(drawn * (torch.rand(factor.shape, generator=draws) >= zeros))
    return {name: factor.detach().clone() for name, factor in factors(network).items()}


def trained(term, steps=8, seed=0, resume=None, stop=None):
    """Train a network with factors on random images; gives it attached, its groups and result."""
    model = SmallConv(width=8)
    network = model.build((1, 8, 8), 3)
    model.initialise(network, generator(seed, "init"))
    groups = in_play(model, network, Sss())
    term.attach(network, groups)
    if resume is not None:
        network.load_state_dict(resume.last)
    draws = torch.Generator().manual_seed(seed)
    split = Split(
        torch.randint(0, 256, (64, 1, 8, 8), generator=draws, dtype=torch.uint8),
        torch.randint(0, 3, (64,), generator=draws),
    )
    recipe = Recipe(unit="iterations", length=steps, batch=16, lr=0.05, weight_decay=1e-3)
    work = Assignment(
        recipe=recipe,
        table=timetable(recipe, 64),
        seed=seed,
        batches=Batches(split, GREY, recipe, seed),
        validation=None,
        preprocessing=GREY,
        masks={},
        after_step=lambda net, lr: term.after_step(net, groups, lr),
        start=0 if resume is None else 5,
        stop=stop,
    )
    found = train(network, work, resume=None if resume is None else resume.optimiser)
    return network, groups, found


# --- training -----------------------------------------------------------------------------------


def test_q2_factors_are_never_negative_and_zeros_exact():
    """After every step no factor is negative; in the end some are zero and some are not."""
    smallest = []

    class Watched(StructureSparsity):
        def after_step(self, network, groups, lr):
            super().after_step(network, groups, lr)
            smallest.append(min(factor.min().item() for factor in factors(network).values()))

    network, _, _ = trained(Watched(gamma=0.25), steps=16)
    values = torch.cat([factor.detach() for factor in factors(network).values()])

    assert len(smallest) == 16
    assert min(smallest) >= 0
    assert 0 < int((values == 0).sum()) < len(values)


def test_training_in_two_parts_gives_the_same_bits():
    """Factors and velocities are saved with the weights: stopping and resuming loses nothing."""
    term = StructureSparsity(gamma=0.02)
    _, _, whole = trained(term)
    _, _, first = trained(term, stop=5)
    _, _, second = trained(term, resume=first)

    assert whole.last.keys() == second.last.keys()
    assert all(torch.equal(whole.last[name], second.last[name]) for name in whole.last)
    assert bool((whole.last["bn1.sss0.velocity"] != 0).any())


# --- what goes ----------------------------------------------------------------------------------


def select_all(patient, network, shape, groups, method):
    """Prune by the method's public contract; whole blocks may go."""
    ill = patient(network, shape, groups)
    layout = ill.layout_for(method)
    [only] = method.schedule(layout, Automatic())
    subject = ill.subject(layout, only.keep)
    floors = {g.name: 0 if g.kind == "block" else method.floor for g in layout.groups}
    return select(method.score(subject), subject.alive, only.keep, floors).mask


@pytest.mark.parametrize("gone", [("stage1.0",), ("stage1.1", "stage3.1"), ("stage2.0",)])
@pytest.mark.parametrize("shortcut", ["projection", "zero-pad"])
def test_q3_removing_blocks_changes_no_bit(patient, gone, shortcut):
    """Blocks whose factor is zero go, at a change of width too; the shortcut stays."""
    model, method = Resnet(depth=14, width=4, shortcut=shortcut), Sss(structures="blocks")
    network, groups = of_model(model, method)
    StructureSparsity().attach(network, groups)
    draw_factors(network, zeros=0.0)
    for name in gone:
        network.get_buffer(f"{name}.bn2.sss0.factor").data.zero_()
    StructureSparsity().fold(network, groups)

    mask = select_all(patient, network, (1, 8, 8), model.groups(network), method)
    narrow = cut(network, model.groups(network), mask)

    assert {name for name, kept in mask.items() if not kept} == set(gone)
    assert torch.equal(narrow(IMAGES), network(IMAGES))
    assert not any(name.startswith(f"{gone[0]}.conv") for name in narrow.state_dict())


@pytest.mark.parametrize(
    ("model", "structures"),
    [
        (SmallConv(width=8), "channels"),
        (LeNet300100(), "channels"),
        (Resnet(depth=14, width=8), "both"),
        (Preresnet(depth=11, width=4), "both"),
        (Densenet(depth=10, growth=4), "channels"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_removing_zeros_changes_no_output(patient, model, structures):
    """What goes is what had a factor of zero, and without it outputs are the same."""
    network, groups = of_model(model, Sss(structures=structures))
    StructureSparsity().attach(network, groups)
    drawn = draw_factors(network)
    StructureSparsity().fold(network, groups)

    every = model.groups(network)
    mask = select_all(patient, network, (1, 8, 8), every, Sss(structures=structures))
    narrow = cut(network, every, mask)

    assert sum(mask.counts.values()) == sum(int((factor > 0).sum()) for factor in drawn.values())
    sizes = [sum(p.numel() for p in net.parameters()) for net in (narrow, network)]
    assert sizes[0] < sizes[1]
    torch.testing.assert_close(narrow(IMAGES), network(IMAGES), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("structures", ["channels", "blocks", "both"])
def test_q5_a_path_survives(patient, structures):
    """With every factor at zero one channel of each group stays, and every shortcut."""
    model, method = Resnet(depth=14, width=4), Sss(structures=structures)
    network, groups = of_model(model, method)
    StructureSparsity().attach(network, groups)
    draw_factors(network, zeros=1.0)
    StructureSparsity().fold(network, groups)

    mask = select_all(patient, network, (1, 8, 8), model.groups(network), method)
    scores = cut(network, model.groups(network), mask)(IMAGES)

    kinds = {group.name: group.kind for group in groups}
    assert all(n == (0 if kinds[name] == "block" else 1) for name, n in mask.counts.items())
    assert bool(scores.isfinite().all())
    assert not torch.allclose(scores[0], scores[1])


def test_zero_factor_goes_first(patient):
    """A neuron whose factor was zero scores zero, whatever its consumers; others do not."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.Linear(4, 2))
    group = ChannelGroup("1", 4, (Span("1"),), (), (Span("2"),))
    network[1].weight.data.fill_(0.01)
    network[2].weight.data[:, 1] = 100.0
    StructureSparsity().attach(network, (group,))
    network.get_buffer("1.sss0.factor").data.copy_(torch.tensor([1.0, 0.0, 1e-6, 1.0]))
    StructureSparsity().fold(network, (group,))

    mask = select_all(patient, network, (1, 8, 8), (group,), Sss())

    assert mask["1"].tolist() == [True, False, True, True]


def test_a_dead_shift_is_alive(patient):
    """A channel with scale zero and a shift still sends a constant: only both at zero go."""
    network, groups = of_model(SmallConv(width=4), Sss())
    with torch.no_grad():
        for _, norm in norms(network):
            norm.weight[:2] = 0.0
            norm.bias[1] = 0.0

    mask = select_all(patient, network, (1, 8, 8), groups, Sss())

    assert all(kept[:2].tolist() == [True, False] and kept[2:].all() for kept in mask.values())


def test_same_seed_same_mask(patient):
    """Training, folding and pruning twice from one seed give one mask; another seed another."""
    masks = []
    for seed in (0, 0, 1):
        term = StructureSparsity(gamma=0.25)
        network, groups, _ = trained(term, steps=16, seed=seed)
        term.fold(network, groups)
        mask = select_all(patient, network, (1, 8, 8), groups, Sss())
        masks.append(torch.cat(list(mask.values())))

    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])
    assert 0 < int(masks[0].sum()) < len(masks[0])


def test_larger_gamma_smaller_network(patient):
    """More penalty leaves fewer channels, from all of them to the least there may be."""
    left = []
    for gamma in (1e-5, 0.25, 10.0):
        term = StructureSparsity(gamma=gamma)
        network, groups, _ = trained(term, steps=16)
        term.fold(network, groups)
        left.append(sum(select_all(patient, network, (1, 8, 8), groups, Sss()).counts.values()))

    assert left[0] == 8 + 16 + 16
    assert 3 < left[1] < left[0]
    assert left[2] == 3


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "chosen"),
    [
        (ChannelGroup("inner", 4, (Span("c"),), (Span("n"),)), {"channels", "both"}),
        (ChannelGroup("neurons", 4, (Span("c"),)), {"channels", "both"}),
        (
            ChannelGroup("read", 4, (Span("c"),), (Span("n"),), kind="selection"),
            {"channels", "both"},
        ),
        (ChannelGroup("block", 1, (Span("c"),), kind="block"), {"blocks", "both"}),
        (ChannelGroup("stream", 4, (Span("c"),), coupled=True), set()),
        (ChannelGroup("growth", 4, (Span("c"),), joined=True), set()),
        (ChannelGroup("fork", 4, (Span("c"),), (Span("n"), Span("m"))), set()),
    ],
)
def test_in_play(group, chosen):
    """The setting chooses; streams, and channels that two norms read side by side, never are."""
    found = {s for s in ("channels", "blocks", "both") if Sss(structures=s).applies_to(group)}

    assert found == chosen


def test_gamma_decides_or_is_searched():
    """With gamma the size is an outcome; without, a density is searched for."""
    given, aimed, open_ = Sss(gamma=0.01), Sss(target=0.3), Sss()

    assert given.goal(Density(0.5)) == Automatic()
    assert given.goal(None) == Automatic()
    assert given.search() is None
    assert given.regularizer() == StructureSparsity(gamma=0.01)
    assert aimed.goal(Density(0.5)) == Density(0.3)
    assert open_.goal(Density(0.5, "macs")) == Density(0.5, "macs")
    found = Sss(runs=5, length=0.5).search()
    assert (found.setting, found.runs, found.length) == ("gamma", 5, 0.5)
    assert 0 < found.low < found.high
    assert open_.regularizer().gamma == 0.0


@pytest.mark.parametrize("target", [Automatic(), Density(0.5), Density(0.2, "macs")])
def test_one_round_takes_all_zeros(patient, target):
    """Whatever was asked, what goes is what training has set to zero."""
    network, groups = of_model(SmallConv(width=4), Sss())
    layout = patient(network, (1, 8, 8), groups).layout

    assert Sss().schedule(layout, target) == (Round(Positive()),)


def test_what_selection_needs_is_not_the_dense_networks():
    """Methods that differ in `min_keep` or the search alone share one dense training."""
    assert Sss(gamma=0.1, min_keep=4, runs=3).regularizer() == Sss(gamma=0.1).regularizer()


@pytest.mark.parametrize(
    "refused",
    [
        lambda layout: Sss(gamma=0.1, target=0.5).goal(None),
        lambda layout: Sss(gamma=-0.1).goal(None),
        lambda layout: Sss(target=1.5).goal(None),
        lambda layout: Sss(runs=0).search(),
        lambda layout: Sss(length=0.0).search(),
    ],
)
def test_impossible_settings_are_refused(refused):
    """Each with a sentence that says the value."""
    with pytest.raises(SpecError, match="got"):
        refused(None)


def test_plans_are_refused(patient):
    """The network's sizes are what training finds, so none can be prescribed."""
    network, groups = of_model(SmallConv(width=4), Sss())
    layout = patient(network, (1, 8, 8), groups).layout

    with pytest.raises(IncompatibleError, match="cannot follow plan 'a'"):
        Sss().schedule(layout, Plan("a", {"conv1": 2}))
    with pytest.raises(IncompatibleError, match="gamma or target"):
        Sss().goal(None)
