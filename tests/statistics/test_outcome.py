import pytest

from prunebench.errors import SpecError
from prunebench.results.frame import to_frame
from prunebench.statistics.outcome import Outcomes, count_outcomes, outcomes_by_cell


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


def test_cells_are_counted_apart(make_rows):
    """A diverged seed of one method stays in its own cell."""
    frame = to_frame(make_rows([0.5, None, 0.7]) + make_rows([0.5], method="obd"))

    found = outcomes_by_cell(frame)
    cell = ("digits", "mlp", "smoke", "finetune", "0.5")

    assert found == {
        (*cell, "magnitude"): Outcomes(ok=2, diverged=1),
        (*cell, "obd"): Outcomes(ok=1),
    }
    assert sum(one.trials for one in found.values()) == len(frame)
    assert outcomes_by_cell(frame, ["method"])[("obd",)] == Outcomes(ok=1)
