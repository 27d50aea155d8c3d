import numpy as np

from prunebench.bundle.document import Bundle, Manifest, PluginFacts, Predictions, Submitter
from prunebench.leaderboard.inputs.submitted import in_order, submitted
from prunebench.leaderboard.listed import Source

MANIFEST = Manifest(
    suite="tiny@1.0",
    title="t",
    created="2025-01-01T00:00:00Z",
    submitter=Submitter("Ada"),
    command="",
    experiment={},
    environments={},
    plugins=(PluginFacts("mine", "ada-pruning", "0.3", "f" * 32, ("method halves", "model x")),),
    datasets=(),
    pairs=(),
)


def bundle_of(classes):
    """Give a bundle with one row's predictions."""
    found = Predictions(np.array(classes, dtype=np.int16), np.ones(len(classes), dtype=np.float16))
    return Bundle(MANIFEST, (), {}, {}, {"t": found}, {})


def test_equal_classes_have_equal_digests():
    """What was predicted is told apart by every single class."""
    digests = [submitted("a", bundle_of(c)).classes["t"] for c in ([1, 2], [1, 2], [1, 3])]

    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_methods_know_their_plugin():
    """A method leads to the distribution that offers it; a model of that plugin is no method."""
    found = submitted("a", bundle_of([1]))

    assert found.source("halves") == Source("ada-pruning", "0.3", "f" * 32)
    assert found.source("x") == Source("", "", "")


def test_bundles_stand_newest_first_and_once():
    """Order is by date and address; what was given twice counts once."""
    one, two = (submitted(address, bundle_of([1])) for address in "ab")

    assert in_order([one, two, one]) == (two, one)
