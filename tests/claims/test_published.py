"""The papers' own numbers under the same rules: the results that were worked out by hand."""

import pytest
from scipy import stats

from prunebench.claims.claim import Claim
from prunebench.claims.file import read_claims
from prunebench.claims.printed import as_row, read_printed
from prunebench.claims.published import is_as_expected, judge_published

EXPECTED = {
    **dict.fromkeys([f"C{n}" for n in range(1, 12)], "CONFIRMED"),
    "C12": "OPEN",
    "C13": "OPEN",
    **dict.fromkeys(["C14", "C15", "C16", "C17"], "CONFIRMED"),
    "C18": "OPEN",
    "C19": "",
    "C20": "",
}
"""What published numbers are expected to give, claim by claim."""

TESTED = {"C9", "C10", "C11"}
"""Claims whose printed cells have deviations, so that they are tested."""


TICKET_AND_RANDOM = """
[[claims.published.tests]]
rule = {rule}
x = {{ protocol = "ticket" }}
y = {{ protocol = "random" }}
"""


@pytest.fixture(scope="module")
def judgements():
    """Every claim on the printed numbers."""
    rows = read_printed()
    return {claim.id: judge_published(claim, rows) for claim in read_claims().claims}


@pytest.fixture
def judge_cells(make_claim):
    """Decide a test on two cells, given by what differs from an ordinary line."""

    def run(x, y, rule='"superior"'):
        claim = make_claim(TICKET_AND_RANDOM.format(rule=rule), tier="published")
        return judge_published(claim, [line(protocol="ticket", **x), line(protocol="random", **y)])

    return run


def line(**given):
    """Make a line of a reference table."""
    cells = {"metric": "test_accuracy", "standing": "read", "source": "a paper", "note": ""}
    return as_row(cells | given, "table", "here")


@pytest.mark.parametrize(("claim", "expected"), EXPECTED.items())
def test_published_numbers_give_what_was_expected(judgements, claim, expected):
    """The file says it too, and the verdict agrees; only printed deviations can confirm."""
    judgement = judgements[claim]

    assert judgement.claim.expected == expected
    assert is_as_expected(judgement)
    if expected == "CONFIRMED":
        assert judgement.verdict == ("CONFIRMED" if claim in TESTED else "CONSISTENT")


def test_at_a_small_rate_tickets_win_in_all_ten_cells(judgements):
    """Ten positive differences, the largest p 0.042, and all survive Holm in families of five."""
    findings = judgements["C9"].findings
    got = [round(finding.estimate, 2) for finding in findings]

    assert got == [0.26, 0.28, 0.28, 0.68, 0.75, 0.35, 0.24, 0.57, 1.21, 0.56]
    assert round(max(finding.p for finding in findings), 3) == 0.042
    assert all(finding.adjusted <= 0.05 for finding in findings)
    assert {finding.family for finding in findings} == {5}
    assert {finding.verdict for finding in findings} == {"CONFIRMED"}
    assert {finding.alternative for finding in findings} == {"one-sided Welch t, x > y"}


def test_the_p_values_are_those_of_scipy(judgements):
    """Another implementation of Welch's test agrees: VGG-16 at 20 %."""
    expected = stats.ttest_ind_from_stats(
        92.78, 0.11, 5, 92.52, 0.15, 5, equal_var=False, alternative="greater"
    ).pvalue

    assert judgements["C9"].findings[0].p == pytest.approx(expected)


def test_a_suspected_misprint_is_evaluated_and_decides_nothing(judgements):
    """The random arm of VGG-16 is printed the same at 20 % and at 40 %."""
    suspect = [finding for finding in judgements["C9"].findings if not finding.decides]

    assert [finding.title for finding in suspect] == ["accuracy: ticket > random, VGG-16, 40%"]
    assert suspect[0].notes[0] == "92.52 is a suspected misprint: decides nothing"
    assert len(suspect[0].notes) > 1  # the footnote of the table goes with it


