"""Which shipped methods score once for all densities, and why the others do not."""

import pytest

from prunebench.plugin.registry import load_registry
from prunebench.testing.pruning import attempts, in_play
from prunebench.testing.tiny import Scene, make_subject, tiny_network

REGISTRY = load_registry()
NAMES = REGISTRY.names("method")
MANY_PASSES = {"synflow"}
"""Each density has a hundred passes of its own; only the first could be shared."""


class Watched:
    """Forwards to a subject and notes which of its attributes are read."""

    def __init__(self, subject):
        self.subject, self.read = subject, set()

    def __getattr__(self, name):
        """Note and forward."""
        self.read.add(name)
        return getattr(self.subject, name)


def looked_at(name):
    """Score the tiny network by a method, and say what of the subject it read."""
    method = REGISTRY.method(name).item()
    rounds = next(iter(attempts(method)))
    scene = Scene(keep=rounds[0].keep)
    watched = Watched(make_subject(tiny_network(), in_play(method), scene))
    method.score(watched)
    return watched.read


@pytest.mark.parametrize("name", NAMES)
def test_dear_scores_are_shared_where_they_can_be(name):
    """A method that looks at images and not at its quota scores once; one that need not does not.

    Scores made of weights alone take less time than writing them down.
    """
    read = looked_at(name)
    is_dear = bool(read & {"batches", "samples"})
    can_be = not read & {"keep", "active"}

    assert REGISTRY.method(name).item.shares_scores == (
        is_dear and can_be and name not in MANY_PASSES
    )
