"""What a run asks of its store grows with its stages, and with nothing else."""

from collections import Counter
from shutil import copytree

import pytest

from prunebench.experiment.schema import validate
from prunebench.run.agenda import missing
from prunebench.run.collector import Collector
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.scheduler import Scheduler
from prunebench.store.store import Store


class Counted(Store):
    """A store that counts how often it is asked, and reads each record and file of tensors."""

    def __init__(self, root):
        super().__init__(root)
        self.asked, self.records, self.tensors = Counter(), Counter(), Counter()

    def has(self, key):
        """Count, and look."""
        self.asked[key] += 1
        return super().has(key)

    def envelope(self, key):
        """Count, and read."""
        self.records[key] += 1
        return super().envelope(key)

    def verify(self, key):
        """Count, and verify."""
        self.tensors[key] += 1
        super().verify(key)


@pytest.fixture(scope="module")
def asked(registry, tmp_path_factory):
    """Plan two methods, one of several rounds, with two densities and protocols."""
    asked = {
        "model": "smallconv[width=4]",
        "methods": ["magnitude", "magnitude-iterative[rounds=2]"],
        "protocols": ["ticket", "finetune"],
        "densities": [0.5, 0.2],
        "seeds": 1,
        "recipe": {"preset": "digits", "length": 1, "finetune": {"length": 1}},
    }
    return make_plan(registry, validate(asked, "test"), tmp_path_factory.mktemp("d"), fetch=False)


@pytest.fixture(scope="module")
def done(asked, registry, tmp_path_factory):
    """Do all of it."""
    store = Store(tmp_path_factory.mktemp("done"))
    outcome = Scheduler(asked, store, InlineExecutor(registry, store), lambda _: None).run()

    assert outcome.failed == {}
    return store.root


@pytest.fixture
def finished(done, tmp_path):
    """Copy the store in which all is done."""
    return copytree(done, tmp_path / "store")


def test_what_is_done_is_asked_for_once(asked, finished, registry, tmp_path, heard):
    """Drawing up, taking over, sweeping: no record is read twice to see that it is there."""
    store = Counted(finished)
    scheduler = Scheduler(asked, store, InlineExecutor(registry, store), heard.emit)
    outcome = scheduler.run()

    assert outcome.executed == []
    assert missing(asked, store) == set()
    assert set(store.records.values()) == {1}
    assert store.records.keys() <= asked.stages.keys()
    assert not store.tensors


def test_rows_take_one_more_look_at_each_record(asked, finished, tmp_path):
    """However many rows a stage serves."""
    store = Counted(finished)
    missing(asked, store)
    collector = Collector(asked, store, tmp_path, "environment")
    collector.begin()

    assert len(collector.rows) == len(asked.trials)
    assert max(store.records.values()) == 2


def test_nothing_new_leaves_the_results_alone(asked, finished, registry, tmp_path, heard):
    """Rows that were written at the beginning are not written once more at the end."""
    store = Store(finished)
    collector = Collector(asked, store, tmp_path, "environment")
    collector.begin()
    before = (tmp_path / "results.jsonl").stat().st_ino
    scheduler = Scheduler(asked, store, InlineExecutor(registry, store), heard.emit, collector.take)
    collector.end(scheduler.run())

    assert (tmp_path / "results.jsonl").stat().st_ino == before


def test_restoring_looks_at_what_follows_alone(asked, finished, registry, heard):
    """Tensors that were dropped are computed again, and the plan is not gone through for each."""
    store = Counted(finished)
    retrained = {trial.evaluate: trial.train for trial in asked.trials if trial.prunes}
    for evaluate in retrained:
        store.discard(evaluate)
    outcome = Scheduler(asked, store, InlineExecutor(registry, store), heard.emit).run()
    lost = {key for key in retrained.values() if not asked.stages[key].keep}

    assert lost | retrained.keys() <= set(outcome.executed)
    assert len(lost) == 8
    near = {need for key in outcome.executed for need in asked.stages[key].needs}
    far = asked.stages.keys() - near - set(outcome.executed)
    assert {asked.stages[key].kind for key in far} >= {"evaluate"}
    assert max(store.asked[key] for key in far) < len(lost)
