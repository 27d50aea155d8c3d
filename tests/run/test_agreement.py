"""Whether what was measured again agrees with what was submitted."""

from dataclasses import replace

import numpy as np
import pytest

from prunebench.bundle.document import Bundle, Entry, Manifest, Predictions, Submitter
from prunebench.core.digest import digest
from prunebench.results.measurement import Measurement
from prunebench.run.agreement import Again, apart_of, judged

OTHER = ("torch 2.5 there, 2.6 here",)


def row_of(seed, accuracy, status="ok"):
    """Make a row of a cell that seeds share."""
    settings = {"method": {"name": "a"}, "seed": seed, "draw": 0}
    return Measurement(
        trial=digest(settings),
        status=status,
        dataset="digits",
        model="small",
        method="a",
        protocol="finetune",
        method_id="a",
        protocol_id="finetune",
        recipe="digits",
        seed=seed,
        settings=settings,
        test_accuracy_last=accuracy,
        weights_digest="w",
        mask_digest="m",
        predictions_digest="p",
    )


def bundle_of(*rows):
    """Make a bundle of rows that all predict the classes 0, 1, 2, 3."""
    none = Manifest("", "", "", Submitter(""), "", {}, {}, (), (), ())
    said = Predictions(np.arange(4, dtype=np.int16), np.ones(4, dtype=np.float16))
    entries = tuple(Entry(row) for row in rows)
    return Bundle(none, entries, {}, {}, {row.trial: said for row in rows}, {})


def verdict(rows, again, apart=()):
    """Judge the first row."""
    bundle = bundle_of(*rows)
    return judged(bundle, bundle.entries[0], again, apart)


@pytest.mark.parametrize("apart", [(), OTHER])
def test_equal_bits_agree_wherever_they_were_computed(apart):
    """Accuracy, classes and digests are all the same: nothing is left to ask."""
    row = row_of(0, 0.75)

    found = verdict([row], Again(row, np.arange(4, dtype=np.int16)), apart)

    assert (found.agrees, found.how, found.tolerance) == (True, "exact", 0.0)


@pytest.mark.parametrize(
    ("changes", "classes", "complaint"),
    [
        ({"test_accuracy_last": 0.7501}, [0, 1, 2, 3], "75.00 % submitted, 75.01 % measured"),
        ({}, [0, 1, 3, 2], "another class for 2 of the test images"),
        ({}, [0, 1], "another class for 4 of the test images"),
        ({"weights_digest": "x"}, [0, 1, 2, 3], "another digest of the weights"),
        ({"mask_digest": "x"}, [0, 1, 2, 3], "another digest of the mask"),
        ({"predictions_digest": "x"}, [0, 1, 2, 3], "another digest of the predictions"),
        ({"status": "collapsed"}, [0, 1, 2, 3], "ok submitted, collapsed here"),
    ],
)
def test_on_equal_machines_every_bit_counts(changes, classes, complaint):
    """One thing that differs is a disagreement, and the reason names it alone."""
    row = row_of(0, 0.75)
    again = Again(replace(row, **changes), np.array(classes, dtype=np.int16))

    found = verdict([row], again)

    assert (found.agrees, found.how, found.reason) == (False, "exact", complaint)


@pytest.mark.parametrize(
    ("measured", "agrees"), [(0.795, True), (0.805, True), (0.7949, False), (0.8051, False)]
)
def test_elsewhere_one_seed_allows_half_a_point(measured, agrees):
    """A single seed has no spread: 80 % may become 79.5 to 80.5."""
    row = row_of(0, 0.8)
    again = Again(replace(row, test_accuracy_last=measured, weights_digest="x"))

    found = verdict([row], again, OTHER)

    assert (found.how, found.tolerance, found.agrees) == ("interval", 0.005, agrees)
    assert "79.50 to 80.50 % by 1 submitted seed;" in found.reason


