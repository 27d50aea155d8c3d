"""Measured times of masks: dense kernels and a sparse backend beside the dense network."""

import pytest

from prunebench.report.tables.latency_table import latency_table
from prunebench.report.tables.sparse_table import sparse_tables


def lines(table):
    """Give a table as dictionaries from full heading to text."""
    titles = [column.full for column in table.columns]
    return [dict(zip(titles, map(str, row), strict=True)) for row in table.rows]


def times(dense, masked, sparse):
    """Make one batch's entry: percentiles a tenth below and above the median."""
    medians = {"dense": dense, "masked": masked, "sparse": sparse}
    around = {
        name: {"median": value, "p10": 0.9 * value, "p90": 1.1 * value}
        for name, value in medians.items()
    }
    return around | {"masked_speedup": dense / masked, "sparse_speedup": dense / sparse}


def latency(batches, **changes):
    """Make the column of a row."""
    found = {
        "device": "cpu",
        "threads": 1,
        "precision": "fp32",
        "channels_last": True,
        "warmup": 5,
        "repeats": 30,
        "backend": "csr",
        "library": "torch, MKL",
        "sparse_macs": 900,
        "bytes_dense": 4096,
        "bytes_sparse": 1024,
        "environment": "e",
    }
    return found | changes | {"batches": batches}


@pytest.fixture
def make_mask(make_row):
    """Give a factory of rows of masked networks."""
    return lambda **given: make_row(
        **({"realised": False, "theoretical_speedup": 4.0, "macs_dense": 1000} | given)
    )


def test_one_line_by_hand(make_mask, make_grid):
    """Means over seeds of medians, percentiles and ratios; all conditions are said."""
    rows = [
        make_mask(seed=0, latency=latency({"64": times(12.0, 12.0, 6.0)})),
        make_mask(seed=1, latency=latency({"64": times(12.0, 12.0, 4.0)})),
    ]
    (table,) = sparse_tables(make_grid(rows))

    assert table.title == "Latency of masks, CSR"
    assert lines(table) == [
        {
            "Method": "magnitude",
            "Target": "0.5",
            "Speed-up by multiply-adds": "4.00×",
            "64 images: dense ms": "12.0 · 10.8–13.2",
            "64 images: dense kernels speed-up": "1.00×",
            "64 images: CSR ms": "5.00 · 4.50–5.50",
            "64 images: CSR speed-up": "2.50×",
            "Kernels as CSR": "1.0 KiB · 25 % of dense",
        }
    ]
    assert "multiplied as CSR (torch, MKL), took turns" in table.caption
    assert "run as CSR: 900 of the 1,000 multiply-adds of the dense network." in table.caption
    assert table.caption.endswith(
        "Device cpu, threads 1, fp32, channels last; passes to warm up 5, counted 30."
    )


def test_every_batch_in_order(make_mask, make_grid):
    """One image before sixty-four."""
    found = latency({"64": times(12.0, 12.0, 6.0), "1": times(2.0, 2.5, 4.0)})
    (table,) = sparse_tables(make_grid([make_mask(latency=found)]))
    (line,) = lines(table)

    assert [group for group, _ in table.groups if group] == ["1 image", "64 images"]
    assert line["1 image: dense kernels speed-up"] == "0.80×"
    assert line["1 image: CSR speed-up"] == "0.50×"


def test_each_backend_has_its_table(make_mask, make_grid):
    """Times of different kernels are not averaged."""
    one = make_mask(latency=latency({"1": times(2.0, 2.0, 1.0)}))
    other = make_mask(seed=1, latency=latency({"1": times(2.0, 2.0, 0.5)}, backend="blocks"))
    tables = sparse_tables(make_grid([one, other]))

    assert [table.title for table in tables] == [
        "Latency of masks, CSR",
        "Latency of masks, BLOCKS",
    ]
    assert [lines(table)[0]["Speed-up by multiply-adds"] for table in tables] == ["4.00×", "4.00×"]
    assert lines(tables[0])[0]["1 image: CSR speed-up"] == "2.00×"
    assert lines(tables[1])[0]["1 image: BLOCKS speed-up"] == "4.00×"


def test_only_what_was_timed_has_a_line(make_mask, make_row, make_grid):
    """Controls, cut networks and masks without times have none; cut ones stand elsewhere."""
    masked = make_mask(latency=latency({"1": times(2.0, 2.0, 1.0)}))
    dense = {"median": 2.0}
    cut = make_row(
        method="l1filter",
        realised=True,
        latency={"batches": {"1": {"dense": dense, "pruned": dense, "speedup": 1.0}}},
    )
    control = make_mask(
        method="random-mask", control_of="magnitude", latency=latency({"1": times(1.0, 1.0, 1.0)})
    )
    grid = make_grid([masked, cut, control, make_mask(method="obd")])
    (table,) = sparse_tables(grid)

    assert [line["Method"] for line in lines(table)] == ["magnitude"]
    assert [line["Method"] for line in lines(latency_table(grid))] == ["l1filter", "obd"]


def test_nothing_timed_no_table(make_mask, make_grid):
    """A reason is no time."""
    grid = make_grid([make_mask(), make_mask(seed=1, latency={"untimed": "convolutions"})])

    assert sparse_tables(grid) == []
    assert latency_table(grid) is None


def test_what_a_row_lacks_is_a_dash(make_mask, make_grid):
    """A row that somebody wrote by hand breaks no report."""
    rows = [make_mask(latency={"batches": {"1": {"sparse": 3, "sparse_speedup": "fast"}}})]
    (table,) = sparse_tables(make_grid(rows))
    (line,) = lines(table)

    assert line["1 image: dense ms"] == line["1 image: UNKNOWN BACKEND ms"] == "–"
    assert line["1 image: UNKNOWN BACKEND speed-up"] == line["Kernels as UNKNOWN BACKEND"] == "–"