def test_at_a_large_rate_both_arms_are_equal_in_all_ten_cells(judgements):
    """Differences between -0.13 and +0.16, and every 90 % interval inside 0.40."""
    findings = judgements["C10"].findings
    estimates = [round(finding.estimate, 2) for finding in findings]

    assert [finding.verdict for finding in findings] == ["CONFIRMED"] * 10
    assert (min(estimates), max(estimates)) == (-0.13, 0.16)
    assert all(finding.p < 0.05 for finding in findings)


def test_the_large_rate_beats_the_ticket_at_the_small_one(judgements):
    """About a point for VGG-16 and 0.8 to 2 for ResNet-50; less at 95 %, which decides nothing."""
    findings = judgements["C11"].findings
    got = [(round(finding.estimate, 2), finding.decides) for finding in findings]

    assert got == [
        *((value, True) for value in (1.01, 0.97, 1.0, 0.97)),
        *((value, True) for value in (2.03, 1.9, 1.69, 0.77)),
        (0.47, False),
        (0.83, False),
    ]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("C14", [0.52, 0.55, 0.21, 0.26, -1.52, -0.99, -2.75, 0.31, 0.29, 0.13, 0.51, -0.03, 0.71]),
        ("C15", [2.56, 0.73, 0.49, 1.59, 1.38, 0.26, -0.39, 0.49]),
        ("C16", [1.75, 0.36, 0.13, -0.2, -0.38, -0.91]),
        ("C17", [1.19, 0.21, 0.46, -0.34]),
    ],
)
def test_differences_of_single_runs(judgements, claim, expected):
    """They are those of the printed numbers, and what decides points the claim's way."""
    findings = judgements[claim].findings[: len(expected)]

    assert [round(finding.estimate, 2) for finding in findings] == expected
    assert {finding.verdict for finding in findings if finding.decides} == {"CONSISTENT"}


def test_scratch_e_is_mixed(judgements):
    """It keeps up with fine-tuning in some cells and not in others."""
    found = {
        finding.verdict
        for finding in judgements["C14"].findings
        if finding.title.startswith("accuracy: scratch-e")
    }

    assert found == {"CONSISTENT", "CONTRADICTED"}


@pytest.mark.parametrize("claim", [f"C{n}" for n in range(1, 9)])
def test_secondary_statements_are_called_so(judgements, claim):
    """No number of the lottery-ticket paper was read in it, and none has a deviation."""
    findings = judgements[claim].findings

    assert findings
    assert {finding.verdict for finding in findings} == {"CONSISTENT"}
    assert {finding.p for finding in findings} == {None}
    assert all(f.notes[0].startswith("a secondary statement, no test: ") for f in findings)


def test_reference_numbers_of_claims_are_stated(judgements):
    """The best gain 0.3 points; 2.51 times slower and 0.5 points worse at 21 %."""
    first, *_ = judgements["C1"].findings
    accuracy, speed, below = judgements["C5"].findings

    assert first.estimate == 0.3
    assert accuracy.estimate == 0.5
    assert 2.718281828**speed.estimate == pytest.approx(2.51)
    assert below.estimate is None


def test_best_epochs_are_said_to_be_such(judgements):
    """Li et al. print the best of all epochs."""
    assert "best of all epochs" in judgements["C16"].findings[0].notes


@pytest.mark.parametrize(
    ("x", "y", "rule", "expected"),
    [
        ({"mean": "91"}, {"mean": "90"}, '"superior"', "CONSISTENT"),
        ({"mean": "90"}, {"mean": "90"}, '"superior"', "CONTRADICTED"),
        ({"mean": "90"}, {"mean": "90"}, '"noninferior"', "CONSISTENT"),
        ({"mean": "89"}, {"mean": "90"}, '"noninferior"\nmargin = 0.5', "CONTRADICTED"),
        ({"mean": "89.6"}, {"mean": "90"}, '"equivalent"\nmargin = 0.5', "CONSISTENT"),
        ({"mean": "89.5"}, {"mean": "90"}, '"equivalent"\nmargin = 0.5', "CONTRADICTED"),
    ],
)
def test_without_deviations_numbers_only_point(judge_cells, x, y, rule, expected):
    """A number that points the claim's way is consistent with it, and no more."""
    judgement = judge_cells(x | {"n": "1"}, y | {"n": "1"}, rule)

    assert judgement.verdict == expected
    assert judgement.findings[0].notes == ("single runs: no test",)


