"""Tiers and claims on the command line."""

import json

import pytest


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "--tier", "t1"), "--tier t1 is a size of a benchmark; name one"),
        (("plan", "liu2019-table11"), "choose one with --tier "),
        (
            ("plan", "smoke", "--tier", "t1"),
            "smoke has no tier 't1'; it has none; leave --tier out",
        ),
        (("plan", "--claims", "C9"), "--claims needs a --tier"),
        (("plan", "smoke", "--claims", "C9", "--tier", "t1"), "leave smoke out"),
        (("plan", "--claims", "C99", "--tier", "t1"), "unknown claim 'C99'"),
        (("plan", "--claims", "C1", "--tier", "smoke"), "claim C1 has no test at tier smoke"),
        (("plan", "--claims", "C9", "--tier", "t1", "--claims-file", "absent.toml"), "cannot read"),
        (("plan", "--claims", ",", "--tier", "t1"), "--claims ',' names no claim"),
        (("plan", "--finetune-lrs", ""), "--finetune-lrs '' names no number; leave it out"),
        (("plan", ""), "the experiment's name is empty; name a TOML file or a benchmark"),
        (("claims", "--published", "--claims", ","), "--claims ',' names no claim; leave it out"),
        (("plan", "--claims", "", "--tier", "t1"), "--claims '' names no claim"),
        (("plan", "smoke", "--claims-file", "mine.toml"), "no claim of mine.toml is asked for"),
        (("run", "--retry", "failed", "--claims", "C9"), "leave the experiment out"),
        (("run", "--retry", "failed", "--tier", "t1"), "leave the experiment out"),
        (
            (
                "plan",
                "--claims",
                "C9",
                "--tier",
                "t1",
                "--dataset",
                "digits",
                "--protocols",
                "none",
            ),
            "nothing to run: none of these trials is one that the claims C9 compare; leave out",
        ),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(prunebench, words, sentence):
    """Exit code 2, no traceback."""
    result = prunebench(*words)

    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_claims_bring_their_benchmarks(prunebench):
    """C5 needs the ladder's tickets and random arms at three rungs, C9 two arms at one rate."""
    result = prunebench("plan", "--claims", "C5,C9", "--tier", "t1", "--json")
    facts = json.loads(result.stdout)

    # C5: 8 seeds x (dense, 3 tickets, 3 random); C9: 5 seeds x (dense, ticket, two random arms).
    assert facts["rows"] == 8 * 7 + 5 * 4
    assert facts["skipped"] == []


def test_a_tier_is_run_and_on_record(prunebench, tmp_path):
    """The smoke tier of a published table runs in seconds and says what it is."""
    words = ("run", "liu2019-l1", "--tier", "smoke", "--seeds", 1, "--workers", 0, "--out", "out")
    result = prunebench(*words)
    record = json.loads((tmp_path / "out" / "run.json").read_text())

    assert result.exit_code == 0, result.output
    assert record["experiment"]["tier"] == "smoke"
    assert record["experiment"]["benchmark"] == "liu2019-l1"
    assert record["experiment"]["claims"] == ["C13", "C14"]
    assert record["claims"]["tier"] == "smoke"
    assert (tmp_path / "out" / "claims.toml").is_file()


def test_swept_rates_on_the_command_line(prunebench):
    """Two rates are two fine-tunings of every method."""
    words = ("--protocols", "finetune", "--finetune-lrs", "0.1,0.01", "--seeds", 1, "--json")
    facts = json.loads(prunebench("plan", *words, "--densities", "0.5").stdout)

    # A dense network, and two methods at two rates.
    assert facts["rows"] == 1 + 2 * 2


def test_the_file_that_was_asked_lies_beside_the_results(prunebench, tiny, tmp_path):
    """A run of a TOML keeps a copy; a run of flags has none."""
    assert prunebench("run", tiny, "--workers", 0, "--out", "a").exit_code == 0
    flags = ("--methods", "magnitude", "--protocols", "none", "--densities", "0.5", "--seeds", 1)
    assert prunebench("run", *flags, "--workers", 0, "--out", "b").exit_code == 0

    assert (tmp_path / "a" / "experiment.toml").read_text() == tiny.read_text()
    assert not (tmp_path / "b" / "experiment.toml").exists()


MINE = """
[[claims]]
id = "MINE"
title = "a claim of one's own"
[claims.t1]
benchmark = "any"
[[claims.t1.tests]]
rule = "report"
x = { protocol = "none" }
"""


def test_a_retry_decides_by_the_claims_of_the_run(prunebench, tiny, tmp_path):
    """The run's own copy takes the place of the shipped claims, which know nothing of them."""
    (tmp_path / "mine.toml").write_text(MINE)
    tiny.write_text(f'claims = ["MINE"]\ntier = "t1"\n{tiny.read_text()}')
    words = ("run", tiny, "--claims-file", "mine.toml", "--store", "store", "--workers", 0)
    assert prunebench(*words).exit_code == 0

    (tmp_path / "mine.toml").unlink()
    again = prunebench("run", "--retry", "failed", "--store", "store", "--workers", 0)
    copies = sorted((tmp_path / "store" / "runs").glob("*/claims.toml"))
    records = [json.loads((copy.parent / "run.json").read_text()) for copy in copies]

    assert again.exit_code == 0, again.output
    assert [copy.read_text() for copy in copies] == [MINE, MINE]
    assert records[0]["claims"] == records[1]["claims"]
