"""Verdicts on rows with known answers."""

import pytest

from prunebench.claims.verdict import judge

SUPERIOR = """
cell = { method = "magnitude" }
[[claims.TIER.tests]]
rule = "superior"
x = { protocol = "ticket" }
y = { protocol = "random" }
"""
EQUIVALENT = SUPERIOR.replace('"superior"', '"equivalent"\nmargin = 1.0')
NONINFERIOR = SUPERIOR.replace('"superior"', '"noninferior"\nmargin = 0.5')
EACH = 'each = [{ target = "0.5" }, { target = "0.2" }, { target = "0.1" }]\n'


@pytest.fixture
def decide(make_claim, make_cell):
    """Decide an entry on a ticket and a random arm, given as accuracies in percent by seed."""

    def run(entry, ticket, random, tier="t2"):
        claim = make_claim(entry.replace("TIER", tier), tier)
        rows = [
            *make_cell(ticket, protocol="ticket"),
            *make_cell(random, protocol="random"),
        ]
        return judge(claim, tier, rows)

    return run


@pytest.mark.parametrize(
    ("entry", "ticket", "expected"),
    [
        (SUPERIOR, [91, 92, 91, 92, 91], "CONFIRMED"),  # five positive differences: p = 1/32
        (SUPERIOR, [91, 92, 91, 92], "INCONCLUSIVE"),  # four: p = 1/16
        (SUPERIOR, [91, 92, 91, 92, 89.9], "INCONCLUSIVE"),  # the smallest turned: p = 2/32
        (SUPERIOR, [89, 88, 89, 88, 89], "REFUTED"),  # the 95 % interval ends below 0
        (SUPERIOR.replace('"superior"', '"superior"\nmargin = 2'), [91.5] * 5, "REFUTED"),
        (SUPERIOR.replace('"superior"', '"superior"\nmargin = 2'), [92.5] * 5, "CONFIRMED"),
        (
            SUPERIOR.replace('"superior"', '"superior"\nmargin = 1.4'),
            [91, 92, 91, 92, 91],  # a mean of exactly 1.4
            "CONFIRMED",
        ),
        (EQUIVALENT, [90.2, 89.8, 90.1, 89.9, 90.0], "CONFIRMED"),
        (EQUIVALENT, [93, 92, 93, 92, 93], "REFUTED"),
        (EQUIVALENT, [88, 87, 88, 87, 88], "REFUTED"),
        (EQUIVALENT, [91, 92, 90, 89, 91], "INCONCLUSIVE"),
        (NONINFERIOR, [90.0, 89.9, 90.1, 90.0, 90.0], "CONFIRMED"),
        (NONINFERIOR, [93, 94, 93, 94, 93], "CONFIRMED"),
        (NONINFERIOR, [88, 87, 88, 87, 88], "REFUTED"),
        (NONINFERIOR, [91, 88, 90, 89, 91], "INCONCLUSIVE"),
    ],
)
def test_each_rule_decides_as_it_says(decide, entry, ticket, expected):
    """The random arm has 90 % in every seed, so the differences are plain to see."""
    assert decide(entry, ticket, [90] * len(ticket)).verdict == expected


def test_a_finding_holds_what_a_reader_needs(decide):
    """Estimate, interval, p, its alternative, the cross-check, n, and the cells behind it."""
    judgement = decide(SUPERIOR, [91, 92, 91, 92, 91], [90] * 5)
    (got,) = judgement.findings

    # d = 1, 2, 1, 2, 1: mean 1.4, sd sqrt(0.3), and t(0.975; 4) = 2.7764
    assert got.estimate == pytest.approx(1.4)
    assert got.low == pytest.approx(1.4 - 2.7764 * (0.3 / 5) ** 0.5, abs=1e-4)
    assert got.high == pytest.approx(1.4 + 2.7764 * (0.3 / 5) ** 0.5, abs=1e-4)
    assert got.p == 1 / 32
    assert got.adjusted == 1 / 32
    assert got.family == 1
    assert got.cross_check == 1 / 32
    assert got.alternative == "one-sided sign-flip, x > y"
    assert got.n == 5
    assert got.unit == "points"
    x, y = got.behind
    assert (x.label, x.mean, x.n) == ("method magnitude, protocol ticket", pytest.approx(91.4), 5)
    assert (y.mean, y.sd, len(y.source)) == (90.0, 0.0, 5)
    assert got.notes == ()


