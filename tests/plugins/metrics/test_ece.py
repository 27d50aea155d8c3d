"""Expected calibration error against numbers worked by hand and a loop over bins."""

from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.api import Tested
from prunebench.errors import SpecError
from prunebench.testing import parametrize_with_checks
from prunebench_plugins.metrics.ece import Ece


@parametrize_with_checks([Ece])
def test_conformance(check):
    """It passes what every metric must."""
    check()


def said_of(right, confidence):
    """Make a test of two classes from which images are right, and how sure the network is."""
    labels = [0] * len(right)
    classes = [0 if hit else 1 for hit in right]
    return Tested(labels=labels, classes=classes, confidence=confidence, class_count=2)


def test_by_hand():
    """Two bins, (0, 0.5] and (0.5, 1].

    Lower: confidences 0.5, 0.25, one right: acc 1/2, conf 0.375, gap 0.125, two of five images.
    Upper: confidences 0.75, 0.75, 1, two right: acc 2/3, conf 2.5/3, gap 0.5/3, three of five.
    ECE = 2/5 · 0.125 + 3/5 · 0.5/3 = 0.05 + 0.1 = 0.15.
    """
    said = said_of([True, False, True, True, False], [0.5, 0.25, 0.75, 0.75, 1.0])

    assert Ece(bins=2).compute(said) == pytest.approx(0.15, abs=1e-15)


def test_one_bin_is_the_gap_of_the_means():
    """Accuracy 3/5 against confidence 3.25/5: 0.05; gaps of both signs cancel."""
    said = said_of([True, False, True, True, False], [0.5, 0.25, 0.75, 0.75, 1.0])

    assert Ece(bins=1).compute(said) == pytest.approx(0.05, abs=1e-15)


def test_a_bin_is_closed_above():
    """With five bins 0.2 belongs to (0, 0.2] and not to (0.2, 0.4].

    0.2 right and 0.3 wrong: apart 1/2 · 0.8 + 1/2 · 0.3 = 0.55, in one bin |0.5 - 0.25| = 0.25.
    """
    said = said_of([True, False], [0.2, 0.3])

    assert Ece(bins=5).compute(said) == pytest.approx(0.55, abs=1e-15)
    assert Ece(bins=2).compute(said) == pytest.approx(0.25, abs=1e-15)


def test_the_ends():
    """Sure and right is calibrated; sure and wrong is as far off as can be; so is unsure and right.

    A confidence of 0 belongs to the first bin.
    """
    assert Ece().compute(said_of([True, True], [1.0, 1.0])) == 0.0
    assert Ece().compute(said_of([False, False], [1.0, 1.0])) == 1.0
    assert Ece().compute(said_of([True], [0.0])) == 1.0


def loop(said, bins):
    """Sum |B| / n · |acc - conf| over bins, as the paper writes it."""
    total, n = 0.0, len(said.labels)
    for m in range(1, bins + 1):
        low, high = (m - 1) / bins, m / bins
        held = [i for i, p in enumerate(said.confidence) if low < p <= high or (m == 1 and p == 0)]
        if held:
            accuracy = sum(said.classes[i] == said.labels[i] for i in held) / len(held)
            confidence = sum(said.confidence[i] for i in held) / len(held)
            total += len(held) / n * abs(accuracy - confidence)
    return total


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 20))
def test_agrees_with_a_loop_over_the_bins(tests, data, bins):
    """The plain sum of the paper gives the same, whatever the network says."""
    said = data.draw(tests)
    found = Ece(bins=bins).compute(said)

    assert isclose(found, loop(said, bins), abs_tol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 10), st.integers(2, 3))
def test_finer_bins_see_no_less(tests, data, bins, factor):
    """Each bin split into equal ones: gaps that cancelled can only come apart."""
    said = data.draw(tests)

    assert Ece(bins=bins).compute(said) <= Ece(bins=bins * factor).compute(said) + 1e-12


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 20))
def test_the_error_is_at_least_the_gap_of_the_means(tests, data, bins):
    """And at most 1."""
    said = data.draw(tests)
    gap = abs((said.classes == said.labels).mean() - said.confidence.mean())

    assert gap - 1e-12 <= Ece(bins=bins).compute(said) <= 1.0


@pytest.mark.parametrize("bins", [0, -1])
def test_there_is_a_bin(bins):
    """A number of bins that cannot be is refused before anything is trained."""
    with pytest.raises(SpecError, match=f"ece\\[bins\\] must be at least 1, got {bins}"):
        Ece(bins=bins)
