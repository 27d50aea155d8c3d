"""What is left of a run, on simulated streams of events."""

from heapq import heappop, heappush
from itertools import pairwise
from random import Random

import pytest

from prunebench.contracts.observer import StageEvent
from prunebench.plan.stage import Stage
from prunebench.run.agenda import Agenda
from prunebench.run.forecast import Forecast
from prunebench.run.throughput import Throughput
from prunebench.run.workload import Work

BEAT = 0.25
"""Seconds between two reports of a training."""


def make(kind, name, *needs):
    """Make a stage."""
    keys = tuple(need.key for need in needs)
    return Stage(kind, {"name": name, "needs": keys}, keys, name)


def make_grid(seeds, masks):
    """Make a plan such as most: dense trainings, masks, retrainings, tests; gives all stages."""
    stages = []
    for seed in range(seeds):
        dense = make("train", f"dense {seed}", make("init", f"init {seed}"))
        stages.append(dense)
        for number in range(masks):
            prune = make("prune", f"prune {number} seed {seed}", dense)
            again = make("train", f"retrain {number} seed {seed}", prune)
            stages += [prune, again, make("evaluate", f"test {number} seed {seed}", again)]
    return stages


def works_of(stages, steps=500):
    """Say what the stages ask: groups by kind, and steps of training."""
    return {
        stage.key: Work(stage.kind, "net", steps=steps * (stage.kind == "train"), batch=64)
        for stage in stages
    }


def event(what, stage, **more):
    """Make an event of a stage."""
    return StageEvent(what=what, kind=stage.kind, key=stage.key, title=stage.title, **more)


def events_of(stage, begin, seconds, steps):
    """Give the events of one stage with their times."""
    yield begin, event("started", stage)
    beats = int(seconds / BEAT) if steps else 0
    for beat in range(1, beats + 1):
        done = int(steps * beat * BEAT / seconds)
        yield begin + beat * BEAT, event("progress", stage, done=done, total=steps)
    yield begin + seconds, event("finished", stage, seconds=seconds)


def play(stages, costs, truth, works, workers):
    """Play a run: gives a forecast at every event as (time, seconds it thinks are left)."""
    agenda = Agenda(stages, costs=costs, workers=workers)
    running, told, now = [], [], 0.0
    while True:
        while len(running) < workers and (stage := agenda.pop()) is not None:
            seconds = truth[stage.key]
            told += events_of(stage, now, seconds, int(works[stage.key].steps))
            heappush(running, (now + seconds, stage.key))
        if not running:
            break
        now, key = heappop(running)
        agenda.finish(key)
    forecast = Forecast(stages, works, costs, workers)
    thought = []
    for time, said in sorted(told, key=lambda pair: pair[0]):
        forecast.hear(said, time)
        thought.append((time, forecast.remaining(time)))
    return thought


@pytest.mark.parametrize("times", [1.0, 0.2, 6.0])
@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("seed", range(3))
def test_the_forecast_settles(times, workers, seed):
    """Stages take other times than thought, by a factor each of its kind, and by chance.

    From a third of the run on the forecast errs by a fifth of what is left and by no more than a
    fiftieth of the whole beside. From a tenth on it never moves the end by more than a quarter of
    the whole from one event to the next.
    """
    chance = Random(seed)
    stages = make_grid(6, 8)
    works = works_of(stages)
    usual = {"train": 20.0, "prune": 0.1, "evaluate": 1.0}
    costs = {stage.key: usual[stage.kind] for stage in stages}
    kinds = {"train": times, "prune": 3.0, "evaluate": 2.0}
    truth = {
        stage.key: costs[stage.key] * kinds[stage.kind] * chance.uniform(0.8, 1.25)
        for stage in stages
    }
    thought = play(stages, costs, truth, works, workers)
    whole = thought[-1][0]
    late = [(time, left) for time, left in thought if time >= whole / 3]
    ends = [time + left for time, left in thought if time >= whole / 10]

    assert all(abs(left - (whole - t)) <= 0.2 * (whole - t) + whole / 50 for t, left in late)
    assert max(abs(b - a) for a, b in pairwise(ends)) <= whole / 4
    assert thought[-1][1] == pytest.approx(0.0, abs=1e-6)


