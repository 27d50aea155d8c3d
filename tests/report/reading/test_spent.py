"""Time and multiply-adds, each piece of work counted once."""

from dataclasses import replace

from prunebench.report.reading.spent import compute_table


def lines(table):
    """Give a table's cells as text."""
    return [[cell.text for cell in row] for row in table.rows]


def test_shared_work_is_counted_once(record, make_row, make_dense):
    """Two protocols share what was pruned; two rows may share a retraining; controls count too.

    Dense: 2 · 10 s. Pruning: 3 s for each of the two sizes. Retraining: 4 + 5 s at 0.5, where the
    third row is the second's own training under another name, and 6 s at 0.2.
    """
    dense = [make_dense(trial=f"d{s}", seed=s, seconds=10.0, dense_macs=100) for s in (0, 1)]
    shared = {"pruning_seconds": 3.0, "pruning_macs": 7}
    pruned = [
        make_row(trial="a", seconds=4.0, retraining_macs=40, **shared),
        make_row(trial="b", protocol="ticket", seconds=5.0, weights_digest="w", **shared),
        make_row(trial="c", protocol="again", seconds=5.0, weights_digest="w", **shared),
        make_row(trial="e", target="0.2", seconds=6.0, retraining_macs=20, **shared),
    ]
    table = compute_table(record, [*dense, *pruned])

    assert lines(table) == [
        ["dense training", "2", "20.0 s", "200"],
        ["pruning", "2", "6.0 s", "14"],
        ["retraining", "3", "15.0 s", "60"],
        ["in total", "7", "41.0 s", "274"],
    ]
    assert table.remark == "Wall time of the run: 1 min 15 s. Stages planned: 4 train."


def test_nothing_timed_is_no_table(record, make_row):
    """A run that failed altogether has taken nothing that anybody wrote down."""
    assert compute_table(replace(record, seconds=0.0), [make_row()]) is None


def test_an_unfinished_run_says_so(record, make_row):
    """Its wall time is not recorded yet; multiply-adds that no row tells are a dash."""
    table = compute_table(replace(record, seconds=0.0, stages={}), [make_row(seconds=1.0)])

    assert lines(table)[-1] == ["in total", "1", "1.0 s", "–"]
    assert table.remark == "Wall time of the run: not recorded. Stages planned: –."
