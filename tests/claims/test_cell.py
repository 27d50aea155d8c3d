"""Cells are equalities on columns."""

import pytest

from prunebench.claims.cell import fits, matches, merged, value_at, written


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ({}, True),
        ({"target": "0.2"}, True),
        ({"target": 0.2}, True),
        ({"target": "0.20"}, False),
        ({"target": ["0.5", "0.2"]}, True),
        ({"target": ["0.5", "0.1"]}, False),
        ({"lr": 0.1}, True),
        ({"lr": 0.10000001}, True),
        ({"lr": 0.1001}, False),
        ({"lr": "0.1"}, False),
        ({"training_lr": 0.01}, True),
        ({"training_lr": 0.1}, False),
        ({"training_warmup": 0}, False),
        ({"realised": True}, True),
        ({"realised": False}, False),
        ({"realised": 1}, False),
        ({"seed": 0, "protocol": "ticket"}, True),
        ({"seed": 0, "protocol": "random"}, False),
        ({"rewind_step": 0}, False),
    ],
)
def test_a_cell_matches_by_equality_on_every_column(make_row, cell, expected):
    """Texts match exactly, numbers up to rounding, lists by any entry, an empty field never."""
    settings = {"training": {"lr": 0.01}}
    row = make_row(lr=0.1, realised=True, settings=settings)

    assert matches(cell, vars(row)) == expected


def test_the_order_of_settings_in_a_label_does_not_matter(make_row):
    """A choice is the same choice however its settings are ordered; other texts are not touched."""
    row = make_row(method="magnitude-iterative[half_output=true,rate=0.2]", recipe="a[y=1, x=2]")

    assert matches({"method": "magnitude-iterative[rate=0.2,half_output=true]"}, vars(row))
    assert not matches({"method": "magnitude-iterative[rate=0.2]"}, vars(row))
    assert not matches({"recipe": "a[x=2, y=1]"}, vars(row))


def test_a_label_that_is_no_choice_matches_itself_alone():
    """A text that cannot be read as a choice is compared as it is."""
    assert fits("method", "[", "[")
    assert not fits("method", "[", "]")


@pytest.mark.parametrize(("name", "value"), [("control_of", "obd"), ("regularized_by", "slimming")])
def test_controls_and_regularised_dense_networks_are_selected_on_request(make_row, name, value):
    """They are nobody's own rows, so a cell must name the column."""
    row = make_row(**{name: value})

    assert not matches({"method": "magnitude"}, vars(row))
    assert matches({"method": "magnitude", name: value}, vars(row))


def test_what_a_side_says_itself_wins_over_what_is_common():
    """A side's own values replace the common ones."""
    got = merged({"method": "obd", "target": "0.5"}, {"target": "0.2"})

    assert got == {"method": "obd", "target": "0.2"}


@pytest.mark.parametrize("own", [{"method": "dense"}, {"protocol": "dense"}])
def test_a_dense_network_takes_over_nothing_of_pruning(own):
    """It has no method, target or retraining of its own, but a data set and a training."""
    common = {
        "method": "obd",
        "method_id": "obd",
        "protocol": "ticket",
        "target": "0.5",
        "lr": 0.001,
        "dataset": "mnist",
        "training_lr": 0.1,
    }

    assert merged(common, own) == {"dataset": "mnist", "training_lr": 0.1, **own}


def test_a_training_field_is_missing_where_there_are_no_settings():
    """Nothing is found in rows without settings, or with others."""
    assert value_at("training_lr", {}) is None
    assert value_at("training_lr", {"settings": {"training": 3}}) is None
    assert value_at("training_lr", {"settings": {"training": {"lr": 0.5}}}) == 0.5


def test_a_cell_is_written_for_a_reader():
    """Columns with their values; an empty cell selects everything."""
    assert written({"target": ["0.5", "0.2"], "training_lr": 0.1}) == (
        "target 0.5 or 0.2, training_lr 0.1"
    )
    assert written({}) == "nothing in particular"
