"""Agreement with the dense network, counted by hand."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.api import Outputs, Tested
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.metrics.agreement import Agreement


@parametrize_with_checks([Agreement])
def test_conformance(check):
    """It passes what every metric must."""
    check()


def test_by_hand():
    """Of four images the networks agree on three: two rightly, one wrongly."""
    said = Tested(
        labels=[0, 1, 2, 0],
        classes=[0, 1, 1, 0],
        confidence=[1, 1, 1, 1],
        class_count=3,
        reference=Outputs([0, 1, 1, 2], [1, 1, 1, 1]),
    )

    assert Agreement().compute(said) == 0.75


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_agrees_with_a_count(tests, data):
    """A loop over the images counts the same; neither labels nor confidence matter."""
    said = data.draw(tests)
    same = sum(a == b for a, b in zip(said.classes, said.dense.classes, strict=True))
    other = replace(said, labels=said.classes, confidence=said.confidence[::-1])

    assert Agreement().compute(said) == same / len(said.labels)
    assert Agreement().compute(other) == Agreement().compute(said)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_it_is_mutual(tests, data):
    """Each agrees with the other as often; a network agrees with itself on every image."""
    said = data.draw(tests)
    turned = replace(
        said,
        classes=said.dense.classes,
        reference=Outputs(said.classes, said.confidence),
    )
    itself = replace(said, reference=Outputs(said.classes, said.confidence))

    assert Agreement().compute(turned) == Agreement().compute(said)
    assert Agreement().compute(itself) == 1.0
