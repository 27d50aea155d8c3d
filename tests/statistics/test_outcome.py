import pytest

from prunebench.errors import SpecError
from prunebench.statistics.outcome import Outcomes, count_outcomes


def test_every_trial_is_counted():
    """Five states, six trials; collapsed ones have a number."""
    found = count_outcomes(["ok", "ok", "collapsed", "diverged", "failed", "blocked"])

    assert found == Outcomes(ok=2, collapsed=1, diverged=1, failed=1, blocked=1)
    assert (found.trials, found.measured) == (6, 3)
    assert str(found) == "3 of 6 (1 collapsed, 1 diverged, 1 failed, 1 blocked)"


def test_nothing_amiss_is_said_shortly():
    """Only what went wrong is listed."""
    assert str(count_outcomes(["ok"] * 5)) == "5 of 5"
    assert str(count_outcomes([])) == "0 of 0"


def test_an_unknown_state_is_refused():
    """It must not vanish from the sum."""
    with pytest.raises(SpecError, match="got 'lost'"):
        count_outcomes(["ok", "lost"])
