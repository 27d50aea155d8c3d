"""Reproductions as files, which strangers may have written."""

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.bundle.forms.strict import HIDDEN
from prunebench.bundle.reproduced import (
    MOST_BYTES,
    Reproduced,
    ReproducedTrial,
    read_reproduced,
    write_reproduced,
)
from prunebench.errors import SpecError

TRIAL = ReproducedTrial("ab" * 16, 0.9, 0.905, 0.01, agrees=True, how="interval", reason="half")
FOUND = Reproduced(
    bundle="0123456789abcdef" * 4,
    date="2025-01-31T12:00:00Z",
    by="A. Person",
    environment={"python": "3.12.0", "libraries": {"torch": "2.5"}},
    trials=(TRIAL, replace(TRIAL, trial="cd" * 16, measured=None, agrees=False, how="missing")),
)


def edited(tmp_path, **changes):
    """Write the reproduction with some fields replaced; None leaves one out."""
    path = tmp_path / "r.json"
    document = {k: v for k, v in (asdict(FOUND) | changes).items() if v is not None}
    path.write_text(json.dumps(document))
    return path


def with_trial(tmp_path, **changes):
    """Write the reproduction with one trial of which some fields are replaced."""
    entry = {k: v for k, v in (asdict(TRIAL) | changes).items() if v is not ...}
    return edited(tmp_path, trials=[entry])


def test_what_is_written_reads_back(tmp_path):
    """The file is named for bundle and time; the verdicts are counted."""
    path = write_reproduced(FOUND, tmp_path)

    assert path.name == "0123456789abcdef-reproduced-20250131T120000Z.json"
    assert read_reproduced(path) == FOUND
    assert (FOUND.agreeing, len(FOUND.trials)) == (1, 2)


@given(
    submitted=st.none() | st.floats(0, 1),
    measured=st.none() | st.floats(0, 1),
    tolerance=st.floats(0, 1),
    agrees=st.booleans(),
    reason=st.text(st.characters(exclude_categories=HIDDEN), max_size=500),
)
def test_any_verdict_reads_back(tmp_path_factory, **fields):
    """Accuracies keep their last bit, and sentences their letters."""
    trial = ReproducedTrial(trial="ab" * 16, how="interval", **fields)
    found = replace(FOUND, trials=(trial,))

    assert read_reproduced(write_reproduced(found, tmp_path_factory.getbasetemp())) == found


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"schema": 2}, "schema 2 is not 1"),
        ({"by": None}, "the field 'by' is missing"),
        ({"signed": True}, "the field 'signed' is unknown"),
        ({"bundle": "0123"}, "bundle cannot be '0123'"),
        ({"bundle": "../" + "0" * 61}, "bundle cannot be"),
        ({"date": "yesterday"}, "date cannot be 'yesterday'"),
        ({"by": "a" * 501}, "by cannot be"),
        ({"environment": []}, "environment cannot be"),
        ({"trials": []}, "trials must be a list"),
        ({"trials": {"a": 1}}, "trials must be a list"),
        ({"trials": [1]}, "must be a JSON object"),
        ({"trials": [asdict(TRIAL), asdict(TRIAL)]}, "stands there twice"),
    ],
)
def test_strange_files_are_refused(tmp_path, changes, complaint):
    """Every field is looked at; the sentence names it and what it holds."""
    with pytest.raises(SpecError, match=complaint):
        read_reproduced(edited(tmp_path, **changes))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"trial": "x" * 32}, "trial cannot be"),
        ({"submitted": 93.2}, "submitted cannot be '93.2'"),
        ({"measured": "0.9"}, "measured cannot be"),
        ({"measured": True}, "measured cannot be"),
        ({"tolerance": -0.1}, "tolerance cannot be"),
        ({"agrees": "yes"}, "agrees cannot be"),
        ({"how": "by feeling"}, "how cannot be 'by feeling'"),
        ({"reason": 1}, "reason cannot be"),
        ({"how": ...}, "the field 'how' is missing"),
    ],
)
def test_strange_trials_are_refused(tmp_path, changes, complaint):
    """A verdict is a number and a rule, or it is none."""
    with pytest.raises(SpecError, match=complaint):
        read_reproduced(with_trial(tmp_path, **changes))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[]", "must hold a JSON object"),
        ('{"schema": NaN}', "NaN is no number"),
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        (" " * (MOST_BYTES + 1), "larger than"),
    ],
)
def test_other_files_are_refused(tmp_path, text, complaint):
    """What is no such JSON is told in one sentence."""
    path = tmp_path / "r.json"
    path.write_text(text)

    with pytest.raises(SpecError, match=complaint):
        read_reproduced(path)


def test_an_absent_file_is_told(tmp_path):
    """The sentence names it."""
    with pytest.raises(SpecError, match=r"cannot read .*nothing\.json"):
        read_reproduced(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"how": "missing", "measured": None}, "agrees cannot be true"),
        ({"how": "exact"}, "agrees cannot be true"),
        ({"how": ["exact"]}, "how cannot be"),
    ],
)
def test_verdicts_follow_from_their_numbers(tmp_path, changes, complaint):
    """Nothing agrees that was not run again, nor exactly with another accuracy."""
    with pytest.raises(SpecError, match=complaint):
        read_reproduced(with_trial(tmp_path, **changes))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"schema": 1', '"schema": true', "schema True is not 1"),
        ('"schema": 1', '"schema": 1' + "0" * 5000, "more than 18 digits"),
        ("0.905", "1" + "0" * 400, "more than 18 digits"),
        ("0.905", "1e999", "too large"),
        ('"agrees": true', '"agrees": false, "agrees": true', "stands there twice"),
        ("A. Person", "\\ud800", "control characters"),
        ("A. Person", "\\u202e", "control characters"),
        ('"python"', '"\\udc80"', "control characters"),
        ('"3.12.0"', "[" * 30 + "]" * 30, "nested more than"),
        ('"3.12.0"', "[" * 10_000 + "]" * 10_000, "is no JSON"),
        ('"3.12.0"', "[" + "[]," * 20_000 + "[]]", "objects and lists"),
        ('"3.12.0"', '"' + "a" * 2001 + '"', "2001 characters"),
        ("2025-01-31", "2025-02-30", "date cannot be"),
        ("2025-01-31T12", "2025-01-31T29", "date cannot be"),
    ],
)
def test_json_is_strict(tmp_path, old, new, complaint):
    """What another reader might take for something else is refused, in one sentence."""
    path = tmp_path / "r.json"
    path.write_text(json.dumps(asdict(FOUND)).replace(old, new))

    with pytest.raises(SpecError, match=complaint):
        read_reproduced(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_files_are_utf_8(tmp_path, encoding):
    """Another encoding, or a mark of one, is refused."""
    path = tmp_path / "r.json"
    path.write_text(json.dumps(asdict(FOUND)), encoding=encoding)

    with pytest.raises(SpecError, match="is no JSON"):
        read_reproduced(path)
