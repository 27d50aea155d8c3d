import pytest

from prunebench.report.tables.accuracy import main_table, selected_table, summary_table, top5_table


def texts(table):
    """Give a table as lines of texts, without its headings."""
    return [[str(cell) for cell in row] for row in table.rows]


@pytest.fixture
def rows(make_row, make_dense):
    """Give two protocols at one target, two seeds, and the dense network, in round numbers."""
    pruned = [
        make_row(
            seed=seed,
            protocol=protocol,
            density=0.2,
            target="0.2",
            test_accuracy_last=accuracy,
            accuracy_after_pruning=0.3 + 0.1 * seed,
            compression_ratio=4.9,
            theoretical_speedup=4.0,
        )
        for protocol, accuracies in (("finetune", (0.90, 0.92)), ("ticket", (0.91, 0.95)))
        for seed, accuracy in enumerate(accuracies)
    ]
    dense = [make_dense(seed=s, test_accuracy_last=a) for s, a in ((0, 0.935), (1, 0.945))]
    return [*pruned, *dense]


def test_main_table_by_hand(rows, make_grid):
    """Deviations of pairs are half their distance times the square root of 2."""
    table = main_table(make_grid(rows))

    assert [column.title for column in table.columns] == [
        "Method",
        "Target",
        "Removed %",
        "Kept %",
        "Compression",
        "Speed-up",
        "Before retraining",
        "finetune",
        "ticket",
    ]
    assert texts(table) == [
        ["dense", "", "0.0", "100.00", "–", "–", "94.00 (± 0.71)", "", ""],
        [
            "magnitude",
            "0.2",
            "80.0",
            "20.00",
            "4.90×",
            "4.00×",
            "35.00 (± 7.07)",
            "91.00 (± 1.41)",
            "93.00 (± 2.83)",
        ],
    ]
    assert "2 seeds unless a cell says otherwise" in table.caption


def test_one_seed_stands_without_deviation(make_row, make_grid):
    """No ± 0.00 for a single run, and the caption says why."""
    table = main_table(make_grid([make_row(test_accuracy_last=0.9)]))

    assert texts(table)[0][-1] == "90.00"
    assert "one seed, so without deviation" in table.caption


def test_unequal_numbers_of_seeds_stand_in_the_cells(rows, make_grid):
    """Where cells stand on different numbers of seeds each says its own."""
    table = main_table(make_grid(rows[:-1]))

    assert texts(table)[0][6] == "93.50 · n = 1"
    assert texts(table)[1][7] == "91.00 (± 1.41) · n = 2"
    assert "number of seeds n beside each" in table.caption


def test_lost_trials_are_counted_in_their_cell(make_row, make_grid):
    """A mean over what is left says what is missing; without anything left it says why."""
    trials = [
        make_row(seed=0, test_accuracy_last=0.90),
        make_row(seed=1, test_accuracy_last=0.92),
        make_row(seed=2, status="diverged"),
        make_row(seed=3, status="failed"),
        make_row(seed=4, status="failed"),
        make_row(protocol="ticket", status="blocked"),
        make_row(protocol="ticket", status="collapsed", seed=1, test_accuracy_last=0.1),
        make_row(protocol="random"),
    ]
    (line,) = texts(main_table(make_grid(trials, protocols=["finetune", "ticket", "random"])))

    assert line[-3] == "91.00 (± 1.41) · 2 of 5 seeds; 1 diverged, 2 failed"
    assert line[-2] == "10.00 · 1 of 2 seeds; 1 blocked, 1 collapsed"
    assert line[-1] == "–"


def test_a_lost_draw_leaves_its_seed(make_row, make_grid):
    """Seeds are counted, not draws, and the lost draw is mentioned."""
    rows = [
        make_row(draw=0, test_accuracy_last=0.8),
        make_row(draw=1, status="diverged"),
        make_row(seed=1, test_accuracy_last=0.9),
    ]
    (line,) = texts(main_table(make_grid(rows)))

    assert line[-1] == "85.00 (± 7.07) · 2 of 2 seeds; 1 diverged"


def test_combinations_that_were_not_tried_are_dashes(make_row, make_grid):
    """A hole in the grid is no zero."""
    rows = [make_row(test_accuracy_last=0.9), make_row(method="obd", protocol="ticket")]

    assert [line[-2:] for line in texts(main_table(make_grid(rows)))] == [
        ["90.00", "–"],
        ["–", "–"],
    ]


def test_selected_table_gives_the_validation_beside(make_row, make_grid):
    """Test and validation accuracy at the step that validation chose."""
    rows = [
        make_row(seed=s, test_accuracy_selected=0.90 + s / 100, validation_accuracy=0.80)
        for s in (0, 2)
    ]

    table = selected_table(make_grid(rows))

    assert texts(table) == [["magnitude", "0.5", "91.00 (± 1.41) · validation 80.00"]]


def test_selected_table_begins_with_the_dense_network(make_row, make_grid):
    """Tickets are compared with the dense network at its own selected step."""
    common = {"test_accuracy_selected": 0.90, "validation_accuracy": 0.80}
    dense = make_row(method="dense", method_id="dense", protocol="dense", target="", **common)

    table = selected_table(make_grid([dense, make_row(**common)]))

    assert texts(table) == [
        ["dense", "", "90.00 · validation 80.00", ""],
        ["magnitude", "0.5", "", "90.00 · validation 80.00"],
    ]


def test_tables_without_numbers_are_left_out(rows, make_grid):
    """Without validation nothing was selected; top-5 is measured from 100 classes on."""
    assert selected_table(make_grid(rows)) is None
    assert top5_table(make_grid(rows)) is None


def test_top5_has_a_table_of_its_own(make_row, make_grid):
    """Top-5 accuracies stand beside top-1 where there are many classes."""
    table = top5_table(make_grid([make_row(test_top5_last=0.99, test_accuracy_last=0.9)]))

    assert texts(table) == [["magnitude", "0.5", "99.00"]]


def test_the_summary_repeats_the_numbers_of_the_main_table(rows, make_row, make_grid):
    """The terminal shows the report's own texts; a protocol tried elsewhere is a dash."""
    other = make_grid([make_row(dataset="other", protocol="random", test_accuracy_last=0.5)])

    lines = summary_table([make_grid(rows), other])
    protocols = ["finetune", "ticket", "random"]
    pruned = ["91.00 (± 1.41)", "93.00 (± 2.83)", "–"]

    assert lines == [
        ["Data set", "Model", "Method", "Target", "Kept %", "Before retraining", *protocols],
        ["digits", "mlp", "dense", "", "100.00", "94.00 (± 0.71)", "", "", "–"],
        ["digits", "mlp", "magnitude", "0.2", "20.00", "35.00 (± 7.07)", *pruned],
        ["other", "mlp", "magnitude", "0.5", "50.00", "–", "–", "–", "50.00"],
    ]
