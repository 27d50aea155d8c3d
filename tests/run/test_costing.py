"""Estimates of real plans: by a probe, by what the store holds, and against a clock."""

import json
from math import inf

import pytest

from prunebench.run import probe as probing
from prunebench.run.costing import START_SECONDS, Costing, Machine, estimated, make_pace
from prunebench.run.executor import InlineExecutor
from prunebench.run.scheduler import Scheduler, Terms
from prunebench.store.store import Store

ALONE = Machine(1, 1)


@pytest.fixture
def costing_of(registry, tmp_path):
    """Give the costing of a plan in the test's store."""
    return lambda plan: Costing(registry, Store(tmp_path / "store"), plan.stages, ALONE)


@pytest.fixture
def carry_out(registry, tmp_path, heard):
    """Carry a plan out in the test's store."""

    def run(plan, pace=None):
        store = Store(tmp_path / "store")
        terms = Terms(pace=pace)
        scheduler = Scheduler(plan, store, InlineExecutor(registry, store), heard.emit, terms=terms)
        return scheduler.run()

    return run


def rewrite(store, key, **changes):
    """Change what a record says."""
    path = store.folder(key) / "record.json"
    envelope = json.loads(path.read_text())
    envelope["record"] |= changes
    path.write_text(json.dumps(envelope))


def test_a_probe_measures_every_training_once(costing_of, plan_of):
    """Dense and cut networks of one problem: one speed of steps and one of images, one exponent."""
    plan = plan_of(methods=["magnitude", "l1filter"], protocols=["finetune"])
    costing = costing_of(plan)
    costing.probe(plan.stages)
    rates = costing.rates

    assert len(rates.step) == len(rates.image) == len(rates.exponent) == 1
    assert all(0 < seconds < 1 for seconds in (*rates.step.values(), *rates.image.values()))
    assert 0 <= next(iter(rates.exponent.values())) <= 1.2


def test_cut_networks_are_probed_where_the_dense_ones_are_done(costing_of, plan_of):
    """The speed of a cut network is told beside the dense one's, which is measured all the same."""
    plan = plan_of(methods=["l1filter"], protocols=["finetune"])
    costing = costing_of(plan)
    works = {key: costing.works[key] for key in plan.stages}
    todo = [key for key, work in works.items() if work.share < 1.0]
    costing.probe(todo)

    assert "train" in {plan.stages[key].kind for key in todo}
    assert len(costing.rates.step) == len(costing.rates.exponent) == 1


@pytest.mark.parametrize("method", ["slimming", "sss[target=0.5]"])
def test_a_probe_trains_with_the_regularizer(costing_of, plan_of, method):
    """What a method adds to its dense training is timed with it, searched settings too."""
    plan = plan_of(methods=[method], protocols=["none"])
    costing = costing_of(plan)
    costing.probe(plan.stages)

    assert len(costing.rates.step) == len({w.training for w in costing.works.values()} - {""})


def test_large_steps_are_probed_in_small_batches(costing_of, plan_of, monkeypatch):
    """A step beyond the limit is timed with fewer images and scaled; it is near the whole one."""
    plan = plan_of(methods=["magnitude"], protocols=["none"])
    found = []
    for limit in (1.0, 1e-6):
        monkeypatch.setattr(probing, "STEP_LIMIT", limit)
        costing = costing_of(plan)
        costing.probe(plan.stages)
        found.append(next(iter(costing.rates.step.values())))

    # A small network's step is mostly overhead, which is counted for every small batch.
    assert 0.5 < found[1] / found[0] < 20


def test_an_estimate_adds_up(costing_of, plan_of):
    """One worker takes the sum of all kinds, and the time until it works; nothing takes none."""
    plan = plan_of(methods=["magnitude"], protocols=["finetune"])
    costing = costing_of(plan)
    found = estimated(costing.forecast(sorted(plan.stages), probed=True), ALONE)
    nothing = estimated(costing.forecast([], probed=True), ALONE)

    assert set(found.by_kind) == {"init", "train", "prune", "evaluate"}
    assert found.seconds == pytest.approx(START_SECONDS + sum(found.by_kind.values()))
    assert (nothing.seconds, nothing.by_kind) == (0.0, {})


