"""The check of a short run: it fails for what only a run brings to light."""

from pathlib import Path

import pytest

from prunebench.api import Budget, Dataset, Protocol, Start
from prunebench.testing.stand_ins import Smallest, TinyImages


def broken(parent=Smallest, **body):
    """Derive a method that breaks a rule."""
    return type("Broken", (parent,), {"name": "a", "__doc__": "Break a rule.", **body})


def magnitudes(subject):
    """Score as a sound method does."""
    return {name: weight.abs() for name, weight in subject.weights.items()}


def cheats(self, subject):
    """Look for the data set that the run is on, test images included."""
    for owner in Dataset.__subclasses__():
        if owner is TinyImages:
            owner().load(Path())
    return magnitudes(subject)


def refuses(self, network):
    """Refuse what is planned."""
    return "no network will do"


BROKEN = [
    ("run_end_to_end", broken(score=cheats), "loads the data set, test images included"),
    ("run_end_to_end", broken(refuses=refuses), "0 rows, expected 2: finetune, ticket"),
    (
        "protocol_runs",
        Protocol("late", Start.TRAINED, Budget.FINETUNE, "Nobody 2020", length=2, lr=1e30),
        "status is 'diverged', expected 'ok'",
    ),
]


@pytest.mark.parametrize(("name", "owner", "said"), BROKEN)
def test_each_check_can_fail(name, owner, said, failure):
    """A method that breaks one rule fails the check that guards it, and is told which."""
    assert said in failure(owner, name)
