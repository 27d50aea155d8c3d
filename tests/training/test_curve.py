"""Learning curves, selection, and their life on disk."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from prunebench.training.curve import (
    Curve,
    Point,
    Record,
    Selected,
    interval_ends,
    pack,
    unpack,
)

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def test_without_validation_nothing_is_selected():
    """A point without validation has no score."""
    point = Point(1, 0.5)

    assert point.score("loss") is None
    assert not Record().is_beaten_by(None)


def test_scores_grow_with_quality():
    """Selection maximises accuracy, or the negative loss."""
    point = Point(1, 0.5, validation_loss=0.25, validation_accuracy=0.75)

    assert (point.score("loss"), point.score("accuracy")) == (-0.25, 0.75)


def test_the_first_of_equals_stays():
    """Only a strictly better score replaces the selected state."""
    record = Record(selected=Selected(4, 0.5, {}))

    assert Record().is_beaten_by(0.0)
    assert record.is_beaten_by(0.6)
    assert not record.is_beaten_by(0.5)


def test_a_new_interval_begins_after_a_point():
    """An evaluation is added to the curve and the loss sum starts anew."""
    record = Record(loss=3.0, steps=2).after(Point(2, 1.5, 0.5, 0.25), None)

    assert record == Record(Curve((2,), (1.5,), (0.5,), (0.25,)))


def test_curves_without_validation():
    """The validation columns stay empty."""
    record = Record().after(Point(2, 1.5), None).after(Point(4, 1.0), None)

    assert record.curve == Curve((2, 4), (1.5, 1.0))


@given(
    losses=st.lists(FLOATS, max_size=4),
    total=FLOATS,
    steps=st.integers(0, 2**40),
    score=st.none() | FLOATS,
)
def test_packing_keeps_every_digit(losses, total, steps, score):
    """Whatever a record holds comes back exactly."""
    curve = Curve(tuple(range(len(losses))), tuple(losses), tuple(losses), tuple(losses))
    selected = None if score is None else Selected(3, score, {"a.weight": torch.ones(2)})
    record = Record(curve, selected, total, steps)
    got = unpack(pack(record) | {"optimiser.step.a.weight": torch.ones(())})

    assert (got.curve, got.loss, got.steps) == (curve, total, steps)
    assert (got.selected is None) == (selected is None)
    if got.selected:
        assert (got.selected.step, got.selected.score) == (3, score)
        assert got.selected.state.keys() == {"a.weight"}
        assert got.selected.state["a.weight"].tolist() == [1.0, 1.0]


@given(start=st.integers(0, 50), length=st.integers(0, 50), every=st.integers(1, 20))
def test_intervals_end_at_multiples_and_at_the_end(start, length, every):
    """Evaluations are at the steps after `start` that the interval divides, and at the last."""
    stop = start + length
    expected = [s for s in range(start + 1, stop + 1) if s % every == 0 or s == stop]

    assert interval_ends(start, stop, every) == expected