def test_what_the_store_knows_needs_no_probe(costing_of, plan_of, carry_out, tmp_path):
    """Trainings that are done say how long their like take, where they ran on this machine.

    Three of one kind took 50 s each: a fourth is thought to take about as long, and no probe runs.
    """
    small = plan_of(methods=["magnitude"], protocols=["finetune"], densities=[0.5, 0.2, 0.3])
    large = plan_of(methods=["magnitude"], protocols=["finetune"], densities=[0.5, 0.2, 0.3, 0.1])
    carry_out(small)
    todo = sorted(set(large.stages) - set(small.stages))
    (training,) = (key for key in todo if large.stages[key].kind == "train")
    trained = [key for key, stage in small.stages.items() if stage.kind == "train"]
    store = Store(tmp_path / "store")
    for key in trained:
        rewrite(store, key, seconds=50.0 * small.stages[key].steps / 17)
    costing = costing_of(large)
    forecast = costing.forecast(todo, probed=True)
    for key in trained:
        rewrite(store, key, environment="another machine")
    elsewhere = costing_of(large).forecast(todo, probed=True)

    assert costing.rates.step == {}
    assert forecast.seconds(training) == pytest.approx(50.0, rel=0.1)
    assert elsewhere.seconds(training) < 5.0


def test_a_short_run_is_not_probed(costing_of, plan_of):
    """Seconds would be wasted; where an end is set they are not."""
    plan = plan_of(methods=["magnitude"], protocols=["finetune"])
    todo = sorted(plan.stages)
    short, bounded = costing_of(plan), costing_of(plan)
    paces = make_pace(short, todo), make_pace(bounded, todo, until=100.0, clock=lambda: 0.0)

    assert [pace.estimate > 0 for pace in paces] == [False, True]
    assert [bool(costing.rates.step) for costing in (short, bounded)] == [False, True]
    assert [pace.until for pace in paces] == [inf, 100.0]


def test_a_network_that_cannot_be_probed_is_left_to_its_stage(costing_of, plan_of, caplog):
    """A run goes by constants where the probe fails; the stage itself tells why."""
    plan = plan_of(methods=["magnitude"], protocols=["none"], model="smallconv[width=1000000]")
    with caplog.at_level("INFO", "prunebench"):
        pace = make_pace(costing_of(plan), sorted(plan.stages), until=1e9, clock=lambda: 0.0)

    assert pace.estimate > 0
    assert "no probe: " in caplog.text


def test_nothing_begins_that_would_end_too_late(costing_of, plan_of, carry_out, tmp_path):
    """With no time nothing runs; with time for small stages those; then the rest, none twice."""
    plan = plan_of(methods=["magnitude"], protocols=["finetune"])
    executed = []
    for until in (0.0, 1.0, inf):
        costing = costing_of(plan)
        todo = sorted(key for key in plan.stages if not costing.store.has(key))
        pace = make_pace(costing, todo, until=until, clock=lambda: 0.0)
        for key in todo:  # trainings take two seconds, and everything else a tenth
            costing.costs[key] = 2.0 if plan.stages[key].kind == "train" else 0.1
        outcome = carry_out(plan, pace)
        executed.append([plan.stages[key].kind for key in outcome.executed])
        left = plan.stages.keys() - set(filter(costing.store.has, plan.stages))

        assert outcome.failed == outcome.blocked == {}
        assert bool(left) == bool(outcome.put_off)
    counts = plan.counts

    assert executed[0] == []
    assert executed[1] == ["init"]
    assert sorted(executed[2]) == sorted(
        kind for kind, count in counts.items() for _ in range(count) if kind != "init"
    )
