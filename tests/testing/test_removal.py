"""The checks of what is left of a network: here, and in a fresh process."""

import tempfile
from pathlib import Path

import pytest
import torch

from prunebench.api import Granularity, Method
from prunebench.testing import checks_for
from prunebench.testing.claim import InapplicableError
from prunebench.testing.stand_ins import Smallest, Thinnest


def broken(parent=Smallest, **body):
    """Derive a method that breaks a rule."""
    return type("Broken", (parent,), {"name": "a", "__doc__": "Break a rule.", **body})


def magnitudes(subject):
    """Score as a sound method does."""
    return {name: weight.abs() for name, weight in subject.weights.items()}


def leans_on_width(self, subject, mask):
    """Hang something on the network that sees how wide it is."""
    subject.model.register_forward_hook(lambda net, _, out: out + net.fc.in_features)


def adds_parameter(self, subject, mask):
    """Give the network a parameter that nobody else builds."""
    subject.model.register_parameter("extra", torch.nn.Parameter(torch.ones(1)))


class Hashes(Method):
    """Score by the hash of a layer's name, which no other process has."""

    name = "hashes"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT

    def score(self, subject):
        """Multiply by the hash."""
        return {name: w.abs() * (hash(name) % 997) for name, w in subject.weights.items()}


class Reads(Method):
    """Read a file while scoring, as one would read a data set."""

    name = "reads"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT

    def score(self, subject):
        """Look a file up."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "labels.npy").write_bytes(b"")
        return magnitudes(subject)


class Dies(Method):
    """End a process that is not the first."""

    name = "dies"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT

    def score(self, subject):
        """Fail where nothing has been scored before."""
        if not CALLED:
            msg = "nothing was scored before"
            raise RuntimeError(msg)
        return magnitudes(subject)


CALLED = []

BROKEN = [
    ("masked_equals_cut", broken(Thinnest, reconstruct=leans_on_width), "plain network, 0.5, {"),
    ("reload", broken(reconstruct=adds_parameter), 'Unexpected key(s) in state_dict: "extra"'),
    ("fresh_process", Hashes, "must give the same in a fresh process"),
    ("fresh_process", Reads, "labels.npy"),
    ("fresh_process", Dies, "RuntimeError: nothing was scored before"),
]


@pytest.mark.parametrize(("name", "owner", "said"), BROKEN)
def test_each_check_can_fail(name, owner, said, failure):
    """A method that breaks one rule fails the check that guards it, and is told which."""
    assert said in failure(owner, name)


def test_nobody_elsewhere_finds_what_has_no_place():
    """A class that no module holds cannot be asked for in another process, and is left out."""
    [check] = [check for check in checks_for(broken()) if check.name == "fresh_process"]

    with pytest.raises(InapplicableError, match="cannot be imported by name"):
        check()
