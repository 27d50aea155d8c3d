"""The checks of counts: each fails for a method that keeps another number than it was asked."""

import pytest

from prunebench.api import Overall, PerLayer, Positive, Round, allocate, setting
from prunebench.testing import checks_for
from prunebench.testing.claim import InapplicableError
from prunebench.testing.stand_ins import Smallest, Thinnest


def broken(parent=Smallest, **body):
    """Derive a method that breaks a rule."""
    return type("Broken", (parent,), {"name": "a", "__doc__": "Break a rule.", **body})


def magnitudes(subject):
    """Score as a sound method does."""
    return {name: weight.abs() for name, weight in subject.weights.items()}


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


def half(self, layout, target):
    """Keep half, whatever is asked for."""
    return (Round(Overall(layout.prunable_size // 2)),)


def narrow(self, layout, target):
    """Keep one channel of each group, whatever is asked for."""
    return (Round(PerLayer({group.name: 1 for group in layout.groups})),)


def wide(self, layout, target):
    """Keep all channels, whatever is asked for."""
    return (Round(PerLayer({group.name: group.size for group in layout.groups})),)


def bottomless(self, layout, target):
    """Forget the floor."""
    return (Round(allocate(layout, target, self.granularity, self.scope, 0)),)


@property
def shallow(self):
    """Forget it twice."""
    return 0


FLOORED = {"min_keep": setting(0, "always stay"), "__annotations__": {"min_keep": int}}

BROKEN = [
    ("rounds_never_grow", broken(schedule=growing), "keeps more again in rounds [1]"),
    ("rounds_never_grow", broken(schedule=lambda self, layout, target: ()), "gives no round"),
    ("quotas_are_met", broken(Thinnest, schedule=impossible), "misses its last quota by 1 units"),
    (
        "counts_are_exact",
        broken(schedule=half),
        "density 1: keeps 225 of 450 weights",
    ),
    ("counts_are_exact", broken(Thinnest, schedule=narrow), "one channel more of each group"),
    ("counts_are_exact", broken(Thinnest, schedule=wide), "density 0.99: keeps 450 of 450"),
    (
        "floor",
        broken(schedule=bottomless, floor=shallow, **FLOORED),
        "'conv1' keeps 1 units, expected at least 2",
    ),
    ("densities_nest", broken(score=two_faced), "keeps units that density"),
]


@pytest.mark.parametrize(("name", "owner", "said"), BROKEN)
def test_each_check_can_fail(name, owner, said, failure):
    """A method that breaks one rule fails the check that guards it, and is told which."""
    assert said in failure(owner, name)


def test_no_density_no_count():
    """A method that finds its size itself is asked for no count."""
    own = broken(schedule=lambda self, layout, target: (Round(Positive()),))
    [check] = [check for check in checks_for(own) if check.name == "counts_are_exact"]

    with pytest.raises(InapplicableError, match="finds its size itself"):
        check()
