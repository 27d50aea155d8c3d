"""Suites on the command line."""

import json

import pytest


def test_suites_are_listed(prunebench):
    """Each with its version and its title."""
    found = json.loads(prunebench("list", "suites", "--json").stdout)

    assert [suite["name"] for suite in found] == [
        "cifar@1.0",
        "imagenet@1.0",
        "mnist@1.0",
        "tiny@1.0",
    ]


def test_a_suite_is_planned_for_the_methods_named(prunebench):
    """Two pairs and five seeds of dense networks, and 300 trials of the method, controls apart."""
    result = prunebench("plan", "--suite", "tiny@1.0", "--methods", "magnitude", "--json")
    facts = json.loads(result.stdout)

    assert facts["rows"] - facts["controls"] == 10 + 300


def test_flags_narrow_a_suite(prunebench):
    """One seed and no controls are a fifth of it."""
    words = ("--suite", "tiny@1.0", "--methods", "magnitude", "--seeds", "1", "--no-controls")
    facts = json.loads(prunebench("plan", *words, "--json").stdout)

    assert facts["rows"] == 2 + 60


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--suite", "tiny@1.0"), "--suite tiny@1.0 needs --methods"),
        (("--suite", "tiny", "--methods", "magnitude"), "there is no suite 'tiny'"),
        (("--suite", "tiny@1.0", "smoke", "--methods", "obd"), "leave an experiment 'smoke' out"),
        (("--suite", "tiny@1.0", "--tier", "t1", "--methods", "obd"), "leave --tier 't1' out"),
        (("--suite", "tiny@1.0", "--methods", "obdd"), "did you mean 'obd'?"),
        (("--suite", "tiny@1.0", "--methods", ""), "methods"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(prunebench, words, sentence):
    """Exit code 2, no traceback."""
    result = prunebench("plan", *words)

    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output