@pytest.mark.parametrize(
    ("n", "expected"),
    [("", "number of runs not stated: no test"), ("5", "no deviation is printed: no test")],
)
def test_why_no_test_can_be_made_is_said(judge_cells, n, expected):
    """Runs or deviations may be missing."""
    judgement = judge_cells({"mean": "91", "n": n}, {"mean": "90", "n": n})

    assert judgement.findings[0].notes == (expected,)


def test_a_refuted_claim_is_refuted(judge_cells):
    """Printed deviations can speak against a claim as well."""
    cell = {"sd": "0.1", "n": "5"}

    assert judge_cells({"mean": "89"} | cell, {"mean": "90"} | cell).verdict == "REFUTED"


def test_a_number_from_memory_decides_nothing(judge_cells):
    """Neither for the claim nor against it."""
    judgement = judge_cells(
        {"mean": "89", "n": "1", "standing": "memory"}, {"mean": "90", "n": "1"}
    )

    assert judgement.verdict == "OPEN"
    assert judgement.findings[0].verdict == "CONTRADICTED"
    assert "a number from memory: decides nothing" in judgement.findings[0].notes


def test_mixed_habits_and_sources_are_said(judge_cells):
    """A best epoch against a last one, a second-hand number, and two sources."""
    judgement = judge_cells(
        {"mean": "91", "n": "1", "note": "best test accuracy", "standing": "second-hand"},
        {"mean": "90", "n": "1", "source": "another paper", "footnote": "A footnote."},
    )

    assert judgement.findings[0].notes == (
        "single runs: no test",
        "A footnote.",
        "read second-hand",
        "best of all epochs on one side only",
        "the two numbers come from different sources",
    )


@pytest.mark.parametrize(
    ("x", "y", "differ"),
    [
        ("a script", "a script; and as transcribed by another, row 21", False),
        ("a script, row 3", "a script, row 4", False),
        ("a survey, Table 2(a)", "a survey, Table 2(b)", False),
        ("a script; and a note", "a book; and a talk", True),
    ],
)
def test_numbers_that_one_source_prints_do_not_come_from_different_ones(judge_cells, x, y, differ):
    """Neither the place in a source nor a second source beside it makes a difference."""
    judgement = judge_cells({"mean": "91", "source": x}, {"mean": "90", "source": y})

    said = "the two numbers come from different sources" in judgement.findings[0].notes

    assert said == differ


def test_a_number_that_is_missing_has_no_source(judge_cells):
    """Nothing is said of the sources of one number."""
    judgement = judge_cells({"mean": "91"}, {"mean": "90", "metric": "top1_change"})

    assert judgement.findings[0].verdict == "NOT RUN"
    assert not any("sources" in note for note in judgement.findings[0].notes)


def test_an_accuracy_is_not_compared_with_a_change(make_claim):
    """They are different kinds of numbers."""
    claim = make_claim(
        """
[[claims.published.tests]]
rule = "superior"
x = { metric = "top1_accuracy" }
y = { metric = "top1_change" }
""",
        tier="published",
    )
    rows = [line(metric="top1_accuracy", mean="70"), line(metric="top1_change", mean="-1")]
    (got,) = judge_published(claim, rows).findings

    assert got.verdict == "NOT RUN"
    assert got.notes == ("one is an accuracy, the other a change of one",)


def test_a_statement_that_disagrees_contradicts(make_claim):
    """Whether it holds is written in the claims file; a line without a difference needs that."""
    entry = '[[claims.published.tests]]\nrule = "superior"\nx = { reference = "table" }\n'
    rows = [line(quantity="the ticket is worse", metric=None)]
    denied = make_claim(f"{entry}holds = false\n", tier="published")
    unclear = make_claim(entry, tier="published")

    assert judge_published(denied, rows).verdict == "CONTRADICTED"
    assert judge_published(unclear, rows).findings[0].notes[0] == "the line states no difference"


def test_a_claim_without_published_tests_is_open():
    """Nothing is said for or against it."""
    got = judge_published(Claim("C1", "t"), [])

    assert got.verdict == "OPEN"
    assert is_as_expected(got)
