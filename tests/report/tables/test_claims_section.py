"""Claims in a report."""

from dataclasses import replace

import pytest
from statsmodels.stats.power import TTestPower

from prunebench.claims.claim import Test
from prunebench.claims.declare import declaration
from prunebench.claims.file import parse_claims
from prunebench.claims.finding import Behind, Finding
from prunebench.report.tables.claim_cells import (
    behind_lines,
    cell_texts,
    kinds_text,
    line_cells,
    seeds_text,
    side_texts,
)
from prunebench.report.tables.claims_section import claims_tables

TEXT = """
[[claims]]
id = "C1"
title = "the ticket is better"
papers = "Nobody 2020"
[claims.t1]
benchmark = "bench"
note = "in small"
[[claims.t1.tests]]
rule = "superior"
x = { protocol = "ticket" }
y = { protocol = "finetune" }
[[claims.t1.tests]]
rule = "superior"
primary = false
x = { protocol = "finetune" }
y = { protocol = "ticket" }
[claims.t2]
benchmark = "bench"
[[claims.t2.tests]]
rule = "superior"
x = { protocol = "ticket" }
y = { protocol = "finetune" }
"""


@pytest.fixture
def claimed(record):
    """Give a factory of records of runs that declared the claim."""

    def make(tier="t1", text=TEXT, **experiment):
        file = parse_claims(text, "claims.toml")
        asked = {"benchmark": "bench", "tier": tier, "claims": ["C1"]} | experiment
        return replace(
            record, experiment=asked, claims=declaration(file, asked["claims"], asked["tier"])
        )

    return make


@pytest.fixture
def rows(make_row):
    """Give a ticket that is two points better than fine-tuning in all of five seeds."""
    return [
        make_row(protocol=protocol, seed=seed, trial=f"{protocol}{seed}", test_accuracy_last=value)
        for seed in range(5)
        for protocol, value in (("ticket", 0.92), ("finetune", 0.9))
    ]


def test_verdicts_stand_in_one_table(claimed, rows):
    """With the statement, its source, the declaration and the remarks."""
    verdicts, *_ = claims_tables(claimed(), rows, TEXT)

    assert [str(cell) for cell in verdicts.rows[0]] == [
        "C1",
        "CONFIRMED-T1",
        "the ticket is better",
        "Nobody 2020",
        "declared before training",
        "in small",
    ]
    assert verdicts.remark == (
        "This tier is a scaled-down experiment: it can show the direction of a claim and never "
        "refutes a paper. The claims file was stored with the run before its first training."
    )


def test_tests_stand_in_another_with_their_numbers(claimed, rows):
    """What all have in common stands in the caption; secondary tests are muted."""
    _, tests, _ = claims_tables(claimed(), rows, TEXT)
    first, second = tests.rows

    assert [cell.text for cell in first] == [
        "C1.1",
        "accuracy: ticket > finetune",
        "CONFIRMED-T1",
        "92.00 (± 0.00)",
        "90.00 (± 0.00)",
        "+2.00",
        "+2.00 to +2.00",
        "0.031",
        "0.031 of 1",
        "5",
    ]
    assert (first[1].marks, first[7].note, first[9].note) == ("", "signed-rank 0.031", "")
    assert "Claims are tested one-sided (> by one-sided sign-flip)." in tests.caption
    assert second[0].text == "C1.2"
    assert tests.footnotes == ()
    assert tests.muted == {1}


def test_what_is_particular_is_a_footnote_and_what_seeds_find_a_note(claimed, make_row):
    """Three seeds cannot decide, which is said once; a win of 1 ± 1 points was not confirmed."""
    trials = [
        make_row(protocol=protocol, seed=seed, trial=f"{protocol}{seed}", test_accuracy_last=value)
        for seed, gain in enumerate((0.0, 0.01, 0.02))
        for protocol, value in (("ticket", 0.9 + gain), ("finetune", 0.9))
    ]
    _, tests, _ = claims_tables(claimed(), trials, TEXT)
    sizes = TTestPower().solve_power(nobs=3, alpha=0.05, power=0.8, alternative="larger")

    assert [row[1].marks for row in tests.rows] == ["[1]", "[1]"]
    assert tests.footnotes == ("[1] 3 seeds cannot decide a test; 5 are needed.",)
    assert tests.rows[0][9].note == f"finds {sizes:.2f}"
    assert "the true difference that these seeds find" in tests.caption


def test_the_cells_are_folded_away(claimed, rows):
    """One line per test, by its name."""
    _, _, cells = claims_tables(claimed(), rows, TEXT)

    assert [[str(cell) for cell in row] for row in cells.rows] == [
        ["C1.1", "protocol ticket", "protocol finetune", "–"],
        ["C1.2", "protocol finetune", "protocol ticket", "–"],
    ]
    assert cells.folded


def test_the_papers_setting_needs_no_excuse(claimed, rows):
    """At T2 verdicts are full."""
    verdicts, *_ = claims_tables(claimed("t2"), rows, TEXT)

    assert verdicts.rows[0][1].text == "CONFIRMED"
    assert verdicts.remark == "The claims file was stored with the run before its first training."


def test_another_claims_file_is_told_of(claimed, rows):
    """The table says that the file is another, and the claim that its tests have changed."""
    changed = TEXT.replace('rule = "superior"', 'rule = "superior"\nmargin = 1', 1)
    verdicts, *_ = claims_tables(claimed(), rows, changed)

    assert "The claims file is not the one that was stored with the run" in verdicts.remark
    assert verdicts.rows[0][4].text.startswith("CHANGED SINCE TRAINING")


