"""Progress is told, but not at every step."""

from time import sleep

from prunebench.training.heartbeat import INTERVAL_SECONDS, Heartbeat


def test_nobody_listens():
    """Without a listener a beat does nothing."""
    assert Heartbeat(None, 0, 10).beat(3) is None


def test_fast_steps_are_not_reported():
    """A thousand steps at once are too early for a second report."""
    heard = []
    heartbeat = Heartbeat(lambda *told: heard.append(told), 0, 1000)
    for step in range(1000):
        heartbeat.beat(step)

    assert len(heard) <= 1


def test_steps_are_counted_from_the_start():
    """A training that begins at step 5 reports its own steps."""
    heard = []
    heartbeat = Heartbeat(lambda *told: heard.append(told), 5, 15)
    sleep(INTERVAL_SECONDS)
    heartbeat.beat(7)
    heartbeat.beat(8)

    assert heard == [(3, 10)]
