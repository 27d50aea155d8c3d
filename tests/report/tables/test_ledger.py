from prunebench.report.tables.ledger import budget_table, size_table

SAVED = "Saved by cutting %"


def lines(table):
    """Give a table as dictionaries from heading to text."""
    titles = [column.title for column in table.columns]
    return [dict(zip(titles, map(str, row), strict=True)) for row in table.rows]


def test_budget_by_hand(make_row, make_grid):
    """Means over seeds; compute relative to dense training; R with its cap."""
    rows = [
        make_row(
            seed=seed,
            protocol="scratch-b",
            dense_epochs=160.0,
            pruning_epochs=0.0,
            epochs=epochs,
            total_epochs=160.0 + epochs,
            dense_macs=1000,
            retraining_macs=macs,
            budget_ratio=ratio,
            budget_cap=2.0,
            lr=0.1,
            seconds=60.0,
        )
        for seed, epochs, macs, ratio in ((0, 300.0, 900, 1.9), (1, 310.0, 1000, 2.0))
    ]
    (line,) = lines(budget_table(make_grid(rows)))

    assert line == {
        "Method": "magnitude",
        "Target": "0.5",
        "Protocol": "scratch-b",
        "Dense": "160",
        "Pruning": "0",
        "Retraining": "305",
        "Total": "465",
        "Compute": "0.95×",
        "R": "1.95",
        "Cap": "2",
        "Rate": "0.1",
        "Retraining time": "1 min 00 s",
    }


def test_budget_shows_what_differs_from_the_recipe(make_row, make_grid):
    """Overrides, init scale and a lifted cap are printed; unknown compute is a dash."""
    rows = [
        make_row(protocol="a", overridden="lr=0.01", lr=0.01),
        make_row(protocol="b", scale="sparse-he", dense_macs=0, retraining_macs=5),
        make_row(protocol="c", budget_ratio=20.0),
    ]
    a, b, c = lines(budget_table(make_grid(rows)))

    assert (a["Overrides"], a["Rate"], a["Cap"], a["R"]) == ("lr=0.01", "0.01", "–", "–")
    assert (b["Init scale"], b["Compute"]) == ("sparse-he", "–")
    assert (c["R"], c["Cap"]) == ("20", "none")


def test_columns_that_say_nothing_are_left_out(make_row, make_grid):
    """Without Scratch-B there is no R and no cap, and the caption does not explain them."""
    table = budget_table(make_grid([make_row(lr=0.1)]))
    lengthened = budget_table(make_grid([make_row(budget_ratio=1.5)]))

    assert not {"R", "Cap", "Overrides", "Init scale"} & set(lines(table)[0])
    assert "Scratch-B" not in table.caption
    assert {"R", "Cap"} <= set(lines(lengthened)[0])
    assert "lengthens Scratch-B" in lengthened.caption


def test_only_cut_channels_save(make_row, make_grid):
    """A mask saves no multiply-add of the network that is run, whatever it leaves in theory."""
    sizes = {"params_dense": 1000, "macs_dense": 8000}
    rows = [
        make_row(method="cut", realised=True, macs_physical=2000, macs_sparse=2000, **sizes),
        make_row(method="mask", realised=False, macs_physical=8000, macs_sparse=2000, **sizes),
        make_row(method="none", status="failed"),
    ]
    cut, mask, none = lines(size_table(make_grid(rows)))

    assert (cut["Removal"], cut[SAVED], cut["Run"]) == ("cut", "75.0", "2,000")
    assert (mask["Removal"], mask[SAVED]) == ("masked only", "none")
    assert (mask["Multiply-adds"], mask["Kept only"]) == ("8,000", "2,000")
    assert (none["Removal"], none[SAVED], none["Kept"]) == ("–", "–", "–")


def test_masks_that_ran_sparse_are_not_denied(make_row, make_grid):
    """With dense kernels they save nothing; what a sparse backend saves stands elsewhere."""
    plain, timed = (
        size_table(make_grid([make_row(latency=latency)])).caption
        for latency in ({}, {"backend": "csr"})
    )

    assert "Masks save nothing when the network runs, only" in plain
    assert "Masks save nothing when the network runs with dense kernels, only" in timed


def test_a_missed_target_is_said(make_row, make_grid):
    """Units that are missing stand beside what was kept."""
    rows = [make_row(prunable_kept=500, shortfall=12)]

    assert lines(size_table(make_grid(rows)))[0]["Prunable kept"] == "500 · 12 off target"
