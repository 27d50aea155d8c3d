"""Tables of metrics, each cell worked by hand."""

from dataclasses import replace

import pytest

from prunebench.report.pages import to_page
from prunebench.report.tables.metric_tables import metric_tables
from prunebench.report.view import make_report
from prunebench.results.metric import Printed

ECE = Printed("ece", "Guo 2017, equation 3", "%", 100.0, 1, "lower")
MARGIN = Printed("margin")
PERCENT = {"unit": "%", "scale": 100.0, "decimals": 1, "direction": "lower", "paper": "Guo 2017"}


def lines(table):
    """Give a table as lists of texts, headings first."""
    return [[column.title for column in table.columns], *([*map(str, row)] for row in table.rows)]


def test_one_table_by_hand(make_row, make_dense, make_grid):
    """Seeds 0.02 and 0.04: mean 3 %, deviation sqrt(2 · 0.01²) = 1.414 %; dense 0.015 rounds up."""
    rows = [
        make_row(seed=0, metrics={"ece": 0.02}),
        make_row(seed=1, metrics={"ece": 0.04}),
        make_row(seed=0, protocol="ticket", metrics={"ece": 0.5}),
        make_row(seed=1, protocol="ticket", metrics={"ece": 0.5}),
        make_dense(seed=0, metrics={"ece": 0.0125}),
        make_dense(seed=1, metrics={"ece": 0.0125}),
    ]
    (table,) = metric_tables(make_grid(rows), [ECE, MARGIN])

    assert table.title == "Metric ece (%)"
    assert table.caption == (
        "In %, ↓ lower is better; at the last step: mean (± sample standard deviation), "
        "2 seeds unless a cell says otherwise. Guo 2017, equation 3."
    )
    assert lines(table) == [
        ["Method", "Target", "Dense", "finetune", "ticket"],
        ["dense", "", "1.3 (± 0.0)", "", ""],
        ["magnitude", "0.5", "", "3.0 (± 1.4)", "50.0 (± 0.0)"],
    ]


def test_a_metric_without_facts_is_printed_as_it_is(make_row, make_dense, make_grid):
    """Two digits, no unit, no arrow, no source; dense networks without a value have no line."""
    rows = [make_row(metrics={"margin": -0.001}), make_dense()]
    (table,) = metric_tables(make_grid(rows), [MARGIN])

    assert table.title == "Metric margin"
    assert table.caption == (
        "Without a unit; at the last step: mean (± sample standard deviation), one seed, so "
        "without deviation."
    )
    assert lines(table) == [["Method", "Target", "finetune"], ["magnitude", "0.5", "0.00"]]


def test_what_is_missing_is_said(make_row, make_grid):
    """A seed whose metric failed, one that diverged, a protocol without any value."""
    rows = [
        make_row(seed=0, metrics={"ece": 0.1}),
        make_row(seed=1, reason="'ece of it' failed: no"),
        make_row(seed=0, protocol="random", metrics={"ece": 0.1}),
        make_row(seed=1, protocol="random", status="diverged"),
        make_row(seed=0, protocol="ticket", status="failed"),
        make_row(seed=1, protocol="ticket", status="failed"),
    ]
    (table,) = metric_tables(make_grid(rows), [ECE])

    assert lines(table)[1] == [
        "magnitude",
        "0.5",
        "10.0",
        "10.0 · 1 of 2 seeds; 1 diverged",
        "failed · 0 of 2 seeds; 2 failed",
    ]


def test_controls_are_muted(make_row, make_grid):
    """They stand below their method, set apart."""
    rows = [
        make_row(metrics={"ece": 0.1}),
        make_row(method="random-mask", control_of="magnitude", metrics={"ece": 0.2}),
    ]
    (table,) = metric_tables(make_grid(rows), [ECE])

    assert [line[0] for line in lines(table)[1:]] == ["magnitude", "random-mask · control"]
    assert table.muted == {1}


@pytest.mark.parametrize("form", ["md", "html", "tex"])
def test_every_format_has_them(form, make_row, make_dense, record, request):
    """Units, arrows and numbers are the same in each, whatever a stranger calls his metric."""
    hostile = "<script>|x[a=1]"
    rows = [
        make_row(metrics={"ece": 0.0321, hostile: 0.5}),
        make_dense(metrics={"ece": 0.0123}),
    ]
    told = replace(record, metrics={"ece": PERCENT, hostile: {"unit": "<b>", "direction": "up"}})
    report = make_report(told, rows)
    page = to_page(report, {section.slug: () for section in report.sections}, form)
    reader = {"md": "read_markdown", "html": "read_page", "tex": "read_latex"}[form]
    read = request.getfixturevalue(reader)(page)
    found = [[cell.strip() for cell in row] for table in read.tables for row in table]

    assert ["magnitude", "0.5", "", "3.2"] in found
    assert ["dense", "", "1.2", ""] in found
    assert ["magnitude", "0.5", "0.50"] in found
    assert "<script>" not in page
    assert ("↓ lower is better" in page) == (form != "tex")
