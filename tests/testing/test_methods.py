"""The checks of methods: each fails for a method that breaks the one rule it guards."""

import pytest
import torch

from prunebench.api import (
    Granularity,
    Method,
    PerLayer,
    Regularizer,
    Round,
    setting,
)
from prunebench.errors import ContractError, SpecError
from prunebench.testing import check_method, checks_for


class Weights(Method):
    """Score by magnitude (Nobody 2020)."""

    name = "weights"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT
    power: float = setting(1.0, "exponent of the magnitude, above 0")

    def score(self, subject):
        """Score by a power of the magnitude."""
        return {name: weight.abs() ** self.power for name, weight in subject.weights.items()}


class Channels(Method):
    """Score filters by their sum (Nobody 2020)."""

    name = "channels"
    paper = "Nobody 2020"
    granularity = Granularity.CHANNEL

    def score(self, subject):
        """Sum each filter."""
        return {n: g.filters[0].abs().flatten(1).sum(1) for n, g in subject.groups.items()}


class Draws(Method):
    """Score at random, from the generator one is given."""

    name = "draws"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT

    def score(self, subject):
        """Draw."""
        return {
            name: torch.rand(weight.shape, generator=subject.generator)
            for name, weight in subject.weights.items()
        }


class Lasso(Regularizer):
    """A penalty on scales."""

    def penalty(self, network, groups):
        """Sum the scales."""
        return sum(m.weight.abs().sum() for m in network.modules() if hasattr(m, "running_mean"))


class Responses(Channels):
    """Score by responses to training images; train with a penalty."""

    name = "responses"

    def score(self, subject):
        """Sum the responses."""
        seen = []
        for name in subject.groups:
            handle = subject.model.get_submodule(name).register_forward_hook(
                lambda module, images, output: seen.append(output.abs().sum((0, 2, 3)))
            )
            with torch.no_grad():
                for images, _ in subject.batches(40):
                    subject.model(images)
            handle.remove()
        halves = [seen[k] + seen[k + 1] for k in range(0, len(seen), 2)]
        return dict(zip(subject.groups, halves, strict=True))

    def regularizer(self):
        """Give the penalty."""
        return Lasso()


class Shares(Responses):
    """Score once for all densities; mend what is cut from the mask alone."""

    name = "shares"
    shares_scores = True

    def reconstruct(self, subject, mask):
        """Give the bias that there is."""
        return {"fc.bias": subject.model.get_parameter("fc.bias").detach()}


@pytest.mark.parametrize("owner", [Weights, Channels, Draws, Responses, Shares])
def test_good_methods_pass(owner):
    """Weights, channels, random, shared scores and scores from images all conform."""
    check_method(owner)


def broken(name, parent=Weights, **body):
    """Derive a method that breaks a rule."""
    return type("Broken", (parent,), {"name": name, "__doc__": "Break a rule.", **body})


def forgets(self, subject):
    """Leave a layer out."""
    scores = dict(Weights().score(subject))
    del scores["conv2"]
    return scores


def infinite(self, subject):
    """Divide by zero."""
    return {name: weight / 0 for name, weight in subject.weights.items()}


def misshapen(self, subject):
    """Give one score per column."""
    return {name: weight.abs().sum(0) for name, weight in subject.weights.items()}


def global_draw(self, subject):
    """Draw from the global generator."""
    return {name: torch.rand_like(weight) for name, weight in subject.weights.items()}


def first_image(self, subject):
    """Look at the first image alone."""
    images, _ = next(iter(subject.batches(40)))
    return {name: weight.abs() * images[0].sum() for name, weight in subject.weights.items()}


def trains(self, subject):
    """Change a weight."""
    with torch.no_grad():
        subject.weights["fc"].mul_(2)
    return Weights().score(subject)


def leaves_gradients(self, subject):
    """Leave gradients behind."""
    for images, labels in subject.batches(20):
        subject.loss(subject.model(images), labels).backward()
    return Weights().score(subject)


def leaves_hook(self, subject):
    """Leave a hook behind."""
    subject.model.register_forward_hook(lambda *_: None)
    return Weights().score(subject)


def leaves_mode(self, subject):
    """Leave the network in training mode."""
    subject.model.train()
    return Weights().score(subject)


def by_position(self, subject):
    """Score by position, not by content."""
    return {
        name: torch.arange(w.numel()).view(w.shape) * 1.0 for name, w in subject.weights.items()
    }


def growing(self, layout, target):
    """Keep more in the second round."""
    few, many = (PerLayer({"conv1": count}) for count in (10, 20))
    return (Round(few), Round(many))