def test_the_other_rules_say_what_their_p_is_against(decide):
    """Equivalence has two one-sided tests, non-inferiority one with a shifted hypothesis."""
    equal = decide(EQUIVALENT, [90.2, 89.8, 90.1, 89.9, 90.0], [90] * 5).findings[0]
    not_worse = decide(NONINFERIOR, [90.2, 89.8, 90.1, 89.9, 90.0], [90] * 5).findings[0]

    assert equal.alternative == "two one-sided t, |x - y| < 1"
    assert not_worse.alternative == "one-sided t, x > y - 0.5"
    # the mean difference is 0, sd sqrt(0.025): t = 1 / sqrt(0.005) = 14.1, and half of that
    assert equal.p == pytest.approx(7.3e-5, rel=0.05)
    assert not_worse.p == pytest.approx(1.05e-3, rel=0.05)
    assert (equal.adjusted, equal.family, equal.cross_check) == (None, 0, None)


def test_holm_counts_the_tests_that_decide_a_claim(make_claim, make_cell):
    """Three tests of eight seeds, all as clear as can be: 1/256 becomes 3/256 for all of them."""
    claim = make_claim(SUPERIOR.replace("TIER", "t2") + EACH)
    rows = [
        row
        for target in ("0.5", "0.2", "0.1")
        for protocol, accuracy in (("ticket", 91), ("random", 90))
        for row in make_cell(
            [accuracy + 0.1 * n for n in range(8)][:: (1, -1)[accuracy == 90]],
            protocol=protocol,
            target=target,
        )
    ]
    judgement = judge(claim, "t2", rows)

    assert [finding.p for finding in judgement.findings] == [1 / 256] * 3
    assert [finding.adjusted for finding in judgement.findings] == [3 / 256] * 3
    assert [finding.family for finding in judgement.findings] == [3] * 3
    assert judgement.verdict == "CONFIRMED"


def test_too_few_seeds_for_a_family_are_said(make_claim, make_cell):
    """Five seeds support one test: three clear ones stay open, and the warning says how many."""
    claim = make_claim(SUPERIOR.replace("TIER", "t2") + EACH)
    rows = [
        row
        for target in ("0.5", "0.2", "0.1")
        for protocol, accuracy in (("ticket", 91), ("random", 90))
        for row in make_cell([accuracy] * 5, protocol=protocol, target=target)
    ]
    judgement = judge(claim, "t2", rows)

    assert judgement.verdict == "INCONCLUSIVE"
    assert judgement.findings[0].adjusted == 3 / 32
    assert judgement.findings[0].notes == ("5 seeds cannot decide any of 3 tests; 6 are needed",)


def test_families_are_split_by_a_column(make_claim, make_cell):
    """Every network is a family of its own, so the same five seeds decide both."""
    claim = make_claim(
        'family = "model"\n'
        + SUPERIOR.replace("TIER", "t2")
        + 'each = [{ model = "a" }, { model = "b" }]\n'
    )
    rows = [
        row
        for model in ("a", "b")
        for protocol, accuracy in (("ticket", 91), ("random", 90))
        for row in make_cell([accuracy] * 5, protocol=protocol, model=model)
    ]
    judgement = judge(claim, "t2", rows)

    assert [finding.family for finding in judgement.findings] == [1, 1]
    assert judgement.verdict == "CONFIRMED"


def test_a_secondary_test_is_outside_the_family_and_decides_nothing(make_claim, make_cell):
    """Its own p is not adjusted, and a refuted one leaves the claim alone."""
    entry = f"""{SUPERIOR}
[[claims.TIER.tests]]
rule = "superior"
primary = false
note = "aside"
x = {{ protocol = "none" }}
y = {{ protocol = "random" }}
"""
    claim = make_claim(entry.replace("TIER", "t2"))
    rows = [
        *make_cell([91] * 5, protocol="ticket"),
        *make_cell([90] * 5, protocol="random"),
        *make_cell([80] * 5, protocol="none"),
    ]
    judgement = judge(claim, "t2", rows)
    aside = judgement.findings[1]

    assert judgement.verdict == "CONFIRMED"
    assert (aside.verdict, aside.decides, aside.adjusted) == ("REFUTED", False, None)
    assert aside.notes == ("aside",)


