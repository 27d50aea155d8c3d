"""Values, goals and verdicts from samples worked by hand."""

from dataclasses import replace

import pytest

from benchmarks.speed.case import Amount, Case, Contest, Goal, Surroundings, ratio, seconds, share
from benchmarks.speed.outcome import outcome_of
from benchmarks.speed.runs import outside

SAMPLES = ({"ours": 2.0, "plain": 1.8}, {"ours": 1.0, "plain": 0.8}, {"ours": 4.0, "plain": 4.4})
"""Ratios of 0.9, 0.8 and 1.1."""


def case_of(samples, **changes):
    """Make a case whose rounds are given."""
    left = iter(samples)
    case = Case(
        name="given",
        about="plain / ours",
        amount=Amount("steps", full=10, short=5, tiny=1, card=20),
        value=ratio("plain", "ours"),
        prepare=lambda where, amount: Contest((lambda: next(left),)),
        goal=Goal(0.9),
        is_guarded=True,
    )
    return replace(case, **changes)


@pytest.fixture
def full(tiny):
    """Give surroundings for the whole amount of work."""
    return replace(tiny, size="full")


def test_the_ratio_is_the_median_of_ratios(full):
    """Ratios are taken by round: 0.9 is their median, not 1.8 / 2.0 of medians by chance."""
    got = outcome_of(case_of(SAMPLES), full, 3)

    assert got.values == pytest.approx((0.9, 0.8, 1.1))
    assert got.spread.median == pytest.approx(0.9)
    assert got.amount == 10
    assert got.seconds == {"ours": 2.0, "plain": 1.8}
    assert got.is_met


def test_a_round_of_values_by_kind():
    """Two of three seconds: 1.5 times as fast, two thirds, or three seconds."""
    sample = {"ours": 3.0, "other": 2.0}

    assert ratio("ours", "other").of(sample) == 1.5
    assert share("other", "ours").of(sample) == pytest.approx(2 / 3)
    assert seconds("ours").of(sample) == 3.0


@pytest.mark.parametrize(
    ("goal", "expected"),
    [(Goal(0.9), False), (Goal(0.8), True), (Goal(0.9, at_most=True), True), (None, None)],
)
def test_the_median_is_held_against_the_goal(goal, expected, full):
    """A median of 0.8 is at least 0.8, not 0.9, and at most 0.9."""
    got = outcome_of(case_of(SAMPLES[1:2], goal=goal), full, 1)

    assert got.is_met is expected


@pytest.mark.parametrize(
    ("size", "scaled", "judged"),
    [
        ("full", True, True),
        ("short", True, False),
        ("short", False, True),
        ("tiny", False, False),
    ],
)
def test_a_goal_holds_for_its_amount(size, scaled, judged, tiny):
    """Seconds for ten thousand trials say nothing of a thousand, and a few steps of nothing."""
    where = replace(tiny, size=size)
    got = outcome_of(case_of(SAMPLES, is_scaled=scaled), where, 1)

    assert (got.goal is not None) == judged


@pytest.mark.parametrize(("plain", "gross"), [(0.59, True), (0.6, False)])
def test_gross_loss_is_below_three_fifths(plain, gross, full):
    """A guarded ratio below 0.6 is a gross loss; an unguarded one never is."""
    samples = [{"ours": 1.0, "plain": plain}]

    assert outcome_of(case_of(samples), full, 1).is_gross == gross
    assert not outcome_of(case_of(samples, is_guarded=False), full, 1).is_gross


def test_expensive_cases_have_fewer_rounds(full):
    """A case may limit its rounds, whatever is asked for, and has one in the short form."""
    short = replace(full, size="short")

    assert len(outcome_of(case_of(SAMPLES, repeats=2), full, 9).samples) == 2
    assert len(outcome_of(case_of(SAMPLES, repeats=2), short, 9).samples) == 1
    assert len(outcome_of(case_of(SAMPLES), short, 3).samples) == 3


def test_amounts_by_size_and_device(tiny):
    """The card has an amount of its own in place of the full one."""
    import torch

    amount = Amount("steps", full=10, short=5, tiny=1, card=20)
    card = torch.device("cuda", 0)
    places = [replace(tiny, size=size) for size in ("full", "short", "tiny")]

    assert [amount.of(where) for where in places] == [10, 5, 1]
    assert amount.of(Surroundings("full", card, tiny.folder)) == 20
    assert replace(amount, card=None).of(Surroundings("full", card, tiny.folder)) == 10


def test_overhead_is_for_trials_of_five_seconds():
    """A trial of 0.6 s of which 0.35 s are training: a quarter second beside five is 1 in 21."""
    assert outside({"ours": 0.6, "inside": 0.35}) == pytest.approx(1 / 21)
