import json
import subprocess
import sys
from dataclasses import replace

import pytest

from prunebench.errors import SpecError
from prunebench.report.grid import grids
from prunebench.report.tables.accuracy import summary_table
from prunebench.report.view import make_report


def test_a_run_without_rows_has_no_report(record):
    """The message names the run and what to do."""
    with pytest.raises(SpecError, match=r"'20260101T000000Z-aaaa' has no results yet"):
        make_report(record, [])


def test_the_run_in_numbers(record, make_row):
    """Trials by status, seeds, sharing, time."""
    rows = [make_row(), make_row(seed=1), make_row(seed=1, draw=1, status="failed")]

    facts = {f.label: (f.value, f.remark) for f in make_report(record, rows).facts}

    assert facts["Trials"] == ("3", "2 ok, 1 failed")
    assert facts["Seeds"] == ("2", "")
    assert facts["Trainings"] == ("6", "9 without sharing, 33 % saved")
    assert facts["Wall time"] == ("1 min 15 s", "")


def test_nothing_planned_is_no_division_by_zero(record, make_row):
    """A record of rows gathered elsewhere may know of no trainings."""
    bare = replace(record, trainings_naive=0, trainings_planned=0, skipped=())
    report = make_report(bare, [make_row()])

    assert ("0", "") in [(fact.value, fact.remark) for fact in report.facts]
    assert [table.title for table in report.appendix] == ["Environment"]
    assert report.checklist.title == "Checklist"


def test_each_pair_of_data_set_and_model_has_a_section(record, make_row, make_dense):
    """Sections have the dense network's numbers; without it they have none."""
    rows = [
        make_dense(test_accuracy_last=0.9, params_dense=266610, macs_dense=266200),
        make_row(),
        make_row(dataset="other"),
    ]
    digits, other = make_report(record, rows).sections

    assert [(fact.value, fact.remark) for fact in digits.facts] == [
        ("90.00", "n = 1"),
        ("266,610", ""),
        ("266,200", "for one image"),
    ]
    assert other.facts == ()
    assert [table.title for table in other.details] == ["Budget", "Measured size"]


def test_a_run_of_dense_networks_alone_is_reported(record, make_dense):
    """Nothing was pruned, so there is nothing to say of budgets and sizes."""
    (section,) = make_report(record, [make_dense(test_accuracy_last=0.9)]).sections

    assert len(section.tables[0].rows) == 1
    assert section.details == ()


def test_the_environment_is_written_in_one_line_each(record, make_row):
    """Nested values are JSON; an empty text is a dash."""
    odd = replace(record, environment={"plugins": {"a": [1, None]}, "commit": ""})
    table = make_report(odd, [make_row()]).appendix[-1]

    assert [[str(cell) for cell in row] for row in table.rows] == [
        ["commit", "–"],
        ["plugins", '{"a": [1, null]}'],
    ]


def test_the_environment_is_short_and_says_what_is_foreign(record, make_row):
    """Plugins are counted by distribution; rows of another machine are counted with its id."""
    plugins = ["l1filter of prunebench 0.1.0", "obd of prunebench 0.1.0", "far of away 2"]
    odd = replace(record, environment={"id": "abc", "gpu": None, "plugins": plugins})
    rows = [make_row(environment="abc"), make_row(seed=1, environment="def")]
    table = make_report(odd, rows).appendix[-1]

    assert [[str(cell) for cell in row] for row in table.rows] == [
        ["gpu", "none"],
        ["id", "abc"],
        ["plugins", "2 of prunebench 0.1.0, 1 of away 2"],
    ]
    assert table.remark == "1 row was measured in another environment: def."
    assert make_report(odd, rows[:1]).appendix[-1].remark == ""


def test_resolved_settings_are_those_of_the_rows(record, make_row, make_dense):
    """One block for each data set and model; what belongs to a trial alone stays out."""
    used = {"dataset": {"name": "digits"}, "model": {"name": "mlp"}, "training": {"steps": 9}}
    rows = [make_row(settings=used | {"seed": 0}), make_dense(settings=used)]
    (section,) = make_report(record, rows).sections

    assert json.loads(section.settings) == used
    assert make_report(record, [make_row()]).sections[0].settings == ""


def test_the_closing_table_follows_the_order_asked_for(record, make_row):
    """The record's experiment gives the order of the protocols."""
    rows = [make_row(protocol=p, test_accuracy_last=0.9) for p in ("ticket", "finetune")]

    table = summary_table(grids(rows, record.experiment))

    assert table[0][-2:] == ["finetune", "ticket"]


def test_the_closing_table_needs_neither_torch_nor_matplotlib():
    """The command line prints it at the end of every run."""
    code = (
        "import sys, prunebench.report.tables.accuracy, prunebench.report.grid\n"
        "assert not {'torch', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "import prunebench.report.render\n"
        "assert 'torch' not in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
