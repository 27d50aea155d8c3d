"""The checks of methods: each fails for a method that breaks the one rule it guards."""

import pytest
import torch

from prunebench.api import (
    Granularity,
    Method,
    Regularizer,
    setting,
)
from prunebench.errors import PrunebenchError
from prunebench.testing import check_method
from prunebench.testing.claim import InapplicableError
from prunebench.testing.methods import check_needs_honoured, check_scores_fit


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
        scores = {}
        for name in subject.groups:
            seen = []
            handle = subject.model.get_submodule(name).register_forward_hook(
                lambda module, images, output, seen=seen: seen.append(output.abs().sum((0, 2, 3)))
            )
            with torch.no_grad():
                for images, _ in subject.batches(40):
                    subject.model(images)
            handle.remove()
            scores[name] = torch.stack(seen).sum(0)
        return scores

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


def by_position(self, subject):
    """Score by position, not by content."""
    return {
        name: torch.arange(w.numel()).view(w.shape) * 1.0 for name, w in subject.weights.items()
    }


def scales(self, subject):
    """Take batch norms for granted."""
    return {name: group.scale.abs() for name, group in subject.groups.items()}


def by_biases(self, subject):
    """Divide by what is zero at initialisation."""
    bias = subject.model.get_parameter("fc.bias").abs().sum()
    return {name: weight.abs() / bias for name, weight in subject.weights.items()}


def counts_calls(self, subject):
    """Remember on the frozen method how often it was called."""
    calls = getattr(self, "calls", 0) + 1
    object.__setattr__(self, "calls", calls)
    return {name: weight.abs() * calls for name, weight in subject.weights.items()}


def greedy(self, subject):
    """Ask for more images than the setting says."""
    list(subject.batches(10 * self.samples))
    return Weights().score(subject)


def deaf(self, subject):
    """Ask for as many images whatever the setting says."""
    list(subject.batches(90))
    return Weights().score(subject)


def idle(self, subject):
    """Ask for no image."""
    list(subject.batches(0))
    return Weights().score(subject)


ASKED = iter(range(1, 1000))


def unsteady(self, subject):
    """Ask for one more image each time."""
    list(subject.batches(next(ASKED)))
    return Weights().score(subject)


COUNTED = {
    "samples": setting(90, "training images"),
    "__annotations__": {"samples": int},
}

BROKEN = [
    ("metadata", broken("a", needs=frozenset({"gpu"})), "needs has ['gpu']"),
    ("metadata", broken("a", scores_at="early"), "scores_at is 'early', expected 'trained'"),
    ("metadata", broken("a", scope="block"), "scope is 'block', expected 'layer'"),
    ("metadata", broken("a", plans={"small": {}}), "plans: small must name kept units"),
    ("scores_fit", broken("a", score=forgets), "names ['conv1', 'fc'], expected"),
    ("scores_fit", broken("a", score=infinite), "72 scores of 'conv1' are not finite"),
    ("scores_fit", broken("a", score=misshapen), "have shape (2, 3, 3), not (4, 2, 3, 3)"),
    ("needs_honoured", broken("a", Channels, score=scales), "that it needs batch norms"),
    ("needs_honoured", broken("a", score=by_biases, scores_at="init"), "scores_at = 'init'"),
    ("scores_repeat", broken("a", score=global_draw), "must repeat itself (plain network, seed 0)"),
    ("scores_repeat", broken("a", score=counts_calls), "the same when called again"),
    ("order_of_images_is_irrelevant", broken("a", score=first_image), "differs in: conv1, conv2"),
    ("permutation", broken("a", score=by_position), "conv1 in order 2 0 3 1"),
    ("data_use", broken("a", score=greedy, **COUNTED), "asks for [900] images at once"),
    ("data_use", broken("a", score=deaf, **COUNTED), "[samples=7].score asks for [90] images"),
    ("data_use", broken("a", score=idle), "asks for [0] images; expected 1 or more"),
    ("data_use", broken("a", score=unsteady), "the second time"),
    ("identity", broken("A name"), "name must be lower-case"),
    ("identity", broken("a", paper=""), "paper must be a non-empty text"),
    ("identity", broken("a", __doc__=None), "needs a docstring"),
    ("settings", broken("a", power=1.0, __annotations__={"power": float}), "needs a help text"),
    (
        "settings",
        broken("a", power=setting("x", "no number"), __annotations__={"power": float}),
        "it takes float",
    ),
]


@pytest.mark.parametrize(("name", "owner", "said"), BROKEN)
def test_each_check_can_fail(name, owner, said, failure):
    """A method that breaks one rule fails the check that guards it, and is told which."""
    assert said in failure(owner, name)


def mistyped(self, subject):
    """Make a mistake that has nothing to do with batch norms."""
    return {name: weight.abs() ** "2" for name, weight in subject.weights.items()}


@pytest.mark.parametrize("wrong", [mistyped, forgets, infinite])
def test_what_fails_everywhere_is_no_need(wrong):
    """It is told once, by the check of scores, and nobody is sent to declare batch norms."""
    owner = broken("a", score=wrong)
    with pytest.raises((TypeError, PrunebenchError)):
        check_scores_fit(owner)
    with pytest.raises(InapplicableError, match="see scores_fit"):
        check_needs_honoured(owner)
