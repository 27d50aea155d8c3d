"""The order of stages, on plans of a few."""

from prunebench.plan.plan import Plan, PlannedTrial
from prunebench.plan.stage import Stage
from prunebench.run.agenda import Agenda, missing
from prunebench.store.artifact import Artifact
from prunebench.store.store import Store


def stage(name, *needs, steps=0, resume=None):
    """Make a stage."""
    keys = tuple(need.key for need in needs)
    return Stage("train", {"name": name, "needs": keys}, keys, name, resume=resume, steps=steps)


def drain(agenda):
    """Give the titles in the order of a single worker."""
    titles = []
    while (begun := agenda.pop()) is not None:
        titles.append(begun.title)
        agenda.finish(begun.key)
    return titles


def test_the_longest_way_begins_first():
    """Of two roots the one with more steps ahead; a step counts, and so does a stage (1)."""
    short, long = stage("short", steps=5), stage("long", steps=2)
    after = stage("after", long, steps=9)

    assert drain(Agenda([short, long, after])) == ["long", "after", "short"]


def test_inputs_come_first():
    """A diamond: top, both sides, bottom; the earlier step of a training is an input."""
    top = stage("top")
    left, right = stage("left", top, steps=3), stage("right", top, steps=1)
    bottom = stage("bottom", left, resume=right.key)
    agenda = Agenda([bottom, right, left, top])

    assert drain(agenda) == ["top", "left", "right", "bottom"]
    assert agenda.stages == {}


def test_blocking_takes_dependants_only():
    """What depends on a failed stage, directly or not, goes; the rest stays."""
    bad, good = stage("bad"), stage("good")
    one = stage("one", bad, good)
    two = stage("two", one)
    agenda = Agenda([bad, good, one, two])
    agenda.pop()
    agenda.pop()

    assert sorted(lost.title for lost in agenda.block(bad.key)) == ["one", "two"]
    agenda.finish(good.key)
    assert agenda.pop() is None
    assert agenda.stages == {}


def test_held_stages_are_not_handed_out():
    """A stage that runs already is waited for and not begun again."""
    first = stage("first")
    second = stage("second", first)
    agenda = Agenda([first, second], held={first.key})

    assert agenda.pop() is None
    agenda.finish(first.key)
    assert agenda.pop() is second


def test_what_must_run_alone_comes_last_and_only_when_idle():
    """Whatever it would cost; beside one that runs it waits."""
    first = stage("first")
    time = Stage("latency", {"of": "first"}, (first.key,), "time")
    short, later = stage("short"), stage("later", steps=3)
    agenda = Agenda([time, later, short, first])

    assert {agenda.pop(idle=False).title for _ in range(3)} == {"later", "short", "first"}
    agenda.finish(first.key)
    assert agenda.pop(idle=False) is None
    assert agenda.pop(idle=True) is time
    assert agenda.pop() is None


def test_ends_go_first_while_much_is_left():
    """Two workers, ten trainings of 10 s, a test of 1 s after each: rows are completed meanwhile.

    Much is 4 times the longest way (11 s) for each worker: 88 s. Of 110 s more than that is left
    after the first training, and after the second with one test before it; then tests fill gaps.
    """
    trains = [stage(f"train {n}", steps=10) for n in range(10)]
    tests = [stage(f"test {n}", trained) for n, trained in enumerate(trains)]
    costs = {made.key: 10.0 for made in trains} | {made.key: 1.0 for made in tests}
    agenda = Agenda([*tests, *trains], costs=costs, workers=2)
    kinds = [title.split()[0] for title in drain(agenda)]

    assert kinds[:6] == ["train", "test", "train", "test", "train", "train"]
    assert kinds[6:] == ["train"] * 6 + ["test"] * 8


def test_a_test_that_only_metrics_wait_for_is_an_end_too():
    """Ten trainings of 10 s, tests of 1 s, metrics of nothing: rows are completed meanwhile.

    With metrics the order of trainings and tests is the one without.
    """
    trains = [stage(f"train {n}", steps=10) for n in range(10)]
    tests = [stage(f"test {n}", trained) for n, trained in enumerate(trains)]
    measures = [Stage("measure", {"of": t.key}, (t.key,), f"measure {t.title[5:]}") for t in tests]
    costs = {made.key: 10.0 for made in trains} | {made.key: 1.0 for made in tests}
    bare = drain(Agenda([*tests, *trains], costs=costs, workers=2))
    costs |= {made.key: 0.0 for made in measures}
    found = drain(Agenda([*measures, *tests, *trains], costs=costs, workers=2))

    assert [title for title in found if not title.startswith("measure")] == bare
    assert [title.split()[0] for title in found[:3]] == ["train", "test", "measure"]


def test_missing_recomputes_dropped_inputs_only(tmp_path):
    """A missing reader brings back the tensors it reads, and theirs; nothing else runs again."""
    store = Store(tmp_path)
    root = stage("root")
    middle, other = stage("middle", root), stage("other", root)
    last = stage("last", middle)
    stages = {s.key: s for s in (root, middle, other, last)}
    trials = (PlannedTrial({}, last.key), PlannedTrial({}, other.key))
    plan = Plan(stages, trials)
    assert missing(plan, store) == set(stages)

    for done in stages.values():
        store.put(done.key, Artifact({"status": "ok"}))
    store.drop_tensors(middle.key)
    assert missing(plan, store) == set()

    store.discard(last.key)
    assert missing(plan, store) == {last.key, middle.key}
