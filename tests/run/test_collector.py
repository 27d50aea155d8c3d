"""Rows of trials that were trained and tested, but not measured in every way that was asked for."""

import pytest

from prunebench.experiment.schema import validate
from prunebench.run.collector import Collector
from prunebench.run.executor import InlineExecutor
from prunebench.run.message import Message
from prunebench.run.planning import make_plan
from prunebench.run.run import Places, Run
from prunebench.run.scheduler import Outcome
from prunebench.store.store import Store


class Lame(InlineExecutor):
    """Cannot do some kinds of stages."""

    cannot = ()

    def submit(self, task):
        """Fail, or work."""
        if task.kind in self.cannot:
            self._messages.append(Message("failed", task.key, reason="RuntimeError: no memory"))
        else:
            super().submit(task)


@pytest.fixture
def run_lame(registry, tmp_path):
    """Carry out one trial with everything asked for, where some kinds of stages fail."""

    def run(*cannot):
        asked = {
            "model": "smallconv[width=4]",
            "methods": ["l1filter"],
            "protocols": ["ticket"],
            "densities": [0.5],
            "seeds": 1,
            "recipe": {"preset": "digits", "length": 1, "finetune": {"length": 1}},
            "latency": True,
            "diagnostics": True,
        }
        experiment = validate(asked, "test")
        places = Places(tmp_path / "store", tmp_path)
        plan = make_plan(registry, experiment, tmp_path, fetch=False)
        executor = Lame(registry, Store(places.store))
        executor.cannot = cannot
        return Run(registry, experiment, plan, places, "prunebench run").execute(executor)

    return run


@pytest.mark.parametrize("kind", ["latency", "diagnose"])
def test_what_was_trained_and_tested_is_a_result(run_lame, kind):
    """A timing or a diagnosis that fails is missing, and costs no accuracy; the next run tries."""
    lame = run_lame(kind)
    row = lame.rows[-1]
    whole = run_lame()

    assert (row.status, row.test_accuracy_last is None) == ("ok", False)
    assert row.reason.endswith(" failed: RuntimeError: no memory")
    assert (row.latency == {}) == (kind == "latency")
    assert (row.train_accuracy is None) == (kind == "diagnose")
    assert lame.record.failed > 0
    assert (whole.record.failed, whole.rows[-1].reason) == (0, "")
    assert whole.rows[-1].latency != {}
    assert whole.rows[-1].train_accuracy is not None


def test_a_failed_evaluation_is_a_failed_trial(run_lame):
    """There is no number to save."""
    assert {row.status for row in run_lame("evaluate").rows} == {"failed"}


def test_rows_that_another_process_completed_are_written_at_the_end(plan_of, run_tiny, tmp_path):
    """Stages that somebody else did after the beginning are never heard of; their rows count."""
    asked = {"methods": ["magnitude"], "protocols": ["none"]}
    other = run_tiny(**asked)
    (tmp_path / "mine").mkdir()
    late = Collector(plan_of(**asked), Store(tmp_path / "store"), tmp_path / "mine", "here")

    late.end(Outcome())

    assert {row.trial for row in late.rows.values()} == {row.trial for row in other.rows}
    assert {row.status for row in late.rows.values()} == {"ok"}
