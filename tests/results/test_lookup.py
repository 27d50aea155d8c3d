"""Find a trial by the first digits of its id."""

import pytest

from prunebench.errors import SpecError, StoreError
from prunebench.results.folder import RECORD, write_results
from prunebench.results.lookup import find_trial
from prunebench.results.measurement import Measurement


def measured(trial, status="ok", seed=0):
    """Give a row that has little but its trial."""
    names = ("dataset", "model", "method", "protocol", "method_id", "protocol_id", "recipe")
    return Measurement(trial=trial, status=status, seed=seed, **dict.fromkeys(names, "x"))


@pytest.fixture
def run_of(tmp_path):
    """Give a function that writes a run with some rows into the store."""

    def write(name, *rows):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        (folder / RECORD).write_text("{}")
        write_results(folder, rows)
        return folder

    return write


def test_the_latest_run_is_first(run_of, tmp_path):
    """A trial of several runs is taken from the last one; digits of either case will do."""
    run_of("20260101-a", measured("abcd"), measured("ef01"))
    latest = run_of("20260102-b", measured("abcd"))

    assert find_trial("AB", tmp_path).folder == latest
    assert find_trial("ef", tmp_path).row.trial == "ef01"


def test_what_was_measured_is_preferred_to_what_failed(run_of, tmp_path):
    """A later failure does not hide the run in which the trial has a network."""
    good = run_of("20260101-a", measured("abcd", "diverged"))
    run_of("20260102-b", measured("abcd", "failed"))
    run_of("20260103-c", measured("abcd", "blocked"))

    assert find_trial("abcd", tmp_path).folder == good


def test_a_damaged_run_hides_no_other(run_of, tmp_path, caplog):
    """A run that cannot be read is passed over with a warning, unless it is the one named."""
    good = run_of("20260101-a", measured("abcd"))
    bad = run_of("20260102-b", measured("abcd"))
    (bad / "results.jsonl").write_text("rubbish\n\n")

    assert find_trial("abcd", tmp_path).folder == good
    assert "not JSON" in caplog.text
    with pytest.raises(StoreError):
        find_trial("abcd", tmp_path, bad)


@pytest.mark.parametrize(
    ("prefix", "told"),
    [
        ("", "no trial ''"),
        ("zz", "no trial 'zz' in the runs"),
        ("ab", r"begins 2 trials \(abcd, abef, \.\.\.\)"),
    ],
)
def test_none_or_several_are_refused(run_of, tmp_path, prefix, told):
    """A prefix must begin the id of one trial and no other."""
    run_of("20260101-a", measured("abcd"), measured("abef"))

    with pytest.raises(SpecError, match=told):
        find_trial(prefix, tmp_path)
