import pytest

from prunebench.errors import SpecError
from prunebench.results.frame import to_frame
from prunebench.statistics.cells import CELL, cells_of, differences

ACCURACY = "test_accuracy_last"
BASE = [0.90, 0.91, 0.92, 0.93]


def only(frame, column=ACCURACY):
    """Give the seeds of the one method in the one cell of a frame."""
    ((sides,),) = [[*cell.values()] for cell in cells_of(frame, column).values()]
    return sides


def test_draws_are_averaged_within_their_seed(make_frame):
    """0.1 and 0.3 are one seed with 0.2; the seed that diverged was tried and has no number."""
    frame = make_frame(([(0.1, 0.3), 0.5, None, (0.4, None)], {}))

    assert only(frame) == {0: pytest.approx(0.2), 1: 0.5, 2: None, 3: 0.4}


def test_collapsed_trials_count(make_rows):
    """A collapsed trial has an accuracy, and to drop it would flatter; a failed one has none."""
    rows = make_rows([0.1], status="collapsed") + make_rows([0.5, 0.9], status="failed")[1:]

    assert only(to_frame(rows)) == {0: 0.1, 1: None}


def test_nothing_measured_is_no_number(make_frame):
    """No number, no mean, no warning; no rows, no cell."""
    assert only(make_frame(([None], {}))) == {0: None}
    assert cells_of(make_frame(), ACCURACY) == {}


def test_cells_and_methods_come_in_the_order_of_the_frame(make_frame):
    """A table follows the rows; the coordinates of a cell are those that were asked for."""
    frame = make_frame(
        (BASE[:1], {"target": "0.5", "method": "b"}),
        (BASE[:1], {"target": "0.2", "method": "a"}),
        (BASE[1:2], {"target": "0.5", "method": "a"}),
    )

    found = cells_of(frame, ACCURACY)

    assert list(found.items()) == [
        (("digits", "mlp", "smoke", "finetune", "0.5"), {"b": {0: 0.90}, "a": {0: 0.91}}),
        (("digits", "mlp", "smoke", "finetune", "0.2"), {"a": {0: 0.90}}),
    ]
    assert [list(sides) for sides in found.values()] == [["b", "a"], ["a"]]
    assert list(cells_of(frame, ACCURACY, ("target",))) == [("0.5",), ("0.2",)]


def test_two_cells_are_not_averaged_into_one(make_frame):
    """The rows of two targets have every seed twice where the target makes no cell."""
    frame = make_frame((BASE, {"target": "0.5"}), (BASE, {"target": "0.2"}))

    with pytest.raises(SpecError, match="several trials of seed 0, draw 0"):
        cells_of(frame, ACCURACY, [name for name in CELL if name != "target"])


def test_whole_numbers_can_be_averaged(make_rows):
    """Steps are integers with gaps in pandas; their mean is a float."""
    rows = [*make_rows([(0.5, 0.5)], selected_step=100), *make_rows([0.5, 0.5])[1:]]

    assert only(to_frame(rows), "selected_step") == {0: 100.0, 1: None}


def test_differences_are_taken_by_seed_and_lost_seeds_are_told():
    """Seed 1 diverged on one side, seed 3 was only tried on the other."""
    x, y = {0: 0.5, 1: None, 2: 0.8}, {0: 0.4, 1: 0.4, 2: 0.5, 3: 0.6}

    found, turned = differences(x, y), differences(y, x)

    assert found.by_seed == pytest.approx({0: 0.1, 2: 0.3})
    assert found.lost == turned.lost == (1, 3)
    assert turned.by_seed == pytest.approx({0: -0.1, 2: -0.3})


def test_averaging_draws_adds_no_difference(make_frame):
    """The mean of three times 0.1 need not be 0.1 in floating point; the difference is 0."""
    x = only(make_frame(([(0.1, 0.1, 0.1)] * 3, {})))
    y = only(make_frame(([0.1] * 3, {})))

    assert list(differences(x, y).by_seed.values()) == [0, 0, 0]
    assert 0.1 + 0.2 != 0.3
    assert differences({0: 0.1 + 0.2}, {0: 0.3}).by_seed == {0: 0}


def test_seeds_in_another_order_are_paired_all_the_same():
    """Rows come in the order in which workers finished; differences go by seed."""
    found = differences({2: 0.3, 0: 0.1}, {0: 0.0, 2: 0.0})

    assert list(found.by_seed.items()) == [(0, 0.1), (2, 0.3)]
