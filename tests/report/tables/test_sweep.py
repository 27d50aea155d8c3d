"""A swept rate is chosen by validation, and the reader sees among how many."""

import pytest

from prunebench.report.tables.sweep import chosen_rate, sweep_table

SWEPT = {"finetune_lrs": [0.01, 0.001]}


@pytest.fixture
def make_rate(make_row):
    """Give the rows of one rate: validation and test accuracy of every seed."""

    def make(rate, validation, test, **given):
        return [
            make_row(
                protocol=f"finetune[lr={rate:g}]",
                protocol_id="finetune",
                lr=rate,
                seed=seed,
                validation_accuracy=one,
                test_accuracy_selected=other,
                test_accuracy_last=other - 0.01,
                **given,
            )
            for seed, (one, other) in enumerate(zip(validation, test, strict=True))
        ]

    return make


def test_validation_chooses_even_where_test_would_not(make_rate, make_grid):
    """0.01 has 91 % on validation against 90 %; its lower test accuracy is what is reported."""
    rows = [
        *make_rate(0.01, [0.90, 0.92], [0.80, 0.82]),
        *make_rate(0.001, [0.90, 0.90], [0.89, 0.89]),
    ]
    table = sweep_table(make_grid(rows), SWEPT)

    assert [[str(cell) for cell in row] for row in table.rows] == [
        [
            "magnitude",
            "0.5",
            "2 · 0.001, 0.01",
            "0.01 · largest tried",
            "91.00",
            "81.00 (± 1.41)",
            "80.00 (± 1.41)",
        ]
    ]
    assert table.remark == (
        "Validation chose, never test. Every method and target had the same budget: 2 rates."
    )


def test_equal_rates_give_the_smaller_one(make_rate):
    """A tie needs a rule, and the rule does not look at the test."""
    rates = {0.01: make_rate(0.01, [0.9], [0.99]), 0.001: make_rate(0.001, [0.9], [0.1])}

    assert chosen_rate(rates) == 0.001


def test_unequal_budgets_are_said(make_rate, make_grid):
    """A method with three rates beside one with two is no equal search."""
    rows = [
        row
        for method, rates in (("magnitude", (0.1, 0.01)), ("obd", (0.1, 0.01, 0.001)))
        for rate in rates
        for row in make_rate(rate, [0.9], [0.9], method=method)
    ]

    assert "Budgets differ, from 2 to 3 rates." in sweep_table(make_grid(rows), SWEPT).remark


def test_without_validation_nothing_is_chosen(make_rate, make_grid):
    """Test accuracies must not fill the gap."""
    rows = [*make_rate(0.01, [None], [0.9]), *make_rate(0.001, [None], [0.8])]
    (line,) = sweep_table(make_grid(rows), SWEPT).rows

    assert [str(cell) for cell in line[3:]] == ["– · no validation", "–", "–", "–"]


def test_a_run_that_swept_nothing_has_no_such_table(make_rate, make_row, make_grid):
    """Two rates that were asked for by name are two protocols; one rate is no sweep."""
    rows = [*make_rate(0.01, [0.9], [0.9]), *make_rate(0.001, [0.9], [0.9])]

    assert sweep_table(make_grid(rows), {}) is None
    assert sweep_table(make_grid([make_row(lr=0.1)]), {"parts": [SWEPT]}) is None
    assert sweep_table(make_grid(rows), {"parts": [SWEPT]}) is not None
