"""The closed division: equal coordinates, or a departure for each that is not."""

from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.suite.closed import Departure, departures


def changed(row, place, value):
    """Give a row with another value at a place of its coordinates."""
    found = deepcopy(dict(row.settings))
    *path, last = place
    inner = found
    for key in path:
        inner = inner[key]
    inner[last] = value
    return replace(row, settings=found)


def leaves(value, path=()):
    """Walk over the places of all values that are not objects."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from leaves(entry, (*path, key))
    else:
        yield path


def trial(rows, protocol, method="magnitude"):
    """Find a row of a protocol."""
    return next(r for r in rows if r.protocol == protocol and r.method == method)


def test_what_the_suite_asks_for_is_closed(tiny, rows):
    """Every row of its own experiment has no departure: dense ones, controls, all rounds."""
    found = [departures(tiny, row) for row in rows]

    assert len(rows) > 600
    assert found == [()] * len(rows)


def test_another_rate_is_told(tiny, rows):
    """The place, what was found and what the suite has."""
    row = changed(trial(rows, "ticket"), ("training", "lr"), 0.2)

    [found] = departures(tiny, row)

    assert found == Departure("training.lr", 0.2, 0.1)
    assert str(found) == "training.lr is 0.2, the suite has 0.1"


def test_what_an_iterative_method_trains_between_rounds_is_pinned(tiny, rows):
    """A longer way back is a departure."""
    row = trial(rows, "ticket", "magnitude-iterative")
    assert row.settings["between"] == {"rewind": 0}

    [found] = departures(tiny, changed(row, ("between", "rewind"), 17))

    assert found == Departure("between.rewind", 17, 0)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"model": "lenet300100"}, "model and data set"),
        ({"protocol": "none"}, "protocol"),
        ({"seed": 5}, "seed"),
        ({"draw": 1}, "draw"),
        ({"target_density": 0.3}, "target"),
        ({"target_of": "macs"}, "target"),
        ({"target_density": None}, "target"),
    ],
)
def test_what_lies_outside_the_grid_is_told(tiny, rows, change, field):
    """Another network, protocol, seed, draw or ratio is open."""
    found = departures(tiny, replace(trial(rows, "random"), **change))

    assert [departure.field for departure in found] == [field]


def test_given_weights_are_open(tiny, rows):
    """A network that was not trained by the suite's recipe is told."""
    row = trial(rows, "finetune")
    found = departures(tiny, replace(row, settings={**row.settings, "given": "abc"}))

    assert [departure.field for departure in found] == ["given"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"params_dense": 15_000}, "params_dense"),
        ({"macs_dense": 1}, "macs_dense"),
        ({"prunable_dense": 1}, "prunable_dense"),
        ({"density": 0.36}, "density"),  # of 0.25, and half an octave ends at 0.3536
        ({"density": 1.0}, "density"),
    ],
)
def test_another_size_is_open(tiny, rows, change, field):
    """A larger dense network, or one that keeps what belongs to another ratio."""
    row = next(r for r in rows if r.protocol == "random" and r.target_density == 0.25)
    found = departures(tiny, replace(row, **change))

    assert [departure.field for departure in found] == [field]


def test_the_true_size_is_closed(tiny, rows):
    """Smallconv has 144 + 4 608 + 9 216 + 1 280 prunable weights and 170 others."""
    row = next(r for r in rows if r.model == "smallconv" and r.target_density == 0.25)
    sizes = {"prunable_dense": 15_248, "params_dense": 15_418, "density": 0.3535}

    assert departures(tiny, replace(row, **sizes)) == ()


@pytest.mark.parametrize("dense", [True, False])
def test_a_coordinate_that_nobody_knows_is_told(tiny, rows, dense):
    """Another trial id, made by a note among the coordinates, is no trial of the suite."""
    row = next(r for r in rows if (r.method_id == "dense") == dense)
    found = departures(tiny, replace(row, settings={**row.settings, "note": 7}))

    assert found == (Departure("note", 7, None),)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_pinned_value_can_be_changed_unnoticed(tiny, rows, data):
    """Whichever coordinate that the suite pins is changed, one departure is found."""
    row = data.draw(st.sampled_from([r for r in rows if r.method_id != "dense"]))
    pinned = ("dataset", "model", "training", "prunable", "protocol", "between")
    places = [p for p in leaves(dict(row.settings)) if p[0] in pinned]
    place = data.draw(st.sampled_from(places))

    found = departures(tiny, changed(row, place, "something else"))

    assert [departure.field for departure in found] == [".".join(place)]