def test_an_odd_stage_does_not_move_it_far():
    """One of a hundred equal stages hangs a hundred times longer: it counts as three.

    Ten of 2 s were seen, and 90 are thought to take 180 s. The eleventh weighs about as much as
    what did not fade of eight, (5 * 2 + 6) / (6 * 2): what is left grows by less than a half.
    """
    stages = [make("evaluate", str(number)) for number in range(100)]
    costs = {stage.key: 2.0 for stage in stages}
    forecast = Forecast(stages, works_of(stages), costs, 1)
    now = 0.0
    for stage in stages[:10]:
        forecast.hear(event("started", stage), now)
        now += 2.0
        forecast.hear(event("finished", stage, seconds=2.0), now)
    before = forecast.remaining(now)
    forecast.hear(event("started", stages[10]), now)
    forecast.hear(event("finished", stages[10], seconds=200.0), now + 200.0)

    assert before == pytest.approx(180.0)
    assert 180.0 < forecast.remaining(now + 200.0) < 270.0


def test_the_longest_way_counts_where_workers_cannot_help():
    """A chain of three stages of 10 s on four workers takes 30 s, not 7.5."""
    first = make("train", "first")
    second = make("train", "second", first)
    third = make("train", "third", second)
    stages = [first, second, third]
    costs = {stage.key: 10.0 for stage in stages}
    forecast = Forecast(stages, works_of(stages), costs, 4)
    forecast.hear(event("started", first), 100.0)
    before = forecast.remaining(100.0)
    for beat in range(1, 21):
        said = event("progress", first, done=25 * beat, total=1000)
        forecast.hear(said, 100.0 + beat * BEAT)

    assert before == pytest.approx(30.0)
    assert forecast.remaining(105.0) == pytest.approx(25.0)


def test_what_runs_alone_is_not_shared():
    """Two timings of 3 s take 6 s on four workers."""
    stages = [make("latency", str(number)) for number in range(2)]
    costs = {stage.key: 3.0 for stage in stages}

    assert Forecast(stages, works_of(stages), costs, 4).remaining(0.0) == pytest.approx(6.0)


def test_speeds_of_one_kind_say_something_of_others():
    """Where trainings take thrice as long, an evaluation that nobody saw is thought to, too."""
    train, evaluate = make("train", "train"), make("evaluate", "evaluate")
    costs = {train.key: 100.0, evaluate.key: 10.0}
    forecast = Forecast([train, evaluate], works_of([train, evaluate]), costs, 1)
    forecast.learn(train.key, 300.0)

    # Trust in the old thought weighs 2 s * 100 / (100 + 300): (300 + 0.5 * 1) / (100 + 0.5).
    assert forecast.seconds(evaluate.key) == pytest.approx(10 * 300.5 / 100.5)
    assert forecast.has_seen


def test_blocked_and_unheard_stages_leave_the_account():
    """What cannot run takes no time; events of stages that nobody planned are no error."""
    stages = [make("train", str(number)) for number in range(3)]
    costs = {stage.key: 5.0 for stage in stages}
    forecast = Forecast(stages, works_of(stages), costs, 1)
    forecast.hear(event("blocked", stages[0]), 0.0)
    forecast.hear(event("finished", stages[1], seconds=0.0), 0.0)
    stranger = make("train", "stranger")
    forecast.hear(event("started", stranger), 0.0)
    forecast.hear(event("progress", stranger, done=1, total=2), 0.0)

    assert forecast.remaining(0.0) == pytest.approx(5.0)
    assert not forecast.has_seen


def test_throughput_counts_images_of_all_workers():
    """Two trainings of 1000 steps of 64 in 10 s: 12 800 images a second, from reports alone."""
    stages = [make("train", str(number)) for number in range(2)]
    works = works_of(stages, steps=1000)
    forecast = Forecast(stages, works, {stage.key: 10.0 for stage in stages}, 2)
    told = [pair for stage in stages for pair in events_of(stage, 0.0, 10.0, 1000)]
    for time, said in sorted(told, key=lambda pair: pair[0]):
        forecast.hear(said, time)

    assert forecast.throughput.rate(10.0) == pytest.approx(12_800, rel=0.05)


def test_throughput_forgets():
    """A hundred a second for a minute, then ten: soon it is ten, and it has no unit of memory."""
    throughput = Throughput()
    for second in range(61):
        throughput.add(float(second), 100.0)
    steady = throughput.rate(60.0)
    for second in range(61, 181):
        throughput.add(float(second), 10.0)

    assert steady == pytest.approx(100, rel=0.05)
    assert throughput.rate(180.0) == pytest.approx(10, rel=0.1)
    assert Throughput().rate(5.0) == 0.0
