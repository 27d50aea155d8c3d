"""Titles and digests of claims."""

import hashlib

import pytest

from prunebench.claims.claim import Test, digest, digests
from prunebench.claims.file import parse_claims

TEXT = """
[[claims]]
id = "C1"
title = "better"
[claims.t1]
benchmark = "bench"
cell = { method = "obd", target = "0.2" }
[[claims.t1.tests]]
rule = "superior"
margin = 0.5
x = { protocol = "ticket" }
y = { protocol = "random" }
"""

REARRANGED = """
# a comment
[[claims]]
title  =  "said otherwise"
id = 'C1'
expected = "CONFIRMED"
[claims.t2]
benchmark = "other"
[[claims.t2.tests]]
rule = "report"
x = { protocol = "ticket" }

[claims.t1]
benchmark = "bench" # another
[claims.t1.cell]
target = "0.2"
method = "obd"
[[claims.t1.tests]]
y.protocol = "random"
x = { protocol = "ticket" }
margin = 5e-1
rule = "superior"
"""


@pytest.fixture
def claims_of():
    """Read claims from text."""
    return lambda text: parse_claims(text, "claims.toml").claims


def test_the_digest_of_an_entry_is_that_of_its_canonical_json(claims_of):
    """Anyone can compute it: sorted keys, no spaces, SHA-256, the first 32 digits."""
    canonical = (
        '{"benchmark":"bench","cell":{"method":"obd","target":"0.2"},"tests":[{"margin":0.5,'
        '"rule":"superior","x":{"protocol":"ticket"},"y":{"protocol":"random"}}]}'
    )

    expected = hashlib.sha256(canonical.encode()).hexdigest()[:32]
    assert digests(claims_of(TEXT), "t1") == {"C1": expected}


def test_comments_order_and_the_rest_of_the_claim_leave_the_digest_alone(claims_of):
    """Only what an entry says enters its digest."""
    assert digests(claims_of(REARRANGED), "t1") == digests(claims_of(TEXT), "t1")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("margin = 0.5", "margin = 0.4"),
        ('target = "0.2"', 'target = "0.5"'),
        ('y = { protocol = "random" }', 'y = { protocol = "none" }'),
        ('rule = "superior"', 'rule = "noninferior"'),
        ("margin = 0.5", "margin = 0.5\nprimary = false"),
    ],
)
def test_what_a_test_says_changes_the_digest(claims_of, old, new):
    """Margin, cells, rule and role are all part of what was declared."""
    assert digests(claims_of(TEXT.replace(old, new)), "t1") != digests(claims_of(TEXT), "t1")


def test_claims_without_an_entry_have_no_digest(claims_of):
    """A claim that is not tested at a tier declares nothing there."""
    (claim,) = claims_of(TEXT)

    assert digests([claim], "t2") == {}
    assert digest(claim.entries["t1"])


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (
            Test("superior", "accuracy", {"protocol": "ticket"}, {"protocol": "random"}),
            "accuracy: ticket > random",
        ),
        (
            Test(
                "noninferior", "accuracy", {"protocol": "scratch-b"}, {"protocol": "finetune"}, 0.3
            ),
            "accuracy: scratch-b ≥ finetune, less 0.3",
        ),
        (
            Test(
                "superior",
                "log_early_stop",
                {"method": "dense"},
                {"method": "magnitude[scope=global]", "protocol": "ticket", "target": "0.5"},
            ),
            "early-stop step: dense > ticket 0.5 (magnitude)",
        ),
        (
            Test(
                "superior",
                "accuracy",
                {"method": "magnitude[rate=0.5]", "protocol": "ticket"},
                {"method": "magnitude[between=nothing,rate=0.5]", "protocol": "ticket"},
                at="0.5",
            ),
            "accuracy (ticket): magnitude > between=nothing, 0.5",
        ),
        (
            Test(
                "superior",
                "weight_distance",
                {"protocol": "ticket", "training_lr": 0.1},
                {"protocol": "ticket", "training_lr": 0.01},
            ),
            "weight distance (ticket): lr 0.1 > lr 0.01",
        ),
        (
            Test("superior", "accuracy", {"target": "0.5"}, {"target": "0.2"}, at="0.5"),
            "accuracy: x > 0.2, 0.5",
        ),
        (
            Test("noninferior", "train_accuracy", {"method": "dense"}, level=99.9),
            "training accuracy: dense ≥ 99.9",
        ),
        (
            Test("argmin", "log_early_stop", {}),
            "where the early-stop step is smallest",
        ),
        (
            Test("report", "accuracy", {"protocol": "ticket"}, at="lr 0.1"),
            "accuracy (ticket), lr 0.1",
        ),
        (
            Test("superior", "accuracy", {"method": "["}, {"method": "obd"}),
            "accuracy: [ > obd",
        ),
        (Test("superior", "accuracy", {}, name="own words", at="0.5"), "own words, 0.5"),
        (Test("superior", "accuracy", {}, name="own words"), "own words"),
    ],
)
def test_a_title_says_what_tells_the_cells_apart(test, expected):
    """Quantity, sides, margin, and what differs between tests that were written together."""
    assert test.title == expected
