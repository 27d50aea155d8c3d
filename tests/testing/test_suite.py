"""The suite as an author meets it."""

import re
from pathlib import Path

import pytest

from prunebench.api import Dataset, Granularity, Method
from prunebench.errors import DataError
from prunebench.testing import checks_for, parametrize_with_checks
from prunebench.testing.stand_ins import PROTOCOLS, TinyModel


class Signed(Method):
    """Score by the weights themselves (Nobody 2020)."""

    name = "signed"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT

    def score(self, subject):
        """Score by the weights."""
        return subject.weights


class Absent(Dataset):
    """Files that are not there (Nobody 2020)."""

    name = "absent"
    paper = "Nobody 2020"
    model = "smallconv"
    recipe = "digits"

    def info(self, data_dir):
        """Fail."""
        msg = f"nothing in {data_dir}."
        raise DataError(msg)

    load = info


def cases(mark):
    """Give the cases of a parametrize decorator by id."""
    return {case.id: case for case in mark.args[1]}


@parametrize_with_checks([Signed])
def test_decorator_runs_every_check(check):
    """The decorated test is called once for each check."""
    check()


def test_cases_are_named():
    """Each case is called by its item and its check."""
    found = cases(parametrize_with_checks([Signed]).mark)

    assert list(found) == [f"signed-{check.name}" for check in checks_for(Signed)]
    assert "signed-permutation" in found
    assert all(case.marks == () for case in found.values())


def test_expected_failure_must_fail():
    """A check that is expected to fail is marked so, strictly and with the reason."""
    found = cases(parametrize_with_checks([Signed], {"permutation": "looks at places"}).mark)
    (mark,) = found["signed-permutation"].marks

    assert (mark.name, mark.kwargs) == ("xfail", {"reason": "looks at places", "strict": True})
    assert found["signed-model_untouched"].marks == ()


def test_every_check_is_seen_to_fail():
    """No check is without a plugin in these tests that breaks its rule."""
    text = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    broken = set(re.findall(r'\(\s*"(\w+)",', text))  # how each entry of BROKEN begins
    kinds = (Signed, Absent, TinyModel, PROTOCOLS[0])
    names = {check.name for item in kinds for check in checks_for(item)}

    assert names - broken == {"fields_are_values", "fields_are_meant"}  # each field, in their test


def test_data_directory_comes_from_the_environment(tmp_path, monkeypatch):
    """A data set without its files is skipped with its own message, which names the folder."""
    monkeypatch.setenv("PRUNEBENCH_DATA", str(tmp_path))
    case = cases(parametrize_with_checks([Absent]).mark)["absent-info"]

    with pytest.raises(pytest.skip.Exception, match=f"nothing in {tmp_path}"):
        case.values[0]()


def test_given_data_directory_wins(tmp_path):
    """A folder that is given is the one that is read."""
    checks = {check.name: check for check in checks_for(Absent, tmp_path)}

    with pytest.raises(DataError, match=f"nothing in {tmp_path}"):
        checks["load_repeats"]()
