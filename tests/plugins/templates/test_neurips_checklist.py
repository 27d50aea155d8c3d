"""The drafted checklist: every answer is the run's own, and what is not recorded is said to be."""

from prunebench.report.own_pages import own_pages
from prunebench.report.template import brought
from prunebench.report.view import make_report
from prunebench.results.measurement import Measurement
from prunebench.results.record import RunRecord
from prunebench.testing import parametrize_with_checks
from prunebench.testing.templates import bare_record, row, whole_record, whole_rows
from prunebench_plugins.templates.neurips_checklist import prunebench_report_templates

[TEMPLATE] = prunebench_report_templates()


@parametrize_with_checks([TEMPLATE])
def test_conformance(check):
    """It passes what every template must."""
    check()


def draft(record: RunRecord, rows: tuple[Measurement, ...]) -> dict[str, str]:
    """Write the Markdown page over a run; gives its parts by title."""
    pages = own_pages(brought(TEMPLATE, ""), make_report(record, rows), {})
    parts = pages["neurips-checklist.md"].split("\n## ")[1:]
    return {part.partition("\n")[0].partition(". ")[2]: part for part in parts}


def test_answers_are_the_runs_own():
    """Seeds, error bars, settings, data and compute stand in it as the run recorded them."""
    parts = draft(whole_record(), whole_rows())

    assert list(parts) == [
        "Claims",
        "Limitations",
        "Reproducibility",
        "Data and code, versions and licences",
        "Experimental setting",
        "Error bars and randomness",
        "Compute",
    ]
    assert "- Seeds: 0, 1.\n" in parts["Claims"]
    assert "- There are 2 seeds (0 and 1), fewer than the 5" in parts["Limitations"]
    assert "- Code: commit c.\n" in parts["Reproducibility"]
    assert "100 of the training images, by seed" in parts["Data and code, versions and licences"]
    assert "| mlp on" in parts["Experimental setting"]
    assert (
        "- Error bars: sample standard deviation over 2 seeds;"
        in parts["Error bars and randomness"]
    )
    # two dense trainings of 2 s, and 2 methods at 2 sizes on 2 seeds of 1 s
    assert "| dense training | 2 | 4.0 s |" in parts["Compute"]
    assert "| retraining | 8 | 8.0 s |" in parts["Compute"]
    assert "Wall time of the run: 1 min 15 s." in parts["Compute"]


def test_what_is_not_recorded_is_said():
    """A run that says nothing of itself has no answer made up for it."""
    parts = draft(bare_record(), (row(trial="t"),))

    assert "- Command: not recorded.\n" in parts["Reproducibility"]
    assert "- Data sets: not recorded.\n" in parts["Data and code, versions and licences"]
    assert "- Training: not recorded.\n" in parts["Experimental setting"]
    assert "- What a seed decides: not recorded.\n" in parts["Error bars and randomness"]
    assert "- The machine: not recorded.\n" in parts["Compute"]
    assert "- Times: not recorded.\n" in parts["Compute"]
