"""The scheduler on real stages: order, sweeping, resuming, and another process beside it."""

import json
import logging
from collections import deque

import pytest

from prunebench.run.executor import InlineExecutor
from prunebench.run.scheduler import Scheduler, Terms
from prunebench.store.store import Store


@pytest.fixture
def carry_out(registry, tmp_path, heard):
    """Carry a plan out in a store, with what is to happen after every finished stage."""

    def run(plan, name="store", on_done=lambda _: None, **settings):
        store = Store(tmp_path / name)
        executor = InlineExecutor(registry, store)
        scheduler = Scheduler(plan, store, executor, heard.emit, on_done, Terms(**settings))
        return scheduler.run()

    return run


class Pair(InlineExecutor):
    """Two workers, whose tasks are under way until they are waited for."""

    slots = 2

    def __init__(self, registry, store):
        super().__init__(registry, store)
        self.tasks = deque()

    def submit(self, task):
        """Take a task."""
        self.tasks.append(task)
        assert len(self.tasks) <= self.slots

    def wait(self):
        """Do what was handed over first, and tell how it went."""
        if not self._messages:
            super().submit(self.tasks.popleft())
        return super().wait()


def test_timing_runs_alone_and_last(registry, plan_of, tmp_path, heard):
    """While a network is timed nothing else is under way, though there are two workers."""
    asked = {"methods": ["l1filter", "magnitude"], "densities": [0.5, 0.2], "latency": True}
    plan = plan_of(protocols=["none"], **asked)
    store = Store(tmp_path / "store")
    outcome = Scheduler(plan, store, Pair(registry, store), heard.emit).run()
    under_way, beside, most = [], [], 0
    for event in heard.events:
        if event.what == "started":
            under_way.append(event.kind)
            most = max(most, len(under_way))
            beside += [list(under_way)] if "latency" in under_way else []
        elif event.what == "finished":
            under_way.remove(event.kind)
    ended = [event.kind for event in heard.events if event.what == "finished"]

    assert outcome.failed == {}
    assert most == 2
    assert beside == [["latency"], ["latency"]]
    assert ended[-2:] == ["latency", "latency"]
    assert len(ended) == len(plan.stages)


def digests(store, plan):
    """Give every stage's digest."""
    return {key: store.envelope(key)["tensors"] for key in plan.stages}


def test_events_tell_the_story(carry_out, plan_of, heard, caplog):
    """Every stage begins and ends once, inputs before what reads them; the log says so too."""
    plan = plan_of(methods=["magnitude"], protocols=["ticket"])
    with caplog.at_level(logging.INFO, "prunebench"):
        carry_out(plan)
    begun = [event.key for event in heard.events if event.what == "started"]
    ended = [event.key for event in heard.events if event.what == "finished"]

    assert sorted(begun) == sorted(ended) == sorted(plan.stages)
    for key, stage in plan.stages.items():
        assert all(ended.index(need) < begun.index(key) for need in stage.needs)
        assert f"finished {key[:12]} {stage.title}" in caplog.text


def test_what_a_stage_measured_is_told_when_it_ends(carry_out, plan_of, tmp_path, heard):
    """As in the store, curve and all, in plain JSON; nothing before it has ended."""
    carry_out(plan_of(methods=["magnitude"], protocols=["ticket"]))
    store = Store(tmp_path / "store")
    told = {event.key: event.record for event in heard.events if event.what == "finished"}
    curves = [event.record["curve"] for event in heard.events if "curve" in event.record]

    assert json.loads(json.dumps(told)) == {key: store.record(key) for key in told}
    assert all(len(curve["step"]) == len(curve["train_loss"]) > 0 for curve in curves)
    assert len(curves) == 2
    assert all(event.record == {} for event in heard.events if event.what != "finished")


def test_a_killed_run_is_swept_by_the_next(carry_out, plan_of, tmp_path):
    """Weights that a killed run did not come to drop are dropped when the next run ends."""
    plan = plan_of(methods=["magnitude"], protocols=["ticket"])
    carry_out(plan, keep_weights=True)
    store = Store(tmp_path / "store")
    retrained = [key for key, stage in plan.stages.items() if not stage.keep]
    assert all(map(store.has_tensors, retrained))

    assert carry_out(plan).executed == []
    assert retrained
    assert not any(map(store.has_tensors, retrained))


def test_the_waypoint_is_gone(carry_out, plan_of, tmp_path):
    """With the waypoint, without it, and without its optimiser a dense net has the same bits."""
    recipe = {"preset": "digits", "length": 2, "rewind": "1ep"}
    plan = plan_of(methods=["magnitude"], protocols=["none"], recipe=recipe)
    (waypoint,) = plan.waypoints
    (dense,) = (stage.key for stage in plan.stages.values() if stage.resume)
    carry_out(plan, "whole")
    whole = Store(tmp_path / "whole")
    found = [(whole.envelope(dense)["tensors"], whole.record(dense))]
    for damage in ("dropped", "bare"):
        store = Store(tmp_path / damage)
        for key in (waypoint, *plan.stages[dense].needs):
            artifact = whole.get(key)
            if damage == "bare" and key == waypoint:
                kept = {f"last/{name}": tensor for name, tensor in artifact.part("last").items()}
                artifact = type(artifact)(artifact.record, kept)
            store.put(key, artifact)
        if damage == "dropped":
            store.drop_tensors(waypoint)
        outcome = carry_out(plan, damage)
        assert outcome.failed == {}
        found.append((store.envelope(dense)["tensors"], store.record(dense)))
    tensors, records = zip(*found, strict=True)

    assert len(set(tensors)) == 1
    assert {record["images_seen"] for record in records} == {2 * 1079}


def test_what_another_process_does_is_taken_over(carry_out, plan_of, tmp_path):
    """A second scheduler does the rest after the first stage, and sweeps: no stage runs twice."""
    plan = plan_of(methods=["magnitude"], protocols=["ticket"])
    others = []

    def intrude(_):
        if not others:
            others.append(None)
            others.append(carry_out(plan))

    outcome = carry_out(plan, on_done=intrude)

    assert len(outcome.executed) == 1
    assert len(outcome.executed) + len(others[1].executed) == len(plan.stages)
    assert outcome.failed == {}


def test_what_another_process_dropped_is_computed_again(carry_out, plan_of, tmp_path):
    """Weights dropped between training and evaluation come back bit for bit."""
    plan = plan_of(methods=["magnitude"], protocols=["ticket"])
    carry_out(plan, "calm")
    store = Store(tmp_path / "store")
    dropped = []

    def drop(key):
        if not plan.stages[key].keep and not dropped:
            dropped.append(key)
            store.drop_tensors(key)

    outcome = carry_out(plan, on_done=drop)

    assert outcome.failed == {}
    assert outcome.executed.count(dropped[0]) == 2
    assert digests(store, plan) == digests(Store(tmp_path / "calm"), plan)
