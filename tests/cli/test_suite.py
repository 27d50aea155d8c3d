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


def test_a_suite_is_shown(prunebench):
    """Title, purpose, and everything that a method is measured at."""
    done = prunebench("show", "suite", "tiny@1.0")

    *lines, pinned = done.stdout.splitlines()

    assert {"dataset", "model", "training", "test labels"} <= {*pinned[8:].split(", ")}
    assert lines == [
        "suite tiny@1.0",
        "",
        "digits, two convolutional networks, five protocols",
        "A first comparison on a CPU: ratios 2 to 32, and 64, where accuracy falls",
        "",
        "ratios: 2x, 4x, 8x, 16x, 32x, 64x",
        "pairs: smallconv on digits, smallvgg[stride=2,width=8] on digits",
        "protocols: finetune, scratch-e, scratch-b, ticket, random",
        "seeds: 0 to 4",
        "reference: magnitude",
        "controls: masks of every method's own shape",
    ]


def test_a_suite_is_shown_to_machines(prunebench):
    """JSON has every pinned coordinate."""
    facts = json.loads(prunebench("show", "suite", "tiny@1.0", "--json").stdout)

    assert (facts["kind"], facts["name"], facts["seeds"]) == ("suite", "tiny@1.0", 5)
    assert facts["pairs"][0]["pins"]["training"]["batch"] == 64


def test_a_suite_that_is_none_is_told(prunebench):
    """Exit code 2, and the names that there are."""
    done = prunebench("show", "suite", "tiny")

    assert done.exit_code == 2
    assert "there is no suite 'tiny'; did you mean 'tiny@1.0'?" in done.stderr


def test_a_recipe_is_shown(prunebench):
    """Every field, those of a table by table.entry; JSON has the same."""
    lines = prunebench("show", "recipe", "digits").stdout.splitlines()
    facts = json.loads(prunebench("show", "recipe", "digits", "--json").stdout)

    assert lines[:3] == ["recipe digits", "", "16 epochs, batch 64, sgd, learning rate 0.1"]
    assert ["milestones", "[0.5,0.75]"] in [line.split() for line in lines]
    assert ["finetune.length", "4"] in [line.split() for line in lines]
    assert facts["finetune"] == {"length": 4, "lr": 0.01}