def impossible(self, layout, target):
    """Keep no channel, which the floor forbids."""
    return (Round(PerLayer({"conv1": 0, "conv2": 6})),)


def two_faced(self, subject):
    """Turn the order round at small quotas."""
    kept = sum(subject.keep.counts.values())
    sign = 1 if kept > 200 else -1
    return {name: sign * weight.abs() for name, weight in subject.weights.items()}


def remembers(self, subject):
    """Keep the largest score for later, on the frozen method."""
    scores = Weights().score(subject)
    object.__setattr__(self, "largest", max(float(score.max()) for score in scores.values()))
    return scores


def repairs_from_memory(self, subject, mask):
    """Repair with what scoring has left, if it was done here."""
    return {"fc.bias": torch.full((3,), getattr(self, "largest", 0.0))}


def repairs_nothing_known(self, subject, mask):
    """Repair a layer that is not there."""
    return {"conv9.weight": torch.zeros(1)}


def repairs_badly(self, subject, mask):
    """Repair with something that is no number."""
    return {"fc.bias": torch.full((3,), float("nan"))}


class Vector(Regularizer):
    """A penalty that is no scalar."""

    def penalty(self, network, groups):
        """Give two numbers."""
        return torch.ones(2, requires_grad=True)


class Constant(Regularizer):
    """A penalty that trains nothing."""

    def penalty(self, network, groups):
        """Give a constant."""
        return torch.tensor(1.0)


class Shrinks(Regularizer):
    """A step that cuts the network."""

    def after_step(self, network, groups, lr):
        """Drop two biases."""
        network.fc.bias = torch.nn.Parameter(network.fc.bias[:1])


class Sticks(Regularizer):
    """A buffer that stays."""

    def attach(self, network, groups):
        """Leave a trace."""
        network.register_buffer("trace", torch.ones(1))


class Forgets(Regularizer):
    """A factor that folding forgets."""

    def attach(self, network, groups):
        """Scale the scores."""
        network.register_buffer("factor", torch.ones(1))
        network.hook = network.register_forward_hook(lambda net, _, out: out * net.factor)

    def fold(self, network, groups):
        """Take the factor off."""
        network.hook.remove()
        del network.factor


BROKEN = [
    ("scores_fit", broken("a", score=forgets)),
    ("scores_fit", broken("a", score=infinite)),
    ("scores_fit", broken("a", score=misshapen)),
    ("scores_repeat", broken("a", score=global_draw)),
    ("order_of_images_is_irrelevant", broken("a", score=first_image)),
    ("model_untouched", broken("a", score=trains)),
    ("model_untouched", broken("a", score=leaves_gradients)),
    ("model_untouched", broken("a", score=leaves_hook)),
    ("model_untouched", broken("a", score=leaves_mode)),
    ("permutation", broken("a", score=by_position)),
    ("rounds_never_grow", broken("a", schedule=growing)),
    ("rounds_never_grow", broken("a", schedule=lambda self, layout, target: ())),
    ("quotas_are_met", broken("a", Channels, schedule=impossible)),
    ("densities_nest", broken("a", score=two_faced)),
    ("shared_scores", broken("a", score=two_faced, shares_scores=True)),
    (
        "shared_scores",
        broken("a", score=remembers, reconstruct=repairs_from_memory, shares_scores=True),
    ),
    ("penalty", broken("a", regularizer=lambda self: Vector())),
    ("penalty", broken("a", regularizer=lambda self: Constant())),
    ("penalty", broken("a", regularizer=lambda self: Shrinks())),
    ("penalty", broken("a", regularizer=lambda self: Sticks())),
    ("folding", broken("a", regularizer=lambda self: Forgets())),
    ("reconstruction", broken("a", reconstruct=repairs_nothing_known)),
    ("reconstruction", broken("a", reconstruct=repairs_badly)),
    ("identity", broken("A name")),
    ("identity", broken("a", paper="")),
    ("identity", broken("a", __doc__=None)),
    ("settings", broken("a", power=1.0, __annotations__={"power": float})),
    ("settings", broken("a", power=setting("x", "no number"), __annotations__={"power": float})),
]


@pytest.mark.parametrize(("name", "owner"), BROKEN)
def test_each_check_can_fail(name, owner):
    """A method that breaks one rule fails the check that guards it."""
    [check] = [check for check in checks_for(owner) if check.name == name]

    with pytest.raises((ContractError, SpecError)):
        check()


def test_every_check_is_seen_to_fail():
    """No check is without a method that breaks its rule."""
    assert {check.name for check in checks_for(Weights)} == {name for name, _ in BROKEN}
