"""The checks of surroundings: each fails for a method that leaves traces."""

import random

import numpy as np
import pytest
import torch

from prunebench.testing.stand_ins import Smallest


def broken(parent=Smallest, **body):
    """Derive a method that breaks a rule."""
    return type("Broken", (parent,), {"name": "a", "__doc__": "Break a rule.", **body})


def magnitudes(subject):
    """Score as a sound method does."""
    return {name: weight.abs() for name, weight in subject.weights.items()}


def trains(self, subject):
    """Change a weight."""
    with torch.no_grad():
        subject.weights["fc"].mul_(2)
    return magnitudes(subject)


def leaves_gradients(self, subject):
    """Leave gradients behind."""
    for images, labels in subject.batches(20):
        subject.loss(subject.model(images), labels).backward()
    return magnitudes(subject)


def leaves_hook(self, subject):
    """Leave a hook behind."""
    subject.model.register_forward_hook(lambda *_: None)
    return magnitudes(subject)


def leaves_mode(self, subject):
    """Leave the network in training mode."""
    subject.model.train()
    return magnitudes(subject)


def freezes(self, subject):
    """Leave a parameter frozen."""
    subject.model.get_parameter("fc.weight").requires_grad_(False)
    return magnitudes(subject)


def counts_batches(self, subject):
    """Let batch norms see images in training mode."""
    subject.model.train()(next(subject.batches(20))[0])
    subject.model.eval()
    return magnitudes(subject)


def repairs_in_place(self, subject, mask):
    """Repair the network itself."""
    with torch.no_grad():
        subject.model.get_parameter("fc.bias").zero_()


def also(action):
    """Score, and do something to the process."""

    def score(self, subject):
        action()
        return magnitudes(subject)

    return score


BROKEN = [
    ("model_untouched", broken(score=trains), "score must leave the network alone"),
    ("model_untouched", broken(score=leaves_gradients), "leaves gradients behind"),
    ("model_untouched", broken(score=leaves_hook), "leaves hooks behind"),
    ("model_untouched", broken(score=leaves_mode), "leaves another mode behind"),
    ("model_untouched", broken(score=freezes), "leaves frozen parameters behind"),
    ("model_untouched", broken(score=counts_batches), "differs in: bn1.num_batches_tracked"),
    ("model_untouched", broken(reconstruct=repairs_in_place), "reconstruct must leave the network"),
    ("process_untouched", broken(score=also(lambda: torch.rand(1))), "torch's generator"),
    ("process_untouched", broken(score=also(np.random.rand)), "numpy's generator"),
    ("process_untouched", broken(score=also(random.random)), "random's generator"),
    (
        "process_untouched",
        broken(score=also(lambda: torch.set_default_dtype(torch.float64))),
        "the default type (found torch.float64, expected torch.float32)",
    ),
    (
        "process_untouched",
        broken(score=also(lambda: torch.set_grad_enabled(False))),
        "the gradient mode (found False, expected True)",
    ),
]


@pytest.mark.parametrize(("name", "owner", "said"), BROKEN)
def test_each_check_can_fail(name, owner, said, failure):
    """A method that breaks one rule fails the check that guards it, and is told which."""
    assert said in failure(owner, name)


def test_switches_are_brought_back(failure):
    """A switch that a method left turned does not mislead the check after it."""
    failure(broken(score=also(lambda: torch.set_default_dtype(torch.float64))), "process_untouched")

    assert torch.get_default_dtype() == torch.float32
