"""The checks of metrics: a good one passes, and each slip is found."""

import re

import numpy as np
import pytest

from prunebench.api import Metric, setting
from prunebench.errors import ContractError
from prunebench.testing import check_metric, make_tested


class Accuracy(Metric):
    """Share of the images that are put into the right class."""

    name = "share-right"
    paper = "Nobody 2020"
    bounds = (0.0, 1.0)

    power: float = setting(1.0, "exponent of each hit, which changes nothing; above 0")

    def compute(self, tested):
        """Average the hits."""
        return float(((tested.classes == tested.labels) ** self.power).mean())


class Departure(Metric):
    """Share of the images that the dense network puts elsewhere."""

    name = "departure"
    paper = "Nobody 2020"
    direction = "lower"
    needs = frozenset({"dense"})

    def compute(self, tested):
        """Compare the classes."""
        return np.mean(tested.classes != tested.dense.classes)


@pytest.mark.parametrize("good", [Accuracy, Departure])
def test_good_metrics_pass(good):
    """A value may be a NumPy number; a metric may need the dense network, and have settings."""
    check_metric(good)


def slip(**body):
    """Make a metric that does something else; its compute gets the right value too."""
    compute = body.pop("compute", None)
    told = {"__doc__": "A slip.", "name": "slip", "paper": "Nobody 2020", **body}
    right = Accuracy().compute
    told["compute"] = lambda self, tested: compute(tested, right(tested)) if compute else 0.5
    return type("Slip", (Metric,), told)


def rewritten(tested, value):
    """Sort the labels where they stand."""
    tested.labels.setflags(write=True)
    tested.labels.sort()
    return value


CALLS = iter(range(1000))

SLIPS = {
    "gave nan; compute must give one finite number.": lambda tested, value: float("nan"),
    "gave inf; compute must give one finite number.": lambda tested, value: float("inf"),
    "gave None; compute must give one finite number.": lambda tested, value: None,
    "gave True; compute must give one finite number.": lambda tested, value: True,
    "gave '0.5'; compute must give one finite number.": lambda tested, value: "0.5",
    "with the images in another order": lambda tested, value: float(tested.classes[0]),
    "random outputs 0: compute writes to the arrays": rewritten,
    "Draw nothing at random, and keep nothing": lambda tested, value: next(CALLS),
    "tested.dense must say so": lambda tested, value: tested.dense.confidence.mean(),
    "no group need have one.": lambda tested, value: 1 / (value - 1),
}


@pytest.mark.parametrize("message", SLIPS)
def test_slips_are_found(message):
    """No number, several values, order, arrays written to: each check says what it found."""
    with pytest.raises(ContractError, match=re.escape(message)):
        check_metric(slip(compute=SLIPS[message]))


def test_values_beyond_the_bounds_are_found():
    """A metric that promises at most one half does not give more."""
    with pytest.raises(ContractError, match=r"one finite number from 0 to 0\.5"):
        check_metric(slip(bounds=(0.0, 0.5), compute=lambda tested, value: value))


def test_writing_to_a_locked_array_is_found():
    """The arrays cannot be written to by accident; the check says what to do instead."""

    def shift(tested, value):
        tested.classes += 1
        return value

    with pytest.raises(ContractError, match=r"Work on a copy: array.copy\(\)") as caught:
        check_metric(slip(compute=shift))

    assert "writes to the arrays" in str(caught.value)


def test_authors_can_make_outputs_of_their_own():
    """Equal seeds give equal outputs; about half of the guesses are right, as promised."""
    one, same, other = make_tested(1), make_tested(1), make_tested(2)

    assert np.array_equal(one.classes, same.classes)
    assert not np.array_equal(one.classes, other.classes)
    assert make_tested(dense=False).reference is None
    assert make_tested(images=7, classes=3).labels.max() < 3
    # a guess is right with 1/2 + 1/2 * 1/5 = 0.6; 240 images: standard deviation 0.032
    assert abs((one.classes == one.labels).mean() - 0.6) < 4 * 0.032