def test_a_test_that_could_not_run_still_costs_its_family(make_claim, make_cell):
    """Leaving tests out must not make the others easier; the missing cell is named."""
    claim = make_claim(
        SUPERIOR.replace("TIER", "t2") + 'each = [{ target = "0.2" }, { target = "0.1" }]\n'
    )
    rows = [*make_cell([91] * 5, protocol="ticket"), *make_cell([90] * 5, protocol="random")]
    judgement = judge(claim, "t2", rows)
    ran, missing = judgement.findings

    assert (ran.adjusted, ran.verdict) == (2 / 32, "INCONCLUSIVE")
    assert missing.verdict == "NOT RUN"
    assert missing.notes == (
        "no row has method magnitude, target 0.1, protocol ticket; "
        "no row has method magnitude, target 0.1, protocol random",
    )
    assert judgement.verdict == "INCONCLUSIVE"
    assert judgement.remarks == ("1 of 2 deciding tests were not run",)


def test_without_rows_a_claim_is_not_run(decide):
    """There is nothing to say."""
    judgement = decide(SUPERIOR, [], [])

    assert judgement.verdict == "NOT RUN"
    assert judgement.remarks == ()


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        ([91] * 5, "CONFIRMED-T1"),
        ([91, 89] * 3, "NOT-SEEN-T1"),
        ([80] * 5, "NOT-SEEN-T1"),
        ([], "NOT RUN"),
    ],
)
def test_a_scaled_experiment_never_refutes(decide, ticket, expected):
    """At T1 a claim is seen or not seen, and so is every one of its tests."""
    judgement = decide(SUPERIOR, ticket, [90] * len(ticket), tier="t1")

    assert judgement.verdict == expected
    assert judgement.findings[0].verdict == expected


def test_a_smoke_run_only_ran(decide):
    """It decides nothing, whatever its numbers."""
    smoke = decide(SUPERIOR, [91] * 5, [90] * 5, tier="t1").claim

    got = judge(smoke, "smoke", [])
    assert (got.verdict, got.findings) == ("NOT RUN", ())


def test_a_smoke_run_with_rows_ran(make_claim, make_row):
    """The word says no more than that."""
    got = judge(make_claim(SUPERIOR.replace("TIER", "t2")), "smoke", [make_row()])

    assert got.verdict == "RAN"
    assert got.remarks == ("tier smoke shows that everything runs, and decides nothing",)


def test_a_claim_without_tests_at_a_tier_is_not_run(make_claim, make_row):
    """The remark says so."""
    got = judge(make_claim(SUPERIOR.replace("TIER", "t2")), "t1", [make_row()])

    assert got.verdict == "NOT RUN"
    assert got.remarks == ("it has no test at tier t1",)


def test_the_note_of_an_entry_goes_with_its_verdict(make_claim, make_cell):
    """What a reader must know stands beside the verdict."""
    claim = make_claim('note = "in small"\n' + SUPERIOR.replace("TIER", "t2"))
    rows = [*make_cell([91] * 5, protocol="ticket"), *make_cell([90] * 5, protocol="random")]

    assert judge(claim, "t2", rows).remarks == ("in small",)


def test_every_rule_has_its_place_in_one_entry(make_claim, make_cell):
    """Findings come in the order of the file, whatever decides them."""
    claim = make_claim(
        """
[[claims.t2.tests]]
rule = "report"
x = { protocol = "ticket" }
[[claims.t2.tests]]
rule = "superior"
x = { protocol = "ticket" }
y = { protocol = "random" }
[[claims.t2.tests]]
rule = "pairs"
x = { protocol = "ticket" }
[[claims.t2.tests]]
rule = "argmin"
ladder = [{ protocol = "ticket" }, { protocol = "random" }]
"""
    )
    rows = [
        *make_cell([91] * 5, protocol="ticket", density=0.2),
        *make_cell([90] * 5, protocol="random", density=0.2),
    ]
    judgement = judge(claim, "t2", rows)

    assert [finding.test.rule for finding in judgement.findings] == [
        "report",
        "superior",
        "pairs",
        "argmin",
    ]
    assert [finding.verdict for finding in judgement.findings] == [
        "REPORTED",
        "CONFIRMED",
        "NOT RUN",
        "CONFIRMED",
    ]
