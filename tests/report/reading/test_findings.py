"""Five sentences that open a report: true of the numbers, and never an order without a test."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prunebench.report.reading.findings import findings
from prunebench.results.record import Skipped

BETTER = (0.91, 0.92, 0.93, 0.91, 0.92, 0.93)


@pytest.fixture
def say(record):
    """Give the five sentences of rows, with fields of the record changed."""

    def text(rows, **changes):
        return findings(replace(record, skipped=(), **changes), rows)

    return text


@pytest.fixture
def make_cell(make_row):
    """Give rows of one cell with one accuracy per seed."""

    def make(accuracies, **given):
        return [
            make_row(seed=seed, test_accuracy_last=value, **given)
            for seed, value in enumerate(accuracies)
        ]

    return make


@pytest.fixture
def six(make_cell, make_dense):
    """Give magnitude at 90 %, obd 2 points above it, and their dense network at 95 %."""
    dense = [make_dense(seed=seed, test_accuracy_last=0.95) for seed in range(6)]
    return [*make_cell([0.9] * 6), *make_cell(BETTER, method="obd"), *dense]


def test_what_was_asked_is_said_with_every_axis(say, six):
    """Methods, protocols, network, data, sizes and seeds; a reduced tier is called one."""
    asked = {"tier": "t1", "benchmark": "liu2019-table11"}
    usual = say(six)[0]

    assert usual == (
        "This run compares 2 pruning methods (magnitude and obd) under the retraining protocol "
        "finetune, with mlp on digits, keeping 50 % of the prunable weights, on 6 seeds."
    )
    assert say(six, experiment=asked)[0] == (
        f"{usual[:-1]}; this is the reduced tier t1 of liu2019-table11, not the publication's "
        "setting."
    )
    assert "the publication's own setting" in say(six, experiment=asked | {"tier": "t2"})[0]


def test_a_difference_that_stands_is_named_with_its_interval(say, six):
    """Mean 2, sd 0.894, t(5) 2.571: 1.06 to 2.94 points; the exact p of six seeds is 0.031."""
    assert say(six)[1] == (
        "Of 1 difference from magnitude (two-sided, paired by seed, after Holm's correction) 1 is "
        "better, 0 worse and 0 ties: the largest gain beyond chance is +2.00 points (obd at 0.5 "
        "under finetune; uncorrected 95 % interval +1.06 to +2.94); the dense network reaches "
        "95.00 %."
    )


def test_gain_and_loss_are_both_named(say, six, make_cell):
    """A third method that loses as much as the second gains."""
    worse = make_cell([0.9 - (value - 0.9) for value in BETTER], method="snip")
    sentence = say([*six, *worse])[1]

    assert "1 is better, 1 worse and 0 ties" not in sentence  # Holm doubles 0.031
    assert sentence.startswith("None of 2 differences from magnitude can be told from chance")

    again = [*six, *worse]
    more = [replace(row, seed=row.seed + 6, trial=f"{row.trial}b") for row in again]
    sentence = say([*again, *more])[1]

    assert "1 is better, 1 worse and 0 ties" in sentence
    assert "largest gain beyond chance is +2.00 points (obd at 0.5 under finetune" in sentence
    assert "largest loss beyond chance is −2.00 points (snip at 0.5 under finetune" in sentence


def test_a_larger_difference_that_may_be_chance_is_no_gain(say, six, make_cell):
    """A third method is 9.9 points better in four seeds and 1.5 worse in eight: 2.3, and a tie."""
    twice = [*six, *(replace(row, seed=row.seed + 6, trial=f"{row.trial}b") for row in six)]
    sentence = say([*twice, *make_cell([0.999] * 4 + [0.885] * 8, method="snip")])[1]

    assert "1 is better, 0 worse and 1 tie" in sentence
    assert "the largest gain beyond chance is +2.00 points (obd" in sentence


def test_ties_are_no_order(say, make_cell):
    """Three seeds with 1, 2 and 3 points: the interval includes zero, so nothing is best."""
    rows = [*make_cell([0.90, 0.90, 0.91]), *make_cell([0.91, 0.92, 0.94], method="obd")]
    sentence = say(rows)[1]

    assert sentence == (
        "None of 1 difference from magnitude can be told from chance (two-sided, paired by seed, "
        "after Holm's correction), the largest being +2.00 points (obd at 0.5 under finetune; "
        "uncorrected 95 % interval −0.48 to +4.48); no dense network was measured."
    )


def test_protocols_are_compared_by_their_paired_differences(say, make_cell):
    """The ticket's two points over six seeds survive Holm; no other pair is there."""
    rows = [*make_cell(BETTER, protocol="ticket"), *make_cell([0.9] * 6, protocol="random")]

    assert say(rows)[2] == (
        "Between protocols (two-sided, paired by seed, after Holm's correction) ticket is better "
        "than random in 1 of 1 cell and worse in none, by up to +2.00 points (at 0.5; uncorrected "
        "95 % interval +1.06 to +2.94)."
    )


