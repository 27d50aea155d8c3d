"""Long labels become short names that are still told apart, and never those of others."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from prunebench.experiment.choice import Choice
from prunebench.report.called import LONG, called, short_names
from prunebench.report.view import make_report

PLAIN = "magnitude-iterative[output_rate=0.271,rate=0.488]"
ONE_SHOT = "magnitude-iterative[between=nothing,output_rate=0.271,rate=0.488]"
FINETUNED = "magnitude-iterative[between=finetune,scope=global]"


def test_the_settings_that_differ_are_kept():
    """One setting tells these three apart; short labels stay, and so does one without settings."""
    found = short_names([PLAIN, ONE_SHOT, FINETUNED, "obd[rounds=0]", "m" * 50])

    assert found == {
        PLAIN: "magnitude-iterative[…]",
        ONE_SHOT: "magnitude-iterative[between=nothing,…]",
        FINETUNED: "magnitude-iterative[between=finetune,…]",
    }


def test_a_short_namesake_counts_too():
    """It is told from the long ones although it stays as it is."""
    short = "magnitude-iterative[rate=0.5]"

    assert short_names([PLAIN, short]) == {PLAIN: "magnitude-iterative[output_rate=0.271,…]"}


@given(
    st.sets(
        st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 3), min_size=1).map(
            lambda settings: Choice("a-method-with-a-rather-long-name-of-its-own", settings).label
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_two_methods_get_one_name(labels):
    """Different labels stay different, whatever their settings are."""
    found = short_names(labels)

    assert len({found.get(label, label) for label in labels}) == len(labels)
    assert all(len(label) > LONG for label in found)


def test_rows_and_experiment_are_renamed_together(record, make_row):
    """Controls and penalties, too; a run of short labels is left as it is."""
    rows = [
        make_row(method=ONE_SHOT),
        make_row(method=f"random-mask like {ONE_SHOT}", control_of=ONE_SHOT),
        make_row(method="dense", regularized_by=ONE_SHOT),
    ]
    run, (own, control, dense) = called(replace(record, experiment={"methods": [ONE_SHOT]}), rows)
    name = "magnitude-iterative[…]"

    assert run.experiment["methods"] == [name]
    assert (own.method, control.method, control.control_of, dense.regularized_by) == (
        name,
        f"random-mask like {name}",
        name,
        name,
    )
    assert called(record, [make_row()]) == (record, [make_row()])


def test_a_report_says_the_whole_label_once(record, make_row):
    """Tables and findings have the short name, the table of methods the label with its settings."""
    told = {"method": {"name": "magnitude-iterative", "settings": {"rate": 0.488}}}
    report = make_report(record, [make_row(method=PLAIN, settings=told)])
    methods = next(table for table in report.appendix if table.title == "Methods")

    assert report.sections[0].tables[0].rows[0][0].text == "magnitude-iterative[…]"
    assert "prunes by magnitude-iterative[…]" in report.findings[0]
    assert methods.rows[0][0].text == PLAIN
