"""The scheduler's order on simulated workers: by hand, against bounds, and on a crafted plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.plan.stage import Stage
from prunebench.run.agenda import Agenda
from prunebench.run.makespan import TOGETHER, makespan, speed

PLENTY = 1000
"""Cores: nobody waits for one."""


def stage(name, *needs, kind="train", steps=0):
    """Make a stage."""
    keys = tuple(need.key for need in needs)
    return Stage(kind, {"name": name, "needs": keys}, keys, name, steps=steps)


def priced(costs):
    """Make stages by name and price, without inputs, and their prices by key."""
    stages = [stage(name) for name in costs]
    return stages, {made.key: costs[made.title] for made in stages}


def test_workers_share_cores_and_more():
    """One alone is at full speed; two on two cores lose the measured part; four there half more."""
    assert speed(1, 2) == 1.0
    assert speed(2, 2) == TOGETHER
    assert speed(4, 2) == TOGETHER / 2


def test_equal_stages_fill_the_workers():
    """Five stages of two seconds on two workers: three rounds, the last by one worker alone.

    Prices hold while both work, so the last round goes faster by what the second worker cost.
    """
    stages, prices = priced(dict.fromkeys("abcde", 2.0))

    assert makespan(stages, prices, 2, 2) == pytest.approx(2 + 2 + 2 * TOGETHER)


def test_a_chain_has_one_worker():
    """Each waits for the one before: the sum, at the speed of a worker that is alone."""
    first = stage("first")
    second = stage("second", first)
    third = stage("third", second)
    prices = {made.key: 3.0 for made in (first, second, third)}

    assert makespan([third, second, first], prices, 2, 2) == pytest.approx(9 * TOGETHER)


def test_what_runs_alone_runs_after_the_others():
    """Two trainings of 4 s beside each other, then two timings of 1 s one by one."""
    left, right = stage("left"), stage("right")
    times = [stage(f"time {made.title}", made, kind="latency") for made in (left, right)]
    prices = {made.key: 4.0 for made in (left, right)} | {made.key: 1.0 for made in times}

    assert makespan([*times, left, right], prices, 2, 2) == pytest.approx(4 + 2 * TOGETHER)


def test_the_last_worker_does_not_finish_alone():
    """A few slow steps cost more than many fast ones: that stage begins first.

    Ten trainings of a small network (1 s for 1000 steps) fill a worker while the other trains a
    large one (10 s for 100 steps). Counting steps, the large one would begin at 5 s and end at 15.
    """
    large = stage("large", steps=100)
    small = [stage(f"small {number}", steps=1000) for number in range(10)]
    prices = {large.key: 10.0} | {made.key: 1.0 for made in small}

    assert Agenda([*small, large]).pop() is not large
    assert Agenda([*small, large], costs=prices).pop() is large
    assert makespan([*small, large], prices, 2, PLENTY) == pytest.approx(10)


def test_equal_prices_are_ordered_by_key():
    """Whatever the order of the plan, stages of one price begin in the same order."""
    stages, prices = priced(dict.fromkeys("abcde", 1.5))
    orders = []
    for listed in (stages, stages[::-1]):
        agenda = Agenda(listed, costs=prices)
        orders.append([agenda.pop().key for _ in stages])

    assert orders[0] == orders[1] == sorted(prices)


@st.composite
def graphs(draw):
    """Draw stages of random prices, each with some of the earlier ones as inputs."""
    prices = draw(st.lists(st.floats(0.1, 50.0), min_size=1, max_size=14))
    stages = []
    for number, _ in enumerate(prices):
        needs = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else ()
        stages.append(stage(str(number), *(stages[need] for need in sorted(needs))))
    return stages, {made.key: price for made, price in zip(stages, prices, strict=True)}


@given(graphs(), st.integers(1, 5))
def test_list_scheduling_keeps_grahams_bound(graph, workers):
    """Between the longest way or equal shares, and (sum - way) / workers + way (Graham 1966).

    A worker that is left alone is faster by what it had lost beside others, and never slower.
    """
    stages, prices = graph
    way, total = max(Agenda(stages, costs=prices).urgency.values()), sum(prices.values())
    got = makespan(stages, prices, workers, PLENTY)

    assert got >= max(way, total / workers) * TOGETHER * (1 - 1e-9)
    assert got <= ((total - way) / workers + way) * (1 + 1e-9)
