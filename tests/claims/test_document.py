"""Judgements for machines."""

import json

from prunebench.claims.claim import digest
from prunebench.claims.document import to_document
from prunebench.claims.printed import as_row
from prunebench.claims.published import judge_published
from prunebench.claims.verdict import judge

ENTRY = """
[[claims.TIER.tests]]
rule = "superior"
x = { protocol = "ticket" }
y = { protocol = "random" }
"""


def test_a_judgement_is_strict_json(make_claim, make_cell):
    """Everything that is printed is there, with the digests of the trials behind it."""
    rows = [*make_cell([91] * 5, protocol="ticket"), *make_cell([90] * 5, protocol="random")]
    claim = make_claim(ENTRY.replace("TIER", "t1"), "t1")
    got = json.loads(json.dumps(to_document(judge(claim, "t1", rows), "declared"), allow_nan=False))
    (test,) = got["tests"]

    assert {name: got[name] for name in ("id", "entry", "verdict", "declared", "digest")} == {
        "id": "C1",
        "entry": "t1",
        "verdict": "CONFIRMED-T1",
        "declared": "declared",
        "digest": digest(claim.entries["t1"]),
    }
    assert (test["p"], test["holm_p"], test["family"], test["n"]) == (1 / 32, 1 / 32, 1, 5)
    assert test["detectable"] is None
    assert test["cells"][0]["cell"] == "protocol ticket"
    assert test["cells"][0]["source"] == [row.trial for row in rows[:5]]
    assert "expected" not in got


def test_published_judgements_say_what_was_expected(make_claim):
    """So that a machine can compare."""
    claim = make_claim(ENTRY.replace("TIER", "published"), "published")
    line = {"metric": "test_accuracy", "mean": "90", "standing": "read"}
    rows = [as_row(line | {"protocol": p}, "t", "here") for p in ("ticket", "random")]
    got = to_document(judge_published(claim, rows))

    assert (got["verdict"], got["expected"]) == ("CONTRADICTED", "")


def test_a_claim_without_tests_has_no_digest(make_claim):
    """There is nothing to hash."""
    claim = make_claim(ENTRY.replace("TIER", "t1"), "t1")

    assert to_document(judge(claim, "t2", []))["digest"] is None