def test_a_run_that_stored_nothing_says_so(claimed, rows):
    """Its claims were not declared."""
    bare = replace(claimed(), claims={})
    verdicts, *_ = claims_tables(bare, rows, TEXT)

    assert verdicts.remark.endswith("No claims file was stored with this run.")
    assert verdicts.rows[0][4].text == "not declared before training"


def test_a_smoke_run_has_verdicts_and_no_tests(claimed, rows):
    """It only ran."""
    (verdicts,) = claims_tables(claimed("smoke"), rows, TEXT)

    assert verdicts.rows[0][1].text == "RAN"


@pytest.mark.parametrize("asked", [{"claims": []}, {"tier": ""}, {"claims": "C1"}])
def test_a_run_without_claims_has_no_table(claimed, rows, asked):
    """Nothing was to be decided."""
    run = claimed()
    run = replace(run, experiment=run.experiment | asked)

    assert claims_tables(run, rows, TEXT) == ()


def test_a_claim_that_the_file_has_not_is_left_out(claimed, rows):
    """An older or newer file may not know it."""
    run = claimed()
    run = replace(run, experiment=run.experiment | {"claims": ["C1", "C99"]})

    assert len(claims_tables(run, rows, TEXT)[0].rows) == 1


def written(unit, estimate, low, high, **given):
    """Write a finding of two sides at 2.0 and 1.0."""
    behind = (Behind({}, 2.0, 0.5, 5), Behind({}, 1.0, None, 5))
    quantity = {"log": "log_early_stop", "": "weight_distance"}.get(unit, "accuracy")
    test = Test(given.pop("rule", "superior"), quantity, {})
    finding = Finding(
        test, "t", "CONFIRMED", unit=unit, estimate=estimate, low=low, high=high, behind=behind
    )
    return line_cells(replace(finding, **given))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (written("points", 1, 0.5, 1.5), ["2.00 (± 0.50)", "1.00", "+1.00", "+0.50 to +1.50"]),
        (
            written("points", 0.285, -0.285, 0.125, behind=(Behind({}, 98.035, 0.005, 8),)),
            ["98.04 (± 0.01)", "–", "+0.29", "−0.29 to +0.13"],
        ),
        (written("log", 0.6931, 0, 1.0986), ["7", "3", "2.00×", "1.00× to 3.00×"]),
        (written("", 0.5, 0.25, None), ["2 (± 0.5)", "1", "0.5", "–"]),
        (
            written("kept %", 21.1, 13.5, 51.3, rule="argmin"),
            ["–", "–", "21.1 % kept", "13.5 to 51.3 % kept"],
        ),
        (written("removed %", 80, None, None), ["2.00 (± 0.50)", "1.00", "80.0 %", "–"]),
        (written("points", None, None, None, behind=()), ["–", "–", "–", "–"]),
    ],
)
def test_numbers_are_written_in_their_unit(cells, expected):
    """Points with signs, halves away from zero; logarithms as ratios; shares in percent."""
    assert cells[2:6] == expected


def test_the_seeds_of_printed_numbers_are_those_of_each_side():
    """Runs that are not stated are a question mark."""
    test = Test("superior", "accuracy", {})
    finding = Finding(test, "t", "CONSISTENT", behind=(Behind({}, n=5), Behind({})))

    assert seeds_text(finding) == "5 and ?"
    assert seeds_text(replace(finding, n=3)) == "3"
    assert seeds_text(replace(finding, behind=())) == "–"
    assert side_texts(finding) == ("–", "–")


METHOD = "magnitude[scope=global]"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([], ("–", "–", "–")),
        ([{"target": "0.5"}], ("target 0.5", "–", "–")),
        ([{"protocol": "a"}, {"protocol": "b"}], ("protocol a", "protocol b", "–")),
        (
            [{"method": METHOD, "target": "0.5", "protocol": p} for p in "ab"],
            ("protocol a", "protocol b", f"target 0.5, method {METHOD}"),
        ),
        (
            [{"method": "dense"}, {"method": METHOD, "protocol": "b"}],
            ("method dense", f"protocol b, method {METHOD}", "–"),
        ),
        (
            [{"method": "dense"}, *({"method": METHOD, "target": t} for t in ("0.5", "0.2"))],
            ("method dense; target 0.5; target 0.2", "–", f"method {METHOD}"),
        ),
    ],
)
def test_what_tells_cells_apart_comes_first(cells, expected):
    """What pruned networks share is written once, and long labels last; a ladder stands as x."""
    assert cell_texts(finding_of(cells)) == expected


def finding_of(cells, rule="superior"):
    """Make a finding with cells behind it."""
    behind = tuple(Behind(cell, 90.0, 0.5, 5) for cell in cells)
    return Finding(Test(rule, "accuracy", {}), "t", "CONFIRMED", unit="points", behind=behind)


def test_cells_can_be_written_in_lines():
    """Two sides are x and y, the steps of a ladder have numbers."""
    two = finding_of([{"protocol": "a"}, {"protocol": "b"}])
    three = finding_of([{"target": t} for t in ("0.5", "0.2", "0.1")], "argmin")

    assert behind_lines(two) == ["x = 90.00 (± 0.50): protocol a", "y = 90.00 (± 0.50): protocol b"]
    assert [line.partition(" =")[0] for line in behind_lines(three)] == ["1", "2", "3"]


def test_kinds_of_tests_are_named_once():
    """By the sign that stands between the cells; what has no p has no test."""
    findings = [
        finding_of([]),
        replace(finding_of([]), alternative="one-sided sign-flip, x > y"),
        replace(finding_of([]), alternative="one-sided sign-flip, x > y"),
        replace(finding_of([], "equivalent"), alternative="two one-sided t, |x - y| < 0.5"),
    ]

    assert kinds_text(findings) == "> by one-sided sign-flip; ≈ by two one-sided t"
