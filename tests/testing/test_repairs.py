"""The checks of penalties and repairs: each fails for a method that breaks the rule it guards."""

import pytest
import torch

from prunebench.api import Regularizer
from prunebench.testing.stand_ins import Smallest


def broken(parent=Smallest, **body):
    """Derive a method that breaks a rule."""
    return type("Broken", (parent,), {"name": "a", "__doc__": "Break a rule.", **body})


def magnitudes(subject):
    """Score as a sound method does."""
    return {name: weight.abs() for name, weight in subject.weights.items()}


def two_faced(self, subject):
    """Turn the order round at small quotas."""
    kept = sum(subject.keep.counts.values())
    sign = 1 if kept > 200 else -1
    return {name: sign * weight.abs() for name, weight in subject.weights.items()}


def remembers(self, subject):
    """Keep the largest score for later, on the frozen method."""
    scores = magnitudes(subject)
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
    ("shared_scores", broken(score=two_faced, shares_scores=True), "score() reads subject.keep"),
    (
        "shared_scores",
        broken(score=remembers, reconstruct=repairs_from_memory, shares_scores=True),
        "must not need what score() left on the method",
    ),
    ("penalty", broken(regularizer=lambda self: Vector()), "found shape (2,)"),
    ("penalty", broken(regularizer=lambda self: Constant()), "has no gradient"),
    ("penalty", broken(regularizer=lambda self: Shrinks()), "must not change shapes"),
    ("penalty", broken(regularizer=lambda self: Sticks()), "odd: ['trace']"),
    ("folding", broken(regularizer=lambda self: Forgets()), "differs in: scores"),
    ("reconstruction", broken(reconstruct=repairs_nothing_known), "expected no such tensor"),
    ("reconstruction", broken(reconstruct=repairs_badly), "'fc.bias' is not finite"),
]


@pytest.mark.parametrize(("name", "owner", "said"), BROKEN)
def test_each_check_can_fail(name, owner, said, failure):
    """A method that breaks one rule fails the check that guards it, and is told which."""
    assert said in failure(owner, name)
