"""Printed numbers: one line per cell."""

import pytest

from prunebench.claims.printed import Printed, as_row, read_printed, select
from prunebench.errors import SpecError


def line(**given):
    """Make a line of a reference table as CSV gives it."""
    cells = {"protocol": "ticket", "metric": "test_accuracy", "mean": "90", "standing": "read"}
    return as_row(cells | {"n": "", "sd": "", "lr": ""} | given, "table", "here")


def test_numbers_are_read_and_empty_ones_are_none():
    """Texts stay texts; the name of the file is a column."""
    row = line(sd="0.20", printed="20%")

    assert (row["mean"], row["sd"], row["n"], row["printed"]) == (90.0, 0.2, None, "20%")
    assert row["reference"] == "table"


@pytest.mark.parametrize("text", ["ninety", "nan", "inf", "1e308"])
def test_a_number_that_is_none_is_told_of(tmp_path, text):
    """File and line are named; what is not finite, or vast, is no number either."""
    (tmp_path / "odd.csv").write_text(f"table,mean\nT1,{text}\n")

    with pytest.raises(SpecError, match=rf"odd\.csv, line 2: mean must be a number, got '{text}'"):
        read_printed(tmp_path)


def test_the_shipped_tables_are_read_whole():
    """All 22 lines of each half of the lottery table are there."""
    rows = [row for row in read_printed() if row["reference"] == "liu2019_table11"]

    assert len(rows) == 44


@pytest.mark.parametrize(
    ("metric", "mean", "expected"),
    [
        ("test_accuracy", "93.76", 93.76),
        ("top1_accuracy", "72.5", 72.5),
        ("test_error", "6.75", 93.25),
        ("top1_change", "-1.5", -1.5),
    ],
)
def test_an_error_is_turned_into_an_accuracy(metric, mean, expected):
    """More is better in every unit."""
    got = Printed({}, line(metric=metric, mean=mean, sd="0.1", n="5")).figures

    assert (got.mean, got.sd, got.n) == (expected, 0.1, 5)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [("0.3", "points", 0.3), ("2", "times", 0.6931), ("50", "percent", 0.6931), ("", "", None)],
)
def test_stated_speeds_are_logarithms(value, unit, expected):
    """Twice as fast and 50 % earlier are the same."""
    got = Printed({}, line(value=value, unit=unit)).stated

    assert got == (None if expected is None else pytest.approx(expected, abs=1e-4))


def test_a_cell_means_accuracies_unless_it_names_a_metric():
    """Top-5 accuracies and changes are selected by name alone."""
    rows = [line(mean="91"), line(metric="top5_accuracy", mean="99"), line(metric="top1_change")]

    assert select(rows, {"protocol": "ticket"}).figures.mean == 91
    assert select(rows, {"metric": "top5_accuracy"}).figures.mean == 99


def test_the_best_standing_number_is_taken_and_the_others_are_said():
    """Read before second-hand before memory."""
    rows = [
        line(mean="73.03", standing="second-hand"),
        line(mean="73.08", standing="read"),
        line(mean="73.08", standing="memory"),
    ]
    got = select(rows, {})

    assert got.figures.mean == 73.08
    assert got.others == (73.03,)


def test_two_numbers_of_equal_standing_are_a_problem():
    """The cell must say which is meant."""
    got = select([line(mean="69.80"), line(mean="69.74")], {"protocol": "ticket"})

    assert got.problem == "69.8 and 69.74 are printed for protocol ticket"


def test_nothing_printed_is_a_problem():
    """The cell is named."""
    assert select([line()], {"protocol": "random"}).problem == (
        "nothing is printed for protocol random"
    )


def test_an_unknown_standing_comes_last():
    """A number of unknown origin never hides one that was read."""
    rows = [line(mean="1", standing="hearsay"), line(mean="2", standing="memory")]

    assert select(rows, {}).figures.mean == 2
