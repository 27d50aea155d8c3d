"""What a run must do to decide claims."""

import pytest

from prunebench.claims.file import parse_claims
from prunebench.claims.requested import benchmarks_of, entries_for, is_wanted
from prunebench.errors import SpecError

TEXT = """
[[claims]]
id = "C1"
title = "t"
[claims.t1]
benchmark = "one"
cell = { method = "magnitude", target = "0.2" }
[[claims.t1.tests]]
rule = "superior"
x = { protocol = "ticket", training_lr = 0.1 }
y = { protocol = "random", density = 0.3 }
[[claims.t1.tests]]
rule = "argmin"
ladder = [{ protocol = "none", target = "0.5" }, { protocol = "dense" }]
[[claims]]
id = "C2"
title = "t"
[claims.t1]
benchmark = "two"
[[claims.t1.tests]]
rule = "report"
x = { method = "obd" }
[[claims]]
id = "C3"
title = "t"
[claims.t2]
benchmark = "any"
[[claims.t2.tests]]
rule = "report"
x = { method = "obd" }
"""


@pytest.fixture(scope="module")
def claims():
    """Three claims."""
    return parse_claims(TEXT, "claims.toml").claims


@pytest.fixture
def facts(make_row):
    """Give a factory of what planning knows of a row: no measurement."""

    def make(**given):
        row = vars(make_row(settings={"training": {"lr": 0.1}}, **given))
        known = ("dataset", "model", "method", "method_id", "protocol", "target", "settings")
        return {name: row[name] for name in (*known, "control_of")}

    return make


def test_the_benchmarks_of_claims_are_named_once(claims):
    """In the order of the claims."""
    assert benchmarks_of([*claims[:2], claims[0]], "t1") == ["one", "two"]


def test_a_claim_that_cannot_be_run_at_a_tier_is_refused(claims):
    """Its tiers are named; one that is decided on anything has nothing of its own to run."""
    with pytest.raises(SpecError, match="claim C3 has no test at tier t1; its tiers are: t2"):
        benchmarks_of(claims, "t1")
    with pytest.raises(SpecError, match="claim C3 is decided on whatever was run; name a benchm"):
        benchmarks_of(claims[2:], "t2")


def test_entries_are_those_of_a_benchmark(claims):
    """Without one, all of the tier."""
    assert [entry.benchmark for entry in entries_for(claims, "t1")] == ["one", "two"]
    assert [entry.benchmark for entry in entries_for(claims, "t1", "two")] == ["two"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"protocol": "ticket"}, True),
        ({"protocol": "random"}, True),  # its density is not known before it is measured
        ({"protocol": "finetune"}, False),
        ({"protocol": "ticket", "target": "0.5"}, False),
        ({"protocol": "none", "target": "0.5"}, True),
        ({"method": "obd", "protocol": "ticket"}, True),
        ({"method": "sss", "protocol": "ticket"}, False),
        ({"protocol": "ticket", "control_of": "obd"}, False),
        ({"method": "dense", "protocol": "dense", "target": ""}, True),
    ],
)
def test_a_trial_is_wanted_if_some_cell_holds_it(claims, facts, given, expected):
    """Cells of x, of y and of ladders; dense networks always."""
    assert is_wanted(facts(**given), entries_for(claims, "t1")) == expected


def test_another_rate_is_another_trial(claims, facts):
    """Fields of the training are known when planning."""
    asked = facts(protocol="ticket") | {"settings": {"training": {"lr": 0.01}}}

    assert not is_wanted(asked, entries_for(claims, "t1", "one"))
