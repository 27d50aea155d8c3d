"""Runs as sources of rows: tiers, benchmarks, declarations."""

import pytest

from prunebench.claims.claim import digests
from prunebench.claims.file import parse_claims
from prunebench.claims.source import (
    Source,
    common_tier,
    decidable,
    declared,
    is_idle,
    judge_runs,
    rows_for,
)
from prunebench.errors import SpecError

TEXT = """
[[claims]]
id = "C1"
title = "t"
[claims.t1]
benchmark = "one"
[[claims.t1.tests]]
rule = "superior"
x = { protocol = "ticket" }
y = { protocol = "random" }
[[claims]]
id = "C2"
title = "t"
[claims.t1]
benchmark = "two"
[[claims.t1.tests]]
rule = "report"
x = { protocol = "ticket" }
[[claims]]
id = "C3"
title = "t"
[claims.t1]
benchmark = "any"
[[claims.t1.tests]]
rule = "report"
x = { protocol = "ticket" }
"""


@pytest.fixture(scope="module")
def claims():
    """Three claims: of two benchmarks, and of any."""
    return parse_claims(TEXT, "claims.toml").claims


def test_declared_after_trainings(claims, make_source):
    """A run that found trainings in the store says how many; one that found none says nothing."""
    stored = {"digests": digests(claims, "t1")}
    late = make_source(claims={**stored, "done": 3, "retrainings": 8}, benchmark="one", tier="t1")
    early = make_source(claims=stored, benchmark="one", tier="t1")

    assert declared(claims[0], "t1", [early]) == "declared before training"
    assert declared(claims[0], "t1", [early, late]) == (
        "declared when 3 of 8 retrainings were done already"
    )


@pytest.fixture
def make_source(make_record):
    """Give a factory of runs."""

    def make(rows=(), claims=None, **experiment):
        return Source(make_record(claims, **experiment), rows)

    return make


def test_the_tier_is_that_of_the_runs(make_source):
    """Runs of one tier need no word; a run without a tier takes the word that is given."""
    small, own = make_source(tier="t1"), make_source()

    assert common_tier([small], None) == "t1"
    assert common_tier([small, own], None) == "t1"
    assert common_tier([small], "t1") == "t1"
    assert common_tier([own], "t2") == "t2"


@pytest.mark.parametrize(
    ("tiers", "given", "message"),
    [
        (["t1"], "t2", "the run was made at tier t1; its rows carry no verdict at tier t2"),
        (["t2", "t1"], None, "these runs were made at tiers t1 and t2; judge them one tier"),
        ([""], None, "the run records no tier; say at which it is to be judged"),
        ([""], "bogus", "there is no tier 'bogus'; judge the run at smoke, t1 or t2"),
    ],
)
def test_rows_of_one_tier_carry_no_verdict_of_another(make_source, tiers, given, message):
    """A scaled experiment must never refute a paper by a flag."""
    with pytest.raises(SpecError, match=message):
        common_tier([make_source(tier=tier) for tier in tiers], given)


def test_a_claim_is_decided_on_runs_of_its_benchmark(make_source, make_row, claims):
    """A cell of another benchmark may match by chance; runs of one's own count for all."""
    one, two, both, own = (make_row(seed=n) for n in range(4))
    sources = [
        make_source([one], benchmark="one"),
        make_source([two], benchmark="two"),
        make_source([both], benchmark="one, two"),
        make_source([own]),
    ]

    assert rows_for(claims[0], "t1", sources) == [one, both, own]
    assert rows_for(claims[1], "t1", sources) == [two, both, own]
    assert rows_for(claims[2], "t1", sources) == [one, two, both, own]


def test_a_smoke_run_belongs_to_the_claims_of_its_benchmark(make_source, make_row, claims):
    """Whatever the tier, the benchmark is the same."""
    source = make_source([make_row()], benchmark="one", tier="smoke")

    assert [one.verdict for one in judge_runs(claims, "smoke", [source])] == [
        "RAN",
        "NOT RUN",
        "RAN",
    ]


@pytest.mark.parametrize(
    ("names", "tier", "expected"),
    [
        ("one", "t1", ["C1", "C3"]),
        ("one, two", "t1", ["C1", "C2", "C3"]),
        ("three", "t1", ["C3"]),
        ("", "t1", ["C1", "C2", "C3"]),
        ("one", "t2", []),
    ],
)
def test_claims_are_decidable_where_their_cells_may_be(make_source, claims, names, tier, expected):
    """Those of the runs' benchmarks, and those of any."""
    source = make_source(benchmark=names)

    assert [claim.id for claim in decidable(claims, tier, [source])] == expected


def test_a_declaration_is_compared_by_digest(make_source, claims):
    """The same digest was declared, another has changed, none was not declared."""
    own = digests(claims, "t1")
    same = make_source(claims={"digests": own}, benchmark="one")
    other = make_source(claims={"digests": {"C1": "0" * 32}}, benchmark="one")
    none = make_source(benchmark="one")
    foreign = make_source(benchmark="two")

    assert declared(claims[0], "t1", [same]) == "declared before training"
    assert declared(claims[0], "t1", [same, foreign]) == "declared before training"
    assert declared(claims[0], "t1", [none]) == "not declared before training"
    assert declared(claims[0], "t1", [same, none]) == "not declared before all of the trainings"
    assert declared(claims[0], "t1", [same, other]).startswith("CHANGED SINCE TRAINING")
    assert declared(claims[0], "t1", [foreign]) == ""
    assert declared(claims[0], "t2", [same]) == ""


def test_a_claim_on_anything_that_found_nothing_is_idle(make_source, make_row, claims):
    """Claims of a benchmark are shown even if nothing was run."""
    idle = judge_runs(claims, "t1", [make_source([make_row(protocol="none")])])
    busy = judge_runs(claims, "t1", [make_source([make_row()])])

    assert [is_idle(judgement) for judgement in idle] == [False, False, True]
    assert [is_idle(judgement) for judgement in busy] == [False, False, False]
