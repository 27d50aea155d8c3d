"""The checks of degenerate input: each fails for a method that has no answer to it."""

import pytest
import torch

from prunebench.errors import IncompatibleError
from prunebench.testing import checks_for
from prunebench.testing.stand_ins import Smallest


def broken(parent=Smallest, **body):
    """Derive a method that breaks a rule."""
    return type("Broken", (parent,), {"name": "a", "__doc__": "Break a rule.", **body})


def magnitudes(subject):
    """Score as a sound method does."""
    return {name: weight.abs() for name, weight in subject.weights.items()}


def standardised(self, subject):
    """Divide by the spread of a layer, which may be none."""
    return {name: (w - w.mean()) / w.std() for name, w in subject.weights.items()}


def drawn(self, subject):
    """Draw from the global generator."""
    return {name: torch.rand_like(weight) for name, weight in subject.weights.items()}


def by_second_batch(self, subject):
    """Take a second batch for granted."""
    first, second = list(subject.batches(40))
    assert len(first) == len(second)
    return magnitudes(subject)


def with_single_ones(self, subject):
    """Multiply by tensors of single precision."""
    return {
        name: (w.flatten(1) @ torch.eye(w[0].numel())).abs().view_as(w)
        for name, w in subject.weights.items()
    }


def careful(self, subject):
    """Say what is missing."""
    if any(not weight.any() for weight in subject.weights.values()):
        msg = "careful needs a layer that is not dead; train longer."
        raise IncompatibleError(msg)
    return magnitudes(subject)


BROKEN = [
    ("ties", broken(score=standardised), "all weights equal: raises scores of 'conv1' hold NaN"),
    ("ties", broken(score=drawn), "two tries must choose the same"),
    ("degenerate_input", broken(score=standardised), "a dead first layer: raises scores of"),
    ("degenerate_input", broken(score=by_second_batch), "one batch of images: raises ValueError"),
    ("float64", broken(score=with_single_ones), "in double precision"),
]


@pytest.mark.parametrize(("name", "owner", "said"), BROKEN)
def test_each_check_can_fail(name, owner, said, failure):
    """A method that breaks one rule fails the check that guards it, and is told which."""
    assert said in failure(owner, name)


def test_an_error_is_an_answer():
    """A method that says in an error of prunebench's own what is missing conforms."""
    [check] = [c for c in checks_for(broken(score=careful)) if c.name == "degenerate_input"]

    check()
