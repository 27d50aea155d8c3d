from dataclasses import replace
from math import log

import pytest
from statsmodels.stats.power import TTestPower

from prunebench.claims.printed import as_row
from prunebench.errors import SpecError
from prunebench.experiment.layout import read_layouts
from prunebench.report.papers.said import Measured, check_statements, contains, formed, read_said
from prunebench.statistics.paired import paired

BETTER = {
    "published": {"quantity": "better by"},
    "quantity": "accuracy",
    "x": {"protocol": "ticket"},
    "y": {"method": "dense"},
    "tiers": {"t1": {"target": "0.263"}},
}
EARLIER = BETTER | {"published": {"quantity": "earlier by"}, "quantity": "log_early_stop"}
COLUMNS = "dataset,model,quantity,kept_percent,value,unit,standing,source,footnote\n"
TABLE = {
    "kind": "statements",
    "id": "text",
    "title": "In numbers",
    "caption": "What the text says.",
    "reference": "frankle2019",
}


def said(quantity, value="", unit=""):
    """Make one row of a reference."""
    row = {"dataset": "MNIST", "model": "LeNet", "quantity": quantity, "value": value, "unit": unit}
    return as_row(row, "f", "here")


def layout(statement):
    """Read a layout of one statement."""
    (found,) = read_layouts([TABLE | {"statements": [statement]}], "x.toml")
    return found


def test_the_ends_of_an_interval_stay_in_order():
    """Ratios from a quarter to one is from 75 % less to 0 % less."""
    evidence = replace(paired([-log(2)] * 3), low=-log(4), high=0.0, sd=log(2))
    less, ratio = formed(evidence, "less"), formed(evidence, "times")
    size = TTestPower().solve_power(nobs=3, alpha=0.05, power=0.8)

    assert [less.value, less.low, less.high] == pytest.approx([50, 0, 75])
    assert [ratio.value, ratio.low, ratio.high] == pytest.approx([0.5, 0.25, 1])
    assert log(ratio.finds) == pytest.approx(size * log(2), rel=1e-4)


def test_without_an_interval_nothing_lies_in_it():
    """One seed, or a statement without number and bound."""
    (one,) = layout(BETTER).statements
    row = said("better by", "1.5", "points")

    assert contains(Measured(4.0), one, row) is None
    assert contains(Measured(4.0, 1.0, 2.0), one, said("better by")) is None
    assert contains(Measured(4.0, 1.5, 2.0), one, row) is True


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            BETTER | {"published": {"quantity": "worse by"}},
            "b, text, statements[0]: no statement has quantity worse by; name one of "
            "frankle2019.csv.",
        ),
        (
            BETTER | {"published": {"dataset": "MNIST"}},
            "b, text, statements[0]: several statements have dataset MNIST; ",
        ),
        (
            BETTER | {"published": {"quantiti": "better by"}},
            "b, text, statements[0]: unknown column 'quantiti'; did you mean 'quantity'?",
        ),
        (
            BETTER | {"x": {"protokol": "ticket"}},
            "b, text, statements[0]: unknown column 'protokol'; did you mean 'protocol'?",
        ),
        (
            BETTER | {"tiers": {"t1": {"targett": "0.5"}}},
            "b, text, statements[0]: unknown column 'targett'; did you mean 'target'?",
        ),
        (
            EARLIER | {"published": {"quantity": "better by"}},
            "b, text, statements[0]: log_early_stop cannot be given in points; choose another "
            "quantity.",
        ),
    ],
)
def test_a_statement_must_be_published_and_measurable(statement, sentence):
    """Else the layout is refused, with the place and what is wrong."""
    rows = [
        said("better by", "1.5", "points"),
        said("earlier by", "38", "percent"),
    ]
    with pytest.raises(SpecError) as caught:
        check_statements(layout(statement), rows, "b")

    assert str(caught.value).startswith(sentence)


def test_a_file_of_statements_is_read(tmp_path):
    """Numbers as numbers; what is no such file is told."""
    path = tmp_path / "text.csv"
    path.write_text(f"{COLUMNS}MNIST,LeNet,better by,13.5,,points,read,A book,\n")
    (row,) = read_said(path)

    assert (row["kept_percent"], row["value"], row["reference"]) == (13.5, None, "text")

    path.write_text("dataset,model\n")
    with pytest.raises(SpecError, match="lacks the column 'quantity'"):
        read_said(path)
    path.write_text(f"{COLUMNS}MNIST,LeNet,better by,much,,points,read,A book,\n")
    with pytest.raises(SpecError, match="kept_percent must be a number, got 'much'"):
        read_said(path)
    path.write_bytes(b"\xff")
    with pytest.raises(SpecError, match="is no table of comma-separated values"):
        read_said(path)
    with pytest.raises(SpecError, match="cannot read the published statements"):
        read_said(tmp_path / "none.csv")
