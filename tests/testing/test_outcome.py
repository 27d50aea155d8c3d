"""Checks run without pytest."""

from prunebench.errors import ContractError, DataError
from prunebench.testing.check import Check
from prunebench.testing.claim import InapplicableError
from prunebench.testing.outcome import counted, run_checks


def raises(error):
    """Make a check that raises."""

    def run():
        raise error

    return run


CHECKS = [
    Check("it", "good", lambda: None),
    Check("it", "bad", raises(ContractError("found 1, expected 2."))),
    Check("it", "odd", raises(ZeroDivisionError("division by zero"))),
    Check("it", "idle", raises(InapplicableError("nothing to look at"))),
    Check("it", "absent", raises(DataError("no such file."))),
    Check("it", "known", raises(ContractError("found 1.")), "the paper says so"),
    Check("it", "surprising", lambda: None, "the paper says so"),
]


def test_each_check_has_its_outcome():
    """Passed, failed, expected and skipped, each with its reason, in the order they were run."""
    heard = []
    found = run_checks(CHECKS, heard.append)

    assert list(found) == heard
    assert {o.check: o.word for o in found} == {
        "good": "passed",
        "bad": "failed",
        "odd": "failed",
        "idle": "skipped",
        "absent": "skipped",
        "known": "expected",
        "surprising": "failed",
    }
    messages = {o.check: o.message for o in found}
    assert messages["bad"] == "found 1, expected 2."
    assert messages["odd"].startswith("raises ZeroDivisionError: division by zero (")
    assert messages["known"] == "the paper says so"
    assert "holds, though it is expected to fail" in messages["surprising"]
    assert counted(found) == {"passed": 1, "failed": 3, "expected": 1, "skipped": 2}


def test_a_failure_keeps_its_traceback():
    """The story of what was raised is there for who wants it."""
    [outcome] = run_checks([CHECKS[2]])

    assert "in run" in outcome.story
    assert outcome.story.rstrip().endswith("ZeroDivisionError: division by zero")
