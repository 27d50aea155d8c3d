import json
import logging
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.errors import SpecError, StoreError
from prunebench.results.folder import (
    append_row,
    finite,
    latest_run,
    read_record,
    read_rows,
    write_record,
    write_results,
)
from prunebench.results.record import RunRecord, Skipped

RECORD = RunRecord(
    id="20260101T000000Z-aaaa",
    created="2026-01-01T00:00:00+00:00",
    command="prunebench run --methods magnitude",
    experiment={"methods": ["magnitude"], "seeds": 3},
    stages={"train": 4},
    trainings_naive=9,
    trainings_planned=4,
    skipped=(Skipped("mlp", "digits", "slimming", "0.5", "finetune", "no batch norm"),),
    environment={"id": "abc", "python": "3.11"},
    seconds=1.5,
)


def changed(**fields):
    """Write the record with some fields replaced."""
    return json.dumps(asdict(RECORD) | fields)


def test_appended_rows_come_back(tmp_path, make_row):
    """What is appended is read, in order."""
    rows = [make_row(trial=str(n), seed=n, density=0.5) for n in range(3)]
    for row in rows:
        append_row(tmp_path, row)

    assert read_rows(tmp_path) == rows


def test_a_retried_trial_replaces_its_failure(tmp_path, make_row):
    """The later row of a trial counts; another draw of it is another row."""
    failed = make_row(status="failed", reason="out of memory")
    for row in (failed, make_row(draw=1), make_row()):
        append_row(tmp_path, row)

    assert read_rows(tmp_path) == [make_row(), make_row(draw=1)]


@pytest.mark.parametrize("cut", [1, 5, 100])
def test_a_torn_last_line_is_passed_over_and_mended(tmp_path, make_row, caplog, cut):
    """A killed run loses at most the row it was writing, and the next append starts afresh."""
    append_row(tmp_path, make_row(trial="a"))
    append_row(tmp_path, make_row(trial="b"))
    path = tmp_path / "results.jsonl"
    path.write_bytes(path.read_bytes()[: -cut - 1])

    with caplog.at_level(logging.WARNING):
        assert [row.trial for row in read_rows(tmp_path)] == ["a"]
    assert "results.jsonl, line 2" in caplog.text

    append_row(tmp_path, make_row(trial="c"))

    assert [row.trial for row in read_rows(tmp_path)] == ["a", "c"]


def test_a_whole_last_line_without_its_end_is_kept(tmp_path, make_row):
    """A row torn exactly before the line's end is a row."""
    append_row(tmp_path, make_row(trial="a"))
    path = tmp_path / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    append_row(tmp_path, make_row(trial="b"))

    assert [row.trial for row in read_rows(tmp_path)] == ["a", "b"]


def test_a_damaged_line_inside_is_an_error(tmp_path, make_row):
    """Only the last line may be torn; elsewhere something else went wrong."""
    path = tmp_path / "results.jsonl"
    path.write_text('{"trial": \n')
    append_row(tmp_path, make_row())

    with pytest.raises(StoreError, match=f"^{tmp_path}/results.jsonl, line 1: not JSON"):
        read_rows(tmp_path)


def test_no_results_is_a_clear_error(tmp_path):
    """A folder without rows says what to do."""
    with pytest.raises(SpecError, match=r"there are no results at .*; run an experiment"):
        read_rows(tmp_path)


def test_what_is_not_finite_is_stored_as_null(tmp_path, make_row):
    """NaN and infinities have no place in JSON; a diverged curve keeps its length."""
    nan = float("nan")
    curve = {"step": [1.0, 2.0], "train_loss": [0.5, nan]}
    append_row(tmp_path, make_row(status="diverged", train_loss=float("inf"), curve=curve))

    (row,) = read_rows(tmp_path)

    assert row.train_loss is None
    assert row.curve == {"step": [1.0, 2.0], "train_loss": [0.5, None]}


@given(st.recursive(st.floats() | st.text() | st.none(), st.lists))
def test_finite_leaves_nothing_json_cannot_say(value):
    """Whatever goes in, strict JSON comes out."""
    assert json.loads(json.dumps(finite(value), allow_nan=False)) == finite(value)


def test_results_are_rewritten_sorted(tmp_path, make_row):
    """Dense first, then from lightly to heavily pruned, then by seed."""
    dense = make_row(trial="a", method="dense", method_id="dense", protocol="dense")
    light = make_row(trial="b", target="0.5", target_density=0.5)
    heavy = [make_row(trial=str(s), target="0.1", target_density=0.1, seed=s) for s in (1, 0)]
    write_results(tmp_path, [*heavy, light, dense])

    assert read_rows(tmp_path) == [dense, light, heavy[1], heavy[0]]


def test_a_record_comes_back(tmp_path):
    """run.json holds the whole record."""
    write_record(tmp_path, RECORD)

    assert read_record(tmp_path) == RECORD
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ('{"id": "x"}', "is damaged"),
        ('{"id": "x", "glitter": 1}', "newer prunebench .*glitter"),
        ('{"schema": 2}', "newer prunebench"),
        ("[" * 100_000, "is damaged"),
        (changed(experiment=[]), r"is damaged \(experiment must hold a table\); run the"),
        (changed(environment={"id": ["a"]}), r"is damaged \(environment.id must hold text\)"),
        (changed(command=3), r"is damaged \(command must hold text\)"),
        (changed(claims="C9"), r"is damaged \(claims must hold a table\)"),
        (changed(papers={"method obd": 3}), r"is damaged \(papers must hold a table\)"),
        (changed(stages={"train": "x"}), r"is damaged \(stages must hold a table\)"),
        (changed(failed=True), r"is damaged \(failed must hold a whole number\)"),
        (changed(seconds=float("inf")), r"is damaged \(seconds must hold a number\)"),
        (changed(skipped=[{"model": 3}]), r"is damaged \(model must hold text\)"),
    ],
)
def test_a_bad_record_is_a_clear_error(tmp_path, content, complaint):
    """Damage and newer versions are told apart."""
    (tmp_path / "run.json").write_text(content)

    with pytest.raises(StoreError, match=f"^{tmp_path}.*{complaint}"):
        read_record(tmp_path)


def test_a_missing_record_is_a_clear_error(tmp_path):
    """A folder that is no run says so."""
    with pytest.raises(SpecError, match=r"there is no run\.json"):
        read_record(tmp_path)


def test_the_latest_run_is_the_last_by_name(tmp_path):
    """Ids sort by time; folders without a record are not runs."""
    for name in ("20260102", "20260103", "20260101"):
        write_record(tmp_path / "runs" / name, RECORD)
    (tmp_path / "runs" / "20260104").mkdir()

    assert latest_run(tmp_path) == tmp_path / "runs" / "20260103"


def test_an_empty_store_has_no_latest_run(tmp_path):
    """The message names the command that makes one."""
    with pytest.raises(SpecError, match=r"no run in the store .*prunebench run"):
        latest_run(tmp_path)
