import pytest

from prunebench.statistics.matrix import STATEMENT, Tally, win_tie_loss

ACCURACY = "test_accuracy_last"
LOW = [0.80, 0.81, 0.82]
HIGH = [0.90, 0.92, 0.91]
MIXED = [0.90, 0.70, 0.82]


@pytest.fixture
def frame(make_frame):
    """Three methods: obd wins at 0.5 and loses at 0.2; lasso is noise, and alone at 0.1."""
    return make_frame(
        (LOW, {"target": "0.5"}),
        (HIGH, {"target": "0.2"}),
        (HIGH, {"target": "0.5", "method": "obd"}),
        (LOW, {"target": "0.2", "method": "obd"}),
        (MIXED, {"target": "0.5", "method": "lasso"}),
        ([0.5], {"target": "0.2", "method": "lasso"}),
        (LOW, {"target": "0.1", "method": "lasso"}),
        (LOW, {"target": "0.5", "method": "lasso like obd", "control_of": "obd"}),
        (LOW, {"target": "", "method": "dense", "protocol": "dense"}),
    )


def test_cells_are_counted_both_ways_round(frame):
    """A win of one is the loss of the other; a single common seed tests nothing."""
    found = win_tie_loss(frame, ACCURACY)

    assert found.methods == ("magnitude", "obd", "lasso")
    assert found.tallies == {
        ("magnitude", "obd"): Tally(wins=1, losses=1),
        ("obd", "magnitude"): Tally(wins=1, losses=1),
        ("magnitude", "lasso"): Tally(ties=1, untested=1),
        ("lasso", "magnitude"): Tally(ties=1, untested=1),
        ("obd", "lasso"): Tally(ties=1, untested=1),
        ("lasso", "obd"): Tally(ties=1, untested=1),
    }
    assert found.cells == 2
    assert found.statement == STATEMENT


def test_a_clear_order_and_its_reverse(make_frame):
    """One wins everywhere; for losses the other does."""
    frame = make_frame((LOW, {}), (HIGH, {"method": "obd"}))

    assert win_tie_loss(frame, ACCURACY).tallies["obd", "magnitude"] == Tally(wins=1)
    assert win_tie_loss(frame, ACCURACY).tallies["magnitude", "obd"] == Tally(losses=1)
    assert win_tie_loss(frame, ACCURACY, lower_is_better=True).tallies["obd", "magnitude"] == (
        Tally(losses=1)
    )


def test_a_few_equal_differences_are_a_tie(make_frame):
    """Twice one image more is a coincidence; six times is 2 of 64 sign patterns."""
    few = make_frame(([0.5, 0.25], {}), ([0.75, 0.5], {"method": "obd"}))
    many = make_frame(([0.5] * 6, {}), ([0.75] * 6, {"method": "obd"}))

    assert win_tie_loss(few, ACCURACY).tallies["obd", "magnitude"] == Tally(ties=1)
    assert win_tie_loss(many, ACCURACY).tallies["obd", "magnitude"] == Tally(wins=1)


def test_equal_results_are_a_tie(make_frame):
    """The same accuracies in every seed."""
    frame = make_frame((LOW, {}), (LOW, {"method": "obd"}))

    assert win_tie_loss(frame, ACCURACY).tallies["obd", "magnitude"] == Tally(ties=1)


def test_one_method_has_nobody_to_beat(make_frame):
    """No pair, no cell; an empty frame neither."""
    assert win_tie_loss(make_frame((LOW, {})), ACCURACY).tallies == {}
    assert win_tie_loss(make_frame(), ACCURACY).methods == ()


def test_ties_are_defined_in_words():
    """The report prints what a win is, and that nothing is corrected."""
    assert "two-sided 95 %" in STATEMENT
    assert "not corrected" in STATEMENT
