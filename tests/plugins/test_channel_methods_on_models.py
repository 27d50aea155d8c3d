"""Every channel method on every kind of network: what is cut, saved, counted and trained."""

from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from prunebench.api import Density, Granularity
from prunebench.core.cost import narrow_cost
from prunebench.core.initialise import Kernel
from prunebench.core.random import generator
from prunebench.errors import IncompatibleError
from prunebench.experiment.choice import parse_choice
from prunebench.plugin.registry import load_registry

METHODS = (
    "l1filter",
    "l1filter[coupled=true]",
    "l2filter",
    "lasso[images=24,positions=4]",
    "random-channel",
    "random-channel[coupled=true]",
    "slimming",
    "sss[gamma=0.1]",
    "sss[gamma=0.1,structures=blocks]",
    "sss[gamma=0.1,structures=both]",
    "thinet[images=24,positions=4]",
)
SMALL = {
    "smallconv[width=4]": (2, 4, 8),
    "smallvgg[width=2]": (3, 8, 8),
    "lenet300100": (1, 4, 4),
    "conv2": (3, 4, 4),
    "resnet[depth=8,width=4]": (3, 8, 8),
    "resnet[depth=14,shortcut=zero-pad,width=3]": (3, 8, 8),
    "preresnet[depth=20,width=2]": (3, 8, 8),
    "densenet[depth=10,growth=3]": (3, 8, 8),
    "densenet[bottleneck=true,compression=0.5,depth=16,growth=4]": (1, 8, 4),
}
"""Every kind of network, small enough to meet every method."""
DEEP = {"mobilenet_v2": (3, 32, 32), "resnext50_32x4d": (3, 32, 32)}
"""Depthwise convolutions, and ones in blocks: every method, but not every round of it."""
ROUNDS = 3
"""Rounds on deep networks, of methods that take one group after another."""
ONCE = {
    "conv4": "random-channel",
    "conv6": "sss[gamma=0.1]",
    "vgg16": "slimming",
    "vgg16[variant=lottery]": "l2filter",
    "vgg19": "slimming",
    "vgg11_bn": "slimming",
    "vgg16_bn": "slimming",
    "torchvision-vgg16": "l1filter",
    "resnet20": "l2filter",
    "resnet50_cifar": "sss[gamma=0.1,structures=both]",
    "resnet56": "l1filter[coupled=true]",
    "resnet110": "sss[gamma=0.1,structures=blocks]",
    "resnet34": "l1filter",
    "resnet50": "random-channel[coupled=true]",
    "preresnet110": "sss[gamma=0.1]",
    "preresnet164": "slimming",
    "densenet40": "slimming",
    "densenet-bc100": "sss[gamma=0.1]",
}
"""Networks of the papers, each by one method that needs little time."""

NO_NORM = "needs a batch norm behind the channels it prunes"
NO_BLOCKS = r"prunes none of .*'s groups, which are: "
CHAINS = ("smallconv[width=4]", "smallvgg[width=2]", "lenet300100", "conv2", "mobilenet_v2")
REFUSED = {
    ("slimming", "lenet300100"): NO_NORM,
    ("slimming", "conv2"): NO_NORM,
    **{("sss[gamma=0.1,structures=blocks]", model): NO_BLOCKS for model in CHAINS},
    **{("sss[gamma=0.1,structures=blocks]", m): NO_BLOCKS for m in SMALL if "densenet" in m},
}
"""What planning refuses, with the words that say why."""
HALF = Density(0.5, of="units")
LARGE = 50_000_000
"""Parameters from which a network counts as large."""
SMALLEST = 1e-9
"""Gradients below are rounding, as those of a bias before a batch norm."""


def shape_of(model):
    """Give the images of a model."""
    return {**SMALL, **DEEP}.get(model, (3, 32, 32))


def cases():
    """List (method, model, rounds); what takes seconds is slow."""
    for model in SMALL:
        yield from ((method, model, None, ()) for method in METHODS)
    for model in DEEP:
        yield from ((method, model, ROUNDS, pytest.mark.slow) for method in METHODS)
    for model, method in ONCE.items():
        yield method, model, None, pytest.mark.slow


CASES = [
    pytest.param((method, model, rounds), id=f"{method}-{model}", marks=marks)
    for method, model, rounds, marks in cases()
    if (method, model) not in REFUSED
]


@pytest.fixture(scope="module", params=CASES)
def case(request, surgery):
    """Give each case's operation and what it left; dropped before the next one."""
    method, model, rounds = request.param
    operation = surgery.plan(method, model, shape_of(model), HALF)
    return operation, operation.cut(trained(operation), rounds)


