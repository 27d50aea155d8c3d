"""The search for a regularizer's setting: which value it chooses, whatever the trainings give."""

from types import SimpleNamespace

import pytest

from prunebench.run.stages import tune
from prunebench.run.stages.tune import Short, tune_stage


@pytest.fixture
def search(monkeypatch):
    """Give a function that searches for a density among trainings with a known outcome."""
    monkeypatch.setattr(tune, "images_of", lambda *_: 10)

    def found(density, outcome, runs=6):
        def short(_bench, _task, value):
            reached = outcome(value)
            status = "diverged" if reached is None else "ok"
            return Short(value, reached or 0.0, 30, status)

        monkeypatch.setattr(tune, "train_short", short)
        asked = {"setting": "pull", "low": 1e-4, "high": 1.0, "runs": runs}
        task = SimpleNamespace(spec={"search": asked, "density": density})
        return tune_stage(None, task).record

    return found


def test_a_steady_outcome_is_found_within_a_twentieth(search):
    """Bisection in the logarithm reaches any density between the ends, and stops when it has."""
    record = search(0.3, lambda value: 1 / (1 + 100 * value), runs=20)

    assert record["reached"] == pytest.approx(0.3, rel=0.05)
    assert len(record["tried"]) < 20
    assert record["epochs"] == 3 * len(record["tried"])
    assert record["images_seen"] == 30 * len(record["tried"])


def test_a_value_that_diverged_is_not_chosen_though_nothing_is_near_little(search):
    """A diverged training counts as too strong, never as an answer where another one went well."""
    record = search(0.05, lambda value: None if value > 0.005 else 0.9)

    assert (record["status"], record["reached"]) == ("ok", 0.9)
    assert record["value"] <= 0.005


def test_where_every_training_diverges_so_does_the_search(search):
    """There is then no value to go on with, and the row says so."""
    assert search(0.05, lambda _: None)["status"] == "diverged"


def test_an_outcome_that_jumps_leaves_the_nearest_side(search):
    """No value gives 0.5: the nearer of the two sides of the jump is taken."""
    record = search(0.5, lambda value: 0.8 if value < 0.02 else 0.1)

    assert (record["reached"], len(record["tried"])) == (0.8, 6)
    assert record["value"] < 0.02
