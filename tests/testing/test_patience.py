"""What takes too long is stopped."""

import signal
import time
from dataclasses import replace

import pytest

from prunebench.errors import ContractError
from prunebench.testing.check import Check
from prunebench.testing.patience import within


def test_a_hanging_check_fails():
    """A check that does not end is stopped, and says so."""
    check = Check("slow", "ties", lambda: time.sleep(30))

    with pytest.raises(ContractError, match=r"slow: the check ties did not end within 0.05 s"):
        replace(check, patience=0.05)()


def test_another_timer_goes_on():
    """Afterwards whoever had set a timer has it again."""
    before = signal.getitimer(signal.ITIMER_REAL)
    signal.setitimer(signal.ITIMER_REAL, 60)
    try:
        with within(5, "too long"):
            inside = signal.getitimer(signal.ITIMER_REAL)[0]
        after = signal.getitimer(signal.ITIMER_REAL)[0]
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)

    assert inside <= 5
    assert 50 < after <= 60
