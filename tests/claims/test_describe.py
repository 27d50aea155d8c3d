"""Tests that describe and decide nothing."""

import pytest

from prunebench.claims.claim import Test
from prunebench.claims.describe import report


def test_one_cell_is_described_by_its_mean(make_cell):
    """Mean and interval over seeds, without p and without verdict."""
    (got,) = report(Test("report", "accuracy", {"protocol": "ticket"}), make_cell([90, 92]), {})

    assert (got.verdict, got.estimate, got.n, got.p) == ("REPORTED", pytest.approx(91.0), 2, None)
    assert got.low == pytest.approx(91 - 12.706, abs=1e-3)  # t(0.975; 1) = 12.706, sd / sqrt(2) = 1
    assert not got.decides


def test_two_cells_are_described_by_their_difference(make_cell):
    """As a test would, but with neither p nor verdict."""
    rows = [*make_cell([91] * 5, protocol="ticket"), *make_cell([90] * 5, protocol="random")]
    test = Test("report", "accuracy", {"protocol": "ticket"}, {"protocol": "random"})
    (got,) = report(test, rows, {})

    assert (got.verdict, got.estimate) == ("REPORTED", pytest.approx(1.0))
    assert (got.p, got.alternative, got.decides) == (None, "", False)


def test_a_missing_cell_is_named(make_cell):
    """There is nothing to describe."""
    (got,) = report(Test("report", "accuracy", {"protocol": "none"}), make_cell([90]), {})

    assert (got.verdict, got.notes) == ("NOT RUN", ("no row has protocol none",))


def test_a_cell_without_a_number_is_said_to_have_none(make_row):
    """Its rows ran and diverged."""
    (got,) = report(Test("report", "accuracy", {}), [make_row(status="diverged")], {})

    assert got.verdict == "REPORTED"
    assert got.notes == ("rows: 1 diverged", "seed 0 without a pair", "no number")


LARGEST = Test(
    "report", "accuracy", {"protocol": "finetune"}, {"method": "dense"}, margin=0.5, by="method"
)


@pytest.fixture
def removal_rows(make_cell, make_dense):
    """Give two methods at three densities: one keeps up to 80 % removed, the other never."""
    dense = [make_dense(seed=seed, test_accuracy_last=0.9) for seed in range(5)]
    kept = {0.5: 90, 0.2: 89.8, 0.1: 85}
    return [
        *dense,
        *(
            row
            for density, accuracy in kept.items()
            for method, loss in (("good", 0), ("bad", 5))
            for row in make_cell(
                [accuracy - loss] * 5,
                method=method,
                target=str(density),
                density=density,
                protocol="finetune",
            )
        ),
    ]


def test_the_largest_fraction_that_keeps_the_accuracy_is_found_per_method(removal_rows):
    """89.8 is not inferior to 90 by half a point, 85 is; the other method keeps nowhere."""
    good, bad = report(LARGEST, removal_rows, {})

    assert (good.title, good.estimate, good.unit) == (
        "good on mlp",
        pytest.approx(80.0),
        "removed %",
    )
    assert good.notes == (
        "80.0 % of the prunable weights can go with a loss of at most 0.5 points",
        "2 of 3 fractions not inferior",
    )
    assert (bad.title, bad.estimate, bad.verdict) == ("bad on mlp", None, "REPORTED")
    assert bad.notes[0] == "no fraction that was tried is shown to keep within 0.5 points"


def test_without_a_dense_row_nothing_can_be_said(removal_rows):
    """The cell that is missing is named."""
    rows = [row for row in removal_rows if row.method != "dense"]
    good, _ = report(LARGEST, rows, {})

    assert good.verdict == "NOT RUN"
    assert good.notes[0] == "no row has dataset digits, model mlp, recipe smoke, method dense"


def test_without_rows_the_cell_is_named(make_dense):
    """No method was fine-tuned."""
    (got,) = report(LARGEST, [make_dense()], {})

    assert got.verdict == "NOT RUN"
    assert got.notes == ("no row has protocol finetune",)
