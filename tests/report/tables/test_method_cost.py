from prunebench.report.tables.ledger import budget_table
from prunebench.report.tables.method_cost import cost_table


def lines(table):
    """Give a table as dictionaries from heading to text."""
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, map(str, row), strict=True)) for row in table.rows]


def test_cost_by_hand(make_row, make_grid):
    """Means over seeds, in units a person reads."""
    cost = {"method_seconds": 90.0, "method_memory": 3 * 2**20}
    rows = [
        make_row(seed=0, method_samples=1000, **cost),
        make_row(seed=1, method_samples=2000, **cost),
    ]

    assert lines(cost_table(make_grid(rows))) == [
        {
            "Method": "magnitude",
            "Target": "0.5",
            "Time": "1 min 30 s",
            "Training images": "1,500",
            "Peak memory": "3.0 MiB",
        }
    ]


def test_tuned_settings_are_printed_with_what_they_were_for(make_row, make_grid):
    """The value of each seed was searched for; the compute is relative to dense training."""
    tuned = {
        "method": "sss",
        "tuned_setting": "gamma",
        "tuning_epochs": 40.0,
        "tuning_macs": 500,
        "dense_macs": 1000,
        "tuning_seconds": 7.0,
        "method_seconds": 0.5,
    }
    one = make_row(tuned_value=0.013, **tuned)
    both = [one, make_row(tuned_value=0.0170001, seed=1, **tuned), make_row(method="obd")]
    (alone,) = lines(cost_table(make_grid([one])))
    obd, pair = lines(cost_table(make_grid(both)))

    assert alone["Tuned setting"] == "gamma = 0.013 · found for density 0.5"
    assert pair["Tuned setting"] == "gamma = 0.013 to 0.017 · found for density 0.5"
    assert (pair["Tuning epochs"], pair["Tuning compute"]) == ("40", "0.50×")
    assert pair["Tuning time"] == "7.0 s"
    assert (obd["Tuned setting"], obd["Tuning compute"], obd["Time"]) == ("–", "–", "–")


def test_compute_without_dense_training_is_unknown(make_row, make_grid):
    """Given weights cost nothing here, so nothing is relative to them."""
    row = make_row(
        tuned_setting="gamma", tuned_value=1.0, tuning_macs=5, dense_macs=0, method_seconds=1.0
    )

    assert lines(cost_table(make_grid([row])))[0]["Tuning compute"] == "–"


def test_nothing_measured_no_table(make_row, make_grid):
    """Rows of older runs know no cost of the method."""
    assert cost_table(make_grid([make_row()])) is None


def test_the_budget_counts_the_tuning_where_there_is_some(make_row, make_grid):
    """Totals hold it, so it has a column; without any tuning it has none."""
    row = make_row(tuned_setting="gamma", tuning_epochs=40.0, total_epochs=60.0)
    (tuned,) = lines(budget_table(make_grid([row])))
    (plain,) = lines(budget_table(make_grid([make_row()])))

    assert (tuned["Tuning"], tuned["Total"]) == ("40", "60")
    assert "Tuning" not in plain
