from math import sqrt

import pytest

from prunebench.report.figures.accuracy_figure import last
from prunebench.report.figures.difference import (
    Difference,
    between_protocols,
    first_pairs,
    limits,
    ticket_pairs,
    with_controls,
)

PAIR = [("ticket", "random")]


@pytest.fixture
def rows(make_row):
    """Give three seeds under two protocols: differences of 1, 2 and 6 points."""
    return [
        make_row(protocol=protocol, seed=seed, test_accuracy_last=accuracy)
        for protocol, accuracies in (("ticket", (0.91, 0.92, 0.96)), ("random", (0.9, 0.9, 0.9)))
        for seed, accuracy in enumerate(accuracies)
    ]


def test_seeds_are_subtracted_one_by_one(rows, make_grid):
    """1, 2, 6: mean 3, sd sqrt(14 / 2), t(0.975; 2) = 4.303."""
    (found,) = between_protocols(make_grid(rows), PAIR, last)
    half = 4.3026527 * sqrt(7) / sqrt(3)

    assert (found.method, found.series, found.density) == ("magnitude", "ticket − random", 0.5)
    assert found.seeds == pytest.approx((1.0, 2.0, 6.0))
    assert found.band.mean == pytest.approx(3.0)
    assert (found.band.low, found.band.high) == pytest.approx((3 - half, 3 + half))
    assert found.lost == 0


def test_a_seed_without_a_partner_is_counted(rows, make_row, make_grid):
    """A diverged trial has no accuracy, and nothing stands in for it."""
    extra = [
        make_row(protocol="ticket", seed=3, test_accuracy_last=0.9),
        make_row(protocol="random", seed=3, status="diverged"),
        make_row(protocol="random", seed=4, test_accuracy_last=0.1),
    ]
    (found,) = between_protocols(make_grid([*rows, *extra]), PAIR, last)

    assert len(found.seeds) == 3
    assert found.lost == 2


def test_draws_are_averaged_before_the_difference(make_row, make_grid):
    """Random draws of 0.8 and 0.9 are one start of 0.85: the difference is 5 points."""
    rows = [
        make_row(protocol="ticket", test_accuracy_last=0.9),
        make_row(protocol="random", draw=0, test_accuracy_last=0.8),
        make_row(protocol="random", draw=1, test_accuracy_last=0.9),
    ]
    (found,) = between_protocols(make_grid(rows), PAIR, last)

    assert found.seeds == pytest.approx((5.0,))
    assert found.band.low == found.band.high == found.band.mean


def test_without_common_seeds_there_is_no_difference(make_row, make_grid):
    """Unpaired seeds are not compared."""
    rows = [
        make_row(protocol="ticket", seed=0, test_accuracy_last=0.9),
        make_row(protocol="random", seed=1, test_accuracy_last=0.9),
    ]

    assert between_protocols(make_grid(rows), PAIR, last) == []


def test_tickets_come_first_and_are_not_repeated():
    """Every ticket against every random start; the first protocol against the others."""
    labels = ["ticket", "random", "random[scale=sparse-he]", "finetune"]

    assert ticket_pairs(labels) == [("ticket", "random"), ("ticket", "random[scale=sparse-he]")]
    assert first_pairs(labels) == [("ticket", "finetune")]
    assert first_pairs(["finetune", "ticket", "random"]) == [
        ("finetune", "ticket"),
        ("finetune", "random"),
    ]
    assert first_pairs(["random", "ticket"]) == []
    assert (ticket_pairs(["finetune"]), first_pairs(["finetune"])) == ([], [])


def test_methods_are_held_against_their_own_controls(make_row, make_grid):
    """At the same target and protocol; a control's name says whose it is only once."""
    control = {"method": "random-mask like magnitude", "control_of": "magnitude"}
    rows = [
        make_row(test_accuracy_last=0.9),
        make_row(target="0.2", test_accuracy_last=0.8),
        make_row(test_accuracy_last=0.7, **control),
        make_row(target="0.2", test_accuracy_last=0.75, **control),
        make_row(test_accuracy_last=0.1, protocol="ticket", **control),
        make_row(protocol="scratch-e", control_of="magnitude", test_accuracy_last=0.86),
        make_row(method="obd", test_accuracy_last=0.9),
    ]
    found = with_controls(make_grid(rows), "finetune", last)

    assert [(one.method, one.series, one.density) for one in found] == [
        ("magnitude", "method − random-mask", 0.5),
        ("magnitude", "method − the same from scratch (scratch-e)", 0.5),
        ("magnitude", "method − random-mask", 0.2),
    ]
    assert [one.band.mean for one in found] == pytest.approx([20.0, 4.0, 5.0])


@pytest.fixture
def make_difference():
    """Give a factory of differences."""

    def make(seeds, low, high):
        from prunebench.report.figures.band import Band

        return Difference("a", "x − y", 0.5, seeds, Band(0.0, low, high, len(seeds)), 0)

    return make


def test_the_axis_shows_every_seed_and_zero(make_difference):
    """Seeds of 1 and 3 points: from zero to beyond 3."""
    low, high = limits([make_difference((1.0, 3.0), 1.0, 3.0)])

    assert -1 < low < 0
    assert 3 < high < 4


def test_the_axis_does_not_follow_a_wild_interval(make_difference):
    """Seeds within 2 points of each other are not flattened by an interval of 40."""
    low, high = limits([make_difference((-1.0, 1.0), -20.0, 20.0)])

    assert (low, high) == pytest.approx((-2.1, 2.1))


def test_equal_networks_have_an_axis_too(make_difference):
    """No difference at all still needs a panel with some height."""
    low, high = limits([make_difference((0.0, 0.0), 0.0, 0.0)])

    assert low < 0 < high