@pytest.mark.parametrize(
    ("measured", "agrees"), [(0.771, True), (0.819, True), (0.769, False), (0.821, False)]
)
def test_elsewhere_seeds_allow_three_deviations(measured, agrees):
    """0.79, 0.80, 0.81 have mean 0.80 and deviation 0.01: 0.77 to 0.83; another cell is none.

    It must lie as near to 0.79, which was submitted: up to 0.82.
    """
    rows = [row_of(seed, accuracy) for seed, accuracy in enumerate((0.79, 0.80, 0.81))]
    stranger = replace(row_of(3, 0.1), settings={"method": {"name": "b"}, "seed": 3, "draw": 0})
    again = Again(replace(rows[0], test_accuracy_last=measured))

    found = verdict([*rows, stranger], again, OTHER)

    assert found.tolerance == pytest.approx(0.03)
    assert (found.how, found.agrees) == ("interval", agrees)


@pytest.mark.parametrize("measured", [0.16, 0.70, 0.94])
def test_a_wide_spread_does_not_excuse_what_comes_out(measured):
    """Four forged seeds of 98.89 % beside an honest one: five points are the most.

    Their mean is 82.4 % with a deviation of 36.9 points, three of which would excuse anything.
    """
    rows = [row_of(seed, accuracy) for seed, accuracy in enumerate((0.9889,) * 4 + (0.1643,))]
    again = Again(replace(rows[0], test_accuracy_last=measured))

    found = verdict(rows, again, OTHER)

    assert (found.tolerance, found.agrees) == (0.05, False)


@pytest.mark.parametrize(("status", "agrees"), [("diverged", True), ("ok", False)])
def test_elsewhere_a_network_without_accuracy_has_its_outcome_compared(status, agrees):
    """What diverged should diverge again."""
    row = row_of(0, None, "diverged")
    accuracy = None if status == "diverged" else 0.8
    again = Again(replace(row, status=status, test_accuracy_last=accuracy, weights_digest="x"))

    found = verdict([row], again, OTHER)

    assert (found.how, found.agrees) == ("status", agrees)


def test_what_cannot_be_run_again_does_not_agree():
    """A trial that is not planned, or fails, is told as missing with the reason."""
    row = row_of(0, 0.8)
    reason = "ValueError:\x1b\n no"
    failed = Again(replace(row, status="failed", reason=reason, test_accuracy_last=None))

    assert verdict([row], None).how == "missing"
    found = verdict([row], failed)
    assert (found.agrees, found.how) == (False, "missing")
    assert found.reason == "it failed here: ValueError: no"


FACTS = {
    "python": "3.12.1",
    "libraries": {"torch": "2.5", "numpy": "2.0"},
    "platform": "Linux-6.1",
    "processor": "A",
    "capability": "AVX2",
    "device": "cpu",
    "gpu": None,
    "commit": None,
    "plugins": ["a of b 1"],
    "id": "x",
}


def test_equal_software_on_an_equal_processor_differs_in_nothing():
    """Neither the kernel of the system nor other plugins decide a bit."""
    other = {**FACTS, "platform": "Linux-6.9", "plugins": [], "id": "y", "cores": 64}

    assert apart_of(FACTS, other) == []


def test_what_early_environments_did_not_record_is_not_held_against_them():
    """Bundles from before processors' capabilities were noted are judged by the rest."""
    early = {name: value for name, value in FACTS.items() if name != "capability"}

    assert apart_of(early, FACTS) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"processor": "B"}, ["processor A there, B here"]),
        ({"capability": "AVX512"}, ["capability AVX2 there, AVX512 here"]),
        ({"commit": "abc"}, ["commit none there, abc here"]),
        ({"libraries": {"torch": "2.6", "numpy": "2.0"}}, ["torch 2.5 there, 2.6 here"]),
        ({"libraries": {"torch": "2.5"}}, ["numpy 2.0 there, none here"]),
        ({"libraries": "all"}, ["the libraries are not known"]),
        ({"device": "cuda"}, ["device cpu there, cuda here"]),
    ],
)
def test_what_may_decide_a_bit_is_told(changes, expected):
    """Versions, processor and device are named with both values."""
    assert apart_of(FACTS, FACTS | changes) == expected


def test_cards_promise_nothing():
    """Two runs on one card may differ in their last bits."""
    card = FACTS | {"device": "cuda", "gpu": "A100"}

    assert apart_of(card, card) == ["cards do not promise equal bits"]