def trained(operation):
    """Give the dense network as the method's regularizer would leave it: some factors zero."""
    network = deepcopy(operation.dense[0])
    regularizer = operation.plan.method.regularizer()
    if regularizer is None:
        return network
    regularizer.attach(network, operation.in_play)
    draws = generator(0, "factors")
    for name, buffer in network.named_buffers():
        if name.endswith(".factor"):
            kept = torch.rand(buffer.shape, generator=draws) < 0.6
            buffer.data = kept * torch.empty(buffer.shape).uniform_(0.5, 1.5, generator=draws)
    before = scores(network, noise(operation))
    regularizer.fold(network, operation.in_play)
    assert_near(scores(network, noise(operation)), before)
    return network


def noise(operation, count=6):
    """Draw images."""
    return torch.randn(count, *operation.problem.info.shape, generator=generator(0, "images"))


@torch.no_grad()
def scores(network, images):
    """Run a network."""
    return network(images)


def assert_near(left, right, tolerance=1e-5):
    """Make sure two outputs differ by no more than 1e-5 of the greatest."""
    assert left.isfinite().all()
    assert (left - right).abs().max() <= tolerance * right.abs().max()


def training_twins(pruned):
    """Copy the cut and the masked network, ready to be trained alike: without dropout.

    In double precision, as batches are small; the largest in single, and in eval mode.
    """
    is_large = sum(p.numel() for p in pruned.narrow.parameters()) > LARGE
    twins = [deepcopy(network).train(not is_large) for network in (pruned.narrow, pruned.silent)]
    for twin in twins:
        twin.to(torch.float32 if is_large else torch.float64)
        for module in twin.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
    return twins


def step(network, images):
    """Take one step of gradient descent; gives the norm of every parameter's gradient."""
    sgd = torch.optim.SGD(network.parameters(), 0.01)
    F.cross_entropy(
        network(images.to(next(network.parameters()))), torch.arange(len(images)) % 5
    ).backward()
    sgd.step()
    return {name: p.grad.norm() for name, p in network.named_parameters()}


def base(written):
    """Give the name alone."""
    return parse_choice(written).name


def test_every_channel_method_and_every_model_is_here():
    """The tables name every registered channel method and model of this distribution, no other."""
    registry = load_registry()

    def ours(kind):
        offers = (registry.find(kind, name) for name in registry.names(kind))
        return [offer for offer in offers if offer.origin.distribution == "prunebench"]

    channel = {o.name for o in ours("method") if o.item.granularity is Granularity.CHANNEL}
    assert {base(method) for method in METHODS} == channel
    assert {base(model) for model in (*SMALL, *DEEP, *ONCE)} == {o.name for o in ours("model")}


@pytest.mark.parametrize(("method", "model"), list(REFUSED))
def test_planning_says_why_a_method_does_not_apply(surgery, method, model):
    """What is not pruned below is refused at planning, with the reason."""
    with pytest.raises(IncompatibleError, match=REFUSED[method, model]):
        surgery.plan(method, model, shape_of(model), HALF)


def test_cut_equals_masked(case):
    """The cut network computes what the masked one does, in eval mode and in train mode."""
    operation, pruned = case
    images = noise(operation)

    assert_near(scores(pruned.narrow, images), scores(pruned.silent, images))
    left, right = training_twins(pruned)
    images = images.to(next(left.parameters()))
    assert_near(scores(left, images), scores(right, images))


def test_survives_saving(case, fresh_process, tmp_path):
    """A process that knows nothing but files and the model's name computes the same."""
    operation, pruned = case
    images = noise(operation)

    assert_near(
        fresh_process.outputs(tmp_path, operation, pruned, images),
        scores(pruned.narrow, images),
        tolerance=1e-6,
    )


def test_cost_equals_an_independent_count(case):
    """Multiply-adds are half of torch's own count of operations; parameters are counted."""
    operation, pruned = case
    counter = FlopCounterMode(display=False)

    with counter:
        scores(pruned.narrow, noise(operation, 1))
    cost = narrow_cost(pruned.layout, pruned.mask.counts)
    kernels = [m.weight for m in pruned.narrow.modules() if isinstance(m, Kernel)]

    assert 2 * cost.macs == counter.get_total_flops()
    assert cost.params == sum(p.numel() for p in pruned.narrow.parameters())
    assert cost.prunable == sum(weight.numel() for weight in kernels)
    assert cost.params < pruned.layout.params


def test_trains_one_step(case):
    """A step of gradient descent moves what the masked network's gradient reaches, and no less."""
    operation, pruned = case
    narrow, silent = training_twins(pruned)
    before = {name: p.detach().clone() for name, p in narrow.named_parameters()}

    reached, expected = step(narrow, noise(operation)), step(silent, noise(operation))

    for name, norm in reached.items():
        torch.testing.assert_close(norm, expected[name], rtol=1e-4, atol=SMALLEST)
    assert sum(norm > 0 for norm in reached.values()) > 0.8 * len(reached)
    for name, parameter in narrow.named_parameters():
        assert parameter.isfinite().all()
        if reached[name] > SMALLEST:
            assert not torch.equal(parameter, before[name]), name
    assert scores(narrow, noise(operation).to(parameter)).isfinite().all()
