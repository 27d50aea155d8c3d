"""Reading the column of measured times."""

import pytest

from prunebench.report.tables.timings import (
    batch_sizes,
    conditions_phrase,
    images_phrase,
    is_timed,
    reasons,
    timing,
)

CUT = {"batches": {"64": {"pruned": {"median": 2.0}, "speedup": True}, "1": {"speedup": 3}}}
MASKED = {"batches": {"8": {"sparse": {"median": 1.0}}}}


def test_a_reason_is_no_time(make_row):
    """A row was timed if it holds times; reasons are listed once."""
    rows = [
        make_row(),
        make_row(latency={"untimed": "so"}),
        make_row(latency={"untimed": "so"}, seed=1),
        make_row(latency=CUT),
    ]

    assert [is_timed(row) for row in rows] == [False, False, False, True]
    assert reasons(rows) == ["so"]


def test_batches_of_masks_are_told_from_those_of_cut_networks(make_row):
    """In the order of their numbers."""
    rows = [make_row(latency=CUT), make_row(latency=MASKED), make_row(latency={"batches": 3})]

    assert batch_sizes(rows) == ["1", "64"]
    assert batch_sizes(rows, sparse=True) == ["8"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("64", "pruned", "median"), 2.0),
        (("1", "speedup"), 3.0),
        (("64", "speedup"), None),
        (("64", "pruned"), None),
        (("2", "pruned", "median"), None),
    ],
)
def test_one_number(make_row, path, expected):
    """Only numbers are; truth values and whole objects are none."""
    assert timing(make_row(latency=CUT), path) == expected


def test_one_image_is_one():
    """Numbers of images in words."""
    assert (images_phrase("1"), images_phrase("64")) == ("1 image", "64 images")


@pytest.mark.parametrize("name", ["precision", "dtype"])
def test_older_rows_name_the_precision_otherwise(make_row, name):
    """What they hold is said as it is."""
    row = make_row(latency={"device": "cpu", "threads": 1, name: "float32", "warmup": 5})

    assert conditions_phrase([row]) == (
        "Device cpu, threads 1, float32, unknown layout; passes to warm up 5, counted –."
    )
