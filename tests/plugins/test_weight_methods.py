"""Every weight method: exact counts, and pruned weights that no optimiser brings back."""

from copy import deepcopy
from dataclasses import fields, replace

import pytest
import torch

from prunebench.api import Density, Granularity
from prunebench.core.random import generator
from prunebench.plugin.registry import load_registry
from prunebench.training.batches import Batches
from prunebench.training.images import Preprocessing, Split
from prunebench.training.loop import Assignment, train
from prunebench.training.masking import Masking
from prunebench.training.recipe import Recipe, timetable

REGISTRY = load_registry()
OWNERS = [REGISTRY.method(name).item for name in REGISTRY.names("method")]
METHODS = [owner for owner in OWNERS if owner.granularity is Granularity.WEIGHT]
QUICK = {"samples": 24, "rounds": 3, "draws": 2}
"""Settings that make a method quick, for those that have them."""
MODEL, SHAPE, CLASSES = "smallconv[width=4]", (1, 8, 8), 5
SIZES = {"conv1": 36, "conv2": 288, "conv3": 576, "fc": 160}
SETS = {"kernels": SIZES, "convs": {name: n for name, n in SIZES.items() if name != "fc"}}
"""Prunable weights: all kernels (Frankle & Carbin 2019), or convolutions (Liu et al. 2019)."""
LOST = {("kernels", 0.5): 530, ("kernels", 0.05): 1007, ("convs", 0.5): 450, ("convs", 0.05): 855}
"""floor(p N + 1e-9) of 1060 and of 900 weights."""
LOST_EACH = {
    0.5: {"conv1": 18, "conv2": 144, "conv3": 288, "fc": 80},
    0.05: {"conv1": 34, "conv2": 273, "conv3": 547, "fc": 152},
}
BEFORE, STEPS = 5, 20
SGD = Recipe(
    unit="iterations",
    length=BEFORE + STEPS,
    batch=16,
    lr=0.05,
    momentum=0.9,
    weight_decay=0.01,
    milestones=(),
)
OPTIMISERS = {"sgd": SGD, "adam": replace(SGD, optimiser="adam", lr=0.01)}
PIXELS = Preprocessing(64.0, (2.0,), (1.0,))


def settings_of(owner):
    """List what to ask of a method: each scope it has, made quick."""
    known = {field.name for field in fields(owner)}
    quick = {name: value for name, value in QUICK.items() if name in known}
    return [{**quick, "scope": scope} for scope in ("layer", "global")]


def written(owner, settings):
    """Write a method as a person would."""
    return f"{owner.name}[{','.join(f'{key}={value}' for key, value in settings.items())}]"


ASKED = [(written(owner, s), s["scope"]) for owner in METHODS for s in settings_of(owner)]


@pytest.fixture(scope="module", params=ASKED, ids=lambda asked: asked[0])
def asked(request):
    """Give each method with each scope: (as typed, scope)."""
    return request.param


@pytest.fixture(scope="module", params=SETS)
def prunable(request):
    """Give the name of each prunable set."""
    return request.param


@pytest.fixture(scope="module", params=[0.5, 0.05])
def density(request):
    """Give each density."""
    return request.param


@pytest.fixture(scope="module")
def mask(surgery, asked, prunable, density):
    """Give what each method keeps of a small network of convolutions and a linear layer."""
    plan = surgery.plan(asked[0], MODEL, SHAPE, Density(density), Recipe(prunable=prunable))
    return plan.carry_out(plan.dense[0]).mask


@pytest.fixture(scope="module")
def assignment():
    """Give a function that makes a training on random images."""
    draws = generator(0, "images")
    pixels = torch.randint(0, 256, (40, *SHAPE), generator=draws, dtype=torch.uint8)
    split = Split(pixels, torch.randint(0, CLASSES, (40,), generator=draws))

    def make(recipe, **changes):
        batches, table = Batches(split, PIXELS, recipe, 0), timetable(recipe, 40)
        given = {"masks": {}, **changes}
        return Assignment(recipe, table, 0, batches, None, PIXELS, **given)

    return make


@pytest.fixture(scope="module", params=OPTIMISERS)
def dense_run(request, surgery, assignment):
    """Train the dense network for a few steps: gives its recipe, its network and the outcome."""
    network = surgery.plan("magnitude", MODEL, SHAPE, Density(0.5)).dense[0]
    recipe = OPTIMISERS[request.param]
    return recipe, network, train(deepcopy(network), assignment(recipe, stop=BEFORE))


def test_counts_are_exact(mask, asked, prunable, density):
    """A density p keeps N - floor((1 - p) N + 1e-9): of each layer, or of all together."""
    sizes = SETS[prunable]
    if asked[1] == "layer":
        assert mask.counts == {name: sizes[name] - LOST_EACH[density][name] for name in sizes}
    else:
        assert set(mask) == set(sizes)
        assert sum(mask.counts.values()) == sum(sizes.values()) - LOST[prunable, density]


def test_pruned_weights_stay_zero(mask, dense_run, assignment):
    """Old momentum and weight decay move survivors only, in each of 20 steps."""
    recipe, network, before = dense_run
    network = deepcopy(network)
    network.load_state_dict(before.last)
    masks = {f"{name}.weight": kept for name, kept in mask.items()}
    drift = []

    def watch(trained, _lr):
        drift.append(
            [int(trained.get_parameter(n)[~kept].count_nonzero()) for n, kept in masks.items()]
        )

    work = assignment(recipe, masks=masks, after_step=watch, start=BEFORE)
    after = train(network, work, resume=before.optimiser).last

    assert drift == [[0] * len(masks)] * STEPS
    Masking(network, masks).check(STEPS)
    pruned = torch.cat([~kept.flatten() for kept in masks.values()])
    assert flat(momenta(before, masks))[pruned].count_nonzero() > 0.9 * pruned.sum()
    moved = flat(after[name] != before.last[name] for name in masks)
    assert moved.all()


def momenta(trained, masks):
    """List the momenta of SGD's or Adam's state for the masked parameters."""
    found = trained.optimiser
    known = (f for f in ("momentum_buffer", "exp_avg") if any(f".{f}." in key for key in found))
    field = next(known)
    return [found[f"optimiser.{field}.{name}"] for name in masks]


def flat(tensors):
    """Put tensors behind each other."""
    return torch.cat([tensor.flatten() for tensor in tensors])


def test_every_weight_method_is_here():
    """Methods scored before and after training are among those tested."""
    assert {owner.scores_at for owner in METHODS} == {"init", "trained"}
    assert {owner.name for owner in METHODS} == {asked.partition("[")[0] for asked, _ in ASKED}