def test_a_difference_that_falls_to_holm_is_said_to_fall(say, make_cell):
    """Two sizes with p = 0.031 each need 0.025."""
    rows = [
        row
        for target in ("0.5", "0.2")
        for row in (
            *make_cell(BETTER, target=target, protocol="scratch-e"),
            *make_cell([0.9] * 6, target=target),
        )
    ]

    assert "scratch-e and finetune differ beyond chance in none of 2 cells" in say(rows)[2]


def test_the_cost_is_a_multiple_of_dense_training(say, make_row):
    """Totals of 1.5 and 3 dense trainings; the only method need not be named."""
    costs = {"dense_macs": 1000, "total_macs": 1500}
    rows = [make_row(**costs), make_row(target="0.2", **costs | {"total_macs": 3000})]

    assert say(rows)[3] == (
        "Dense training, pruning and retraining together took from 1.50 times (at 0.5 under "
        "finetune) to 3.00 times (at 0.2 under finetune) the multiply-adds of the dense training "
        "alone."
    )
    assert say(rows[:1])[3] == (
        "Dense training, pruning and retraining together took 1.50 times (at 0.5 under finetune) "
        "the multiply-adds of the dense training alone."
    )
    assert say([make_row()])[3] == "What a pruned network costs was not measured."


def test_verdicts_stand_where_there_are_any(record, six):
    """They are counted by word, confirmed ones first; where nothing is decided, cost is told."""
    verdicts = {"C1": "NOT-SEEN-T1", "C3": "CONFIRMED-T1", "C6": "CONFIRMED-T1"}
    undecided = findings(record, six, {"C1": "RAN", "C2": "NOT RUN"})[3]

    assert findings(record, six, verdicts)[3] == (
        "Of 3 claims of the papers (tested one-sided) 2 are CONFIRMED-T1 (C3 and C6) and 1 is "
        "NOT-SEEN-T1 (C1)."
    )
    assert findings(record, six, {"C15": "REFUTED"})[3] == (
        "The only claim of the papers that it tests (one-sided), C15, is REFUTED."
    )
    assert undecided == findings(record, six)[3] == "What a pruned network costs was not measured."


def test_what_went_wrong_is_counted(say, record, six, make_row):
    """Failed, blocked and diverged have no accuracy; collapsed has one; skipped never ran."""
    lost = [
        make_row(seed=seed, status=status)
        for seed, status in enumerate(("failed", "blocked", "diverged"), start=9)
    ]
    collapsed = make_row(seed=8, status="collapsed", test_accuracy_last=0.1)
    skipped = tuple(Skipped("mlp", "digits", "sss", "0.5", name, "no") for name in ("a", "b"))
    changed = replace(record, skipped=skipped)
    bad = findings(changed, [*six, *lost, collapsed])[4]
    good = say(six)[4]

    assert bad.startswith(
        "Of 22 trials 1 failed, 1 blocked and 1 diverged and gave no accuracy, 1 network lost a "
        "whole layer and is counted as such, 2 combinations could not work and were left out; "
    )
    assert good.startswith("All 18 trials gave an accuracy; 6 seeds detect differences of ")


def test_the_smallest_difference_that_could_be_seen_is_said(say, make_cell):
    """Three seeds with sd 0.2 detect 0.65 (two digits), so with sd 1 they detect 3.23 to 3.28."""
    rows = [*make_cell([0.90, 0.90, 0.91]), *make_cell([0.91, 0.92, 0.94], method="obd")]
    words = say(rows)[4].split()
    size = float(words[words.index("points") - 1])

    assert 3.23 <= size <= 3.28


def test_one_seed_says_that_nothing_can_be_told(say, make_cell, make_dense):
    """The range of means is there, and no best, no worst, no detectable difference."""
    rows = [
        *make_cell([0.9]),
        *make_cell([0.8], method="obd"),
        *make_cell([0.7], protocol="ticket"),
        make_dense(test_accuracy_last=0.95),
    ]
    _, outcome, protocols, _, trouble = say(rows)

    assert outcome == (
        "Nothing can be told from chance, since no difference from a reference has two seeds: mean "
        "test accuracies after pruning lie between 70.00 % and 90.00 %; the dense network reaches "
        "95.00 %."
    )
    assert "no difference has two seeds (the largest is −20.00 points" in protocols
    assert "cannot be said" in trouble


