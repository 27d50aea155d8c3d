"""Measured times: cut beside dense, and words where there is nothing."""

import pytest

from prunebench.report.tables.latency_table import latency_table


def lines(table):
    """Give a table as dictionaries from heading to text."""
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, map(str, row), strict=True)) for row in table.rows]


def times(dense, pruned):
    """Make one batch's entry: percentiles a tenth below and above the median."""

    def around(median):
        return {"median": median, "p10": 0.9 * median, "p90": 1.1 * median}

    return {"dense": around(dense), "pruned": around(pruned), "speedup": dense / pruned}


def latency(batches, **changes):
    """Make the column of a row."""
    conditions = {
        "device": "cpu",
        "threads": 1,
        "precision": "fp32",
        "channels_last": True,
        "warmup": 5,
        "repeats": 30,
        "environment": "e",
    }
    return conditions | changes | {"batches": batches}


@pytest.fixture
def make_cut(make_row):
    """Give a factory of rows of cut networks."""
    return lambda **given: make_row(
        **({"method": "l1filter", "realised": True, "theoretical_speedup": 4.0} | given)
    )


def test_one_line_by_hand(make_cut, make_grid):
    """Means over seeds of the medians and percentiles; protocols of a seed share theirs."""
    first = latency({"64": times(12.0, 6.0), "1": times(0.2, 0.1)})
    second = latency({"64": times(12.0, 4.0), "1": times(0.2, 0.1)})
    rows = [
        make_cut(seed=0, latency=first),
        make_cut(seed=0, protocol="ticket", latency=first),
        make_cut(seed=1, latency=second),
    ]
    table = latency_table(make_grid(rows))

    assert lines(table) == [
        {
            "Method": "l1filter",
            "Target": "0.5",
            "Speed-up by multiply-adds": "4.00×",
            "1 image: dense ms": "0.200 · 0.180–0.220",
            "1 image: cut ms": "0.100 · 0.0900–0.110",
            "1 image: speed-up": "2.00×",
            "64 images: dense ms": "12.0 · 10.8–13.2",
            "64 images: cut ms": "5.00 · 4.50–5.50",
            "64 images: speed-up": "2.50×",
        }
    ]
    assert table.caption.endswith(
        "Device cpu, threads 1, fp32, channels last; passes to warm up 5, counted 30."
    )


def test_masks_are_not_realised_and_others_not_measured(make_cut, make_row, make_grid):
    """Two different things are said in different words; a failed trial says neither."""
    rows = [
        make_cut(latency=latency({"1": times(2.0, 1.0)})),
        make_cut(method="slimming"),
        make_row(realised=False, theoretical_speedup=4.0),
        make_row(method="obd", status="failed"),
    ]
    found = {line["Method"]: line for line in lines(latency_table(make_grid(rows)))}

    assert found["magnitude"]["1 image: cut ms"] == "masked only: not realised"
    assert found["magnitude"]["Speed-up by multiply-adds"] == "4.00×"
    assert found["slimming"]["1 image: cut ms"] == "not measured"
    assert found["obd"]["1 image: cut ms"] == "–"
    assert {found[name]["1 image: speed-up"] for name in ("magnitude", "slimming", "obd")} == {"–"}
    assert found["l1filter"]["1 image: speed-up"] == "2.00×"


def test_why_masks_were_not_timed(make_cut, make_row, make_grid):
    """Once below the table; it says nothing where nobody asked."""
    cut = make_cut(latency=latency({"1": times(2.0, 1.0)}))
    rows = [make_row(realised=False, seed=seed, latency={"untimed": "so"}) for seed in range(2)]
    line = lines(latency_table(make_grid([cut, *rows])))[1]

    assert line["1 image: cut ms"] == "masked only: not realised"
    assert latency_table(make_grid([cut, *rows])).remark == "Masks were not timed: so."
    assert latency_table(make_grid([cut, make_row(realised=False)])).remark == ""


def test_controls_have_no_line(make_cut, make_grid):
    """They have their method's shape, so its times."""
    found = latency({"1": times(2.0, 1.0)})
    control = make_cut(method="random-channel", control_of="l1filter", latency=found)
    table = latency_table(make_grid([make_cut(latency=found), control]))

    assert [line["Method"] for line in lines(table)] == ["l1filter"]


def test_nothing_measured_no_table(make_cut, make_row, make_grid):
    """Runs without timing have no empty table."""
    assert latency_table(make_grid([make_cut(), make_row(realised=False)])) is None


def test_rows_of_several_machines_are_told_apart(make_cut, make_grid):
    """All devices are named, and how many environments there were."""
    one = latency({"1": times(2.0, 1.0)})
    other = latency({"1": times(2.0, 1.0)}, device="cuda", channels_last=False, environment="f")
    table = latency_table(make_grid([make_cut(latency=one), make_cut(seed=1, latency=other)]))

    assert "Device cpu, cuda, threads 1" in table.caption
    assert "channels last and channels first" in table.caption
    assert table.caption.endswith("Measured in 2 environments.")


def test_what_a_row_lacks_is_a_dash(make_cut, make_grid):
    """A row that somebody wrote by hand breaks no report."""
    rows = [make_cut(latency={"batches": {"1": {"dense": {"median": True}, "speedup": "fast"}}})]
    (line,) = lines(latency_table(make_grid(rows)))

    assert line["1 image: dense ms"] == line["1 image: cut ms"] == line["1 image: speed-up"] == "–"
