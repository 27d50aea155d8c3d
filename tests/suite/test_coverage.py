"""Coverage counts what a suite asks of a method and what was measured."""

from dataclasses import replace

from prunebench.suite.coverage import Cell, coverage


def test_complete(tiny, rows):
    """2 pairs, 5 protocols, 6 ratios and 5 seeds are 300 trials."""
    found = coverage(tiny, rows, "magnitude")

    assert (found.expected, found.present, found.missing) == (300, 300, ())
    assert found.is_complete


def test_a_missing_trial_is_named(tiny, rows):
    """Without one seed of one cell a method is incomplete."""
    gone = Cell("digits", "smallconv", "ticket", 0.25, 3)
    kept = [
        row
        for row in rows
        if (row.model, row.protocol, row.target_density, row.seed)
        != ("smallconv", "ticket", 0.25, 3)
    ]

    found = coverage(tiny, kept, "magnitude")

    assert found.missing == (gone,)
    assert not found.is_complete
    assert str(gone) == "smallconv on digits, ticket, 0.25, seed 3"


def test_failures_are_missing_and_collapses_are_not(tiny, rows):
    """A collapsed or diverged network is an outcome; a failed or blocked trial has none."""
    for status, present in (("collapsed", 300), ("diverged", 300), ("failed", 0), ("blocked", 0)):
        found = coverage(tiny, [replace(row, status=status) for row in rows], "magnitude")

        assert found.present == present


def test_controls_do_not_count(tiny, rows):
    """A control of the same name is no trial of the method."""
    found = coverage(tiny, [replace(row, control_of="other") for row in rows], "magnitude")

    assert found.present == 0
