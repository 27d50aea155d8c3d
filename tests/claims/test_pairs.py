"""Pairs of methods at equal cost."""

import pytest

from prunebench.claims.claim import Test
from prunebench.claims.pairs import pairs

PAIRS = Test("pairs", "accuracy", {"protocol": "finetune"}, by="method", tolerance=0.02)


@pytest.fixture
def arm(make_cell):
    """Give a method's rows at a FLOP ratio."""

    def make(method, accuracies, ratio=0.5, **given):
        return make_cell(
            accuracies,
            method=method,
            protocol="finetune",
            macs_sparse=round(1000 * ratio),
            macs_dense=1000,
            **given,
        )

    return make


def test_the_better_of_two_methods_is_named(arm):
    """Eight positive differences: p = 2/256, two-sided since no winner was declared."""
    rows = [*arm("a", [91 + 0.1 * n for n in range(8)]), *arm("b", [90] * 8)]
    (got,) = pairs(PAIRS, rows, {})

    assert got.title == "a - b at FLOP ratio 0.5 on mlp"
    assert (got.p, got.adjusted, got.family) == (2 / 256, 2 / 256, 1)
    assert got.alternative == "two-sided sign-flip, x ≠ y"
    assert got.notes == ("a is better",)
    assert (got.verdict, got.decides) == ("REPORTED", False)


def test_the_second_may_be_the_better_one(arm):
    """The sign of the difference decides."""
    rows = [*arm("a", [89] * 8), *arm("b", [90] * 8)]

    assert pairs(PAIRS, rows, {})[0].notes == ("b is better",)


def test_holm_counts_all_pairs(arm):
    """Three methods are three pairs; equal ones tie."""
    rows = [*arm("a", [91] * 8), *arm("b", [90] * 8), *arm("c", [90] * 8)]
    got = pairs(PAIRS, rows, {})

    assert [finding.family for finding in got] == [3, 3, 3]
    assert [finding.adjusted for finding in got] == [6 / 256, 6 / 256, 1.0]
    assert [finding.notes[0] for finding in got] == [
        "a is better",
        "a is better",
        "a tie: not told apart",
    ]


def test_a_tie_for_want_of_seeds_is_said_to_be_one(arm):
    """Five seeds cannot tell any pair apart two-sided."""
    rows = [*arm("a", [91] * 5), *arm("b", [90] * 5)]

    assert pairs(PAIRS, rows, {})[0].notes == (
        "a tie: 5 seeds tell no pair of 1 apart, 6 are needed",
    )


@pytest.mark.parametrize(("ratio", "expected"), [(0.505, 1), (0.52, 0)])
def test_only_equal_costs_are_compared(arm, ratio, expected):
    """Within 2 % FLOP ratios count as equal."""
    rows = [*arm("a", [91] * 8), *arm("b", [90] * 8, ratio=ratio)]
    got = [finding for finding in pairs(PAIRS, rows, {}) if finding.verdict == "REPORTED"]

    assert len(got) == expected


def test_networks_and_methods_must_match(arm, make_dense):
    """Other networks, the same method at another target, and dense networks are no pair."""
    rows = [
        *arm("a", [91] * 8),
        *arm("a", [91] * 8, target="0.21"),
        *arm("b", [90] * 8, model="other"),
        make_dense(macs_sparse=500, macs_dense=1000, test_accuracy_last=0.9),
    ]
    (got,) = pairs(PAIRS, rows, {})

    assert got.verdict == "NOT RUN"
    assert got.notes == ("no two methods have rows at equal FLOP ratio",)


def test_a_pair_without_common_numbers_is_not_run(arm, make_row):
    """It still counts in the family."""
    rows = [
        *arm("a", [91] * 8),
        make_row(
            method="b", protocol="finetune", status="diverged", macs_sparse=500, macs_dense=1000
        ),
    ]
    (got,) = pairs(PAIRS, rows, {})

    assert got.verdict == "NOT RUN"
    assert got.notes == ("no seed has a number on both sides",)