def test_a_single_method_is_held_against_dense_or_against_nothing(say, make_cell, make_dense):
    """With dense there is a difference; without it the sentence says what is missing."""
    pruned = make_cell([0.90, 0.91, 0.92])
    dense = [make_dense(seed=s, test_accuracy_last=0.95) for s in range(3)]

    assert "difference from the dense network" in say([*pruned, *dense])[1]
    assert "since there is no reference" in say(pruned)[1]
    assert "Only finetune was run" in say(pruned)[2]


def test_a_run_that_failed_entirely_has_five_true_sentences(say, make_row, make_dense):
    """Nothing was best; nothing was compared; all trials are counted as lost."""
    rows = [
        make_row(status="blocked", density=None),
        make_row(status="blocked", protocol="ticket", density=None),
        make_dense(status="failed", density=None),
    ]
    asked, outcome, protocols, cost, trouble = say(rows)

    assert "compares 2 retraining protocols (finetune and ticket) after pruning by m" in asked
    assert outcome == (
        "No pruned network gave an accuracy, so no method came out best or worst; no dense "
        "network was measured."
    )
    assert protocols.startswith("No two of the protocols finetune and ticket have an accuracy")
    assert cost.startswith("What a pruned network costs was not measured")
    assert trouble.startswith("Of 3 trials 1 failed and 2 blocked and gave no accuracy;")


def test_dense_networks_alone_are_told_as_such(say, make_dense):
    """Nothing was pruned, so nothing is claimed of methods and protocols."""
    found = say([make_dense(test_accuracy_last=0.95)])

    assert found[0] == "This run trained mlp on digits without pruning anything, on 1 seed."
    assert found[1].startswith("No pruned network gave an accuracy")
    assert found[2].startswith("No protocol was run")


def test_several_networks_are_told_apart(say, six):
    """Two data sets: both are named, places say which, and dense accuracies are a range."""
    other = [
        replace(row, dataset="mnist", test_accuracy_last=row.test_accuracy_last - 0.1)
        for row in six
    ]
    found = say([*six, *other])

    assert "with mlp on digits and mlp on mnist, keeping" in found[0]
    assert "under finetune with mlp on digits; uncorrected 95 % interval" in found[1]
    assert "the dense networks reach 85.00 % to 95.00 %" in found[1]


def test_two_ways_of_training_are_told_by_what_differs(say, six):
    """Of two recipes only the rate differs, so only the rate is named."""
    rows = [
        replace(row, recipe=f"digits[length=2, lr={rate}]") for rate in (0.1, 0.01) for row in six
    ]
    found = say(rows)

    assert "with mlp on digits (trained with lr=0.01 and lr=0.1), keeping 50 %" in found[0]
    assert "under finetune with lr=0.01; uncorrected 95 % interval" in found[1]


STATES = st.sampled_from(["ok", "collapsed", "diverged", "failed", "blocked"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["magnitude", "obd", "dense"]),
            st.sampled_from(["finetune", "ticket", "random"]),
            st.sampled_from(["0.5", "vgg16-a"]),
            st.integers(0, 2),
            STATES,
            st.floats(0, 1).map(lambda x: round(x, 4)),
        ),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[:4],
    )
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_rows_have_five_whole_sentences(record, make_row, make_dense, drawn):
    """Whatever is missing, there are five sentences, each ended, none with a hole in it."""
    rows = []
    for number, (method, protocol, target, seed, status, value) in enumerate(drawn):
        accuracy = value if status in ("ok", "collapsed") else None
        known = {
            "trial": f"t{number}",
            "seed": seed,
            "status": status,
            "test_accuracy_last": accuracy,
        }
        if method == "dense":
            rows = [r for r in rows if not (r.method == "dense" and r.seed == seed)]
            rows.append(make_dense(**known))
        else:
            rows.append(make_row(method=method, protocol=protocol, target=target, **known))
    found = findings(record, rows)

    assert len(found) == 5
    assert all(sentence.endswith(".") and ". " not in sentence for sentence in found)
    said = " ".join(found).replace("None of", "")
    assert not any(word in said for word in ("nan", "None ", "inf "))


def test_the_largest_difference_between_protocols_is_told(make_row, make_dense, record):
    """Of many pairs the first and the one with the largest effect; the others are counted."""
    better = {"finetune": 0.80, "ticket": 0.81, "scratch-b": 0.90}
    rows = [
        make_row(trial=f"{name}{s}", protocol=name, seed=s, test_accuracy_last=mean + 0.001 * s)
        for name, mean in better.items()
        for s in range(6)
    ]
    dense = [make_dense(trial=f"d{s}", seed=s, test_accuracy_last=0.9) for s in range(6)]
    asked = replace(record, experiment={"methods": ["magnitude"], "protocols": [*better]})
    protocols = findings(asked, [*rows, *dense])[2]

    assert "scratch-b" in protocols
    assert "10.00 points" in protocols or "9.00 points" in protocols
