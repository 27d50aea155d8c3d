"""Keys: what enters them, and what does not."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.api import DatasetInfo, Granularity, Method, Metric, Preprocessing
from prunebench.core.layout import Layer, Layout
from prunebench.core.quota import LikeMask, Overall, PerLayer, Positive, Within
from prunebench.plan.configured import Configured
from prunebench.plan.course import Course, Stretch
from prunebench.plan.measuring import Measure, measure_stage
from prunebench.plan.problem import Problem
from prunebench.plan.quotas import quota_spec, read_quota
from prunebench.plan.stage import VERSIONS, Kind, Stage, stage_key
from prunebench.plan.stages import (
    PruneStep,
    Survivors,
    evaluate_stage,
    init_stage,
    prune_stage,
    score_stage,
    train_stage,
)
from prunebench.plugin.offer import Offer, Origin, Source
from prunebench.training.recipe import Recipe

CHANGED = "this changes every result's key: raise the stage's version in prunebench/plan/stage.py"


class Frozen(Method):
    """A method that never changes."""

    name, paper, granularity = "frozen", "Nobody 2020", Granularity.WEIGHT

    def score(self, subject):
        """Score by magnitude."""
        return {name: weight.abs() for name, weight in subject.weights.items()}


@pytest.fixture
def problem():
    """Make a problem that depends on no plugin: one linear layer on 100 images."""
    return Problem(
        dataset=None,
        model=None,
        info=DatasetInfo((1, 2, 2), 3, 100, 0, 10, "sha256:0", Preprocessing(255, (0.5,), (0.25,))),
        recipe=Recipe(length=4, batch=50, validation=0),
        layout=Layout((Layer("fc", "linear", (3, 4), bias=True, places=1),), (), ()),
        dataset_spec={"name": "data", "settings": {}, "identity": "sha256:0"},
        model_spec={"name": "net", "settings": {"width": 3}, "version": 1, "source": "0" * 32},
        dataset_label="data",
        model_label="net",
        place={"data_dir": "/data", "settings": {}},
        device="cpu",
    )


def prune(problem, make=prune_stage, **changes):
    """Prune the fixed problem to 6 of its 12 weights, or make another stage of the same inputs."""
    source = Source("frozen", "frozen.py", "f" * 32)
    offer = Offer("method", "frozen", Frozen, Origin("frozen", "frozen", "1", "frozen"), source)
    step = PruneStep("a" * 32, "a" * 32, None, (PerLayer({"fc": 6}),), (), 0, "title")
    return make(problem, 3, Configured(offer, Frozen()), replace(step, **changes))


def test_init_key_is_frozen(problem):
    """Everything a draw depends on, and nothing else."""
    stage = init_stage(problem, 3, "redraw", 1)

    assert stage.spec == {
        "model": problem.model_spec,
        "scheme": "model",
        "seed": 3,
        "purpose": "redraw",
        "draw": 1,
    }
    assert stage.key == "058c2ac646612f52db5928b014db3454", CHANGED


def test_train_key_is_frozen(problem):
    """Recipe, schedule and start of a training of 4 epochs of 2 steps."""
    stage = train_stage(problem, 3, Survivors("b" * 32), Course(problem.table), "title")

    assert stage.spec["schedule"] == {
        "start": 0,
        "stop": 8,
        "lr": 0.1,
        "decay": 0.1,
        "milestones": [4, 6],
        "warmup": 0,
        "epoch_steps": 2,
        "evaluate_every": 2,
    }
    assert stage.spec["numerics"] == {
        "device": "cpu",
        "precision": "fp32",
        "channels_last": True,
        "threads": 1,
    }
    assert stage.steps == 8
    assert stage.key == "eddd71c7efaddefb353eaa567b164308", CHANGED


def test_stretched_train_key_is_frozen(problem):
    """Scratch-B's key holds the rule; the length is known when it runs."""
    course = Course(problem.table, stretch=Stretch(2.0, 1))
    stage = train_stage(problem, 3, Survivors(None, "c" * 32, draw=1), course, "title")

    assert stage.spec["schedule"]["rule"] == "same-compute"
    assert (stage.needs, stage.steps, stage.keep) == (("c" * 32,), 16, False)
    assert stage.key == "ad8a15cb5e6523766e2f61ee6e601b24", CHANGED


def test_prune_key_is_frozen(problem):
    """Method, its source, what it scores and how many units stay."""
    stage = prune(problem)

    assert stage.spec["quotas"] == [{"per_layer": {"fc": 6}}]
    assert stage.spec["method"]["source"] == "f" * 32
    assert stage.key == "09453bb36f073bd20799abd9010c91a0", CHANGED


def test_score_key_is_frozen(problem):
    """All that a pruning depends on but what it keeps; its tensors are not for ever."""
    score, pruned = prune(problem, score_stage), prune(problem)

    assert score.spec == {name: v for name, v in pruned.spec.items() if name != "quotas"}
    assert (score.needs, score.keep) == (("a" * 32,), False)
    assert score.key == "61e9d888493f2d406940c532c86cf585", CHANGED


def test_pruning_by_shared_scores_names_them(problem):
    """The scores' key stands for itself; without sharing nothing is said of it."""
    pruned = prune(problem, scores="b" * 32)

    assert pruned.spec == {**prune(problem).spec, "scores": "b" * 32}
    assert pruned.needs == ("a" * 32, "b" * 32)


class Fixed(Metric):
    """A metric that never changes."""

    name, paper, version = "fixed", "Nobody 2020", 3
    bins: int = 7

    def compute(self, tested):
        """Give nothing."""
        return 0.0


def test_measure_key_is_frozen(problem):
    """The metric with its settings, version and source; the data; the two tests; nothing else."""
    source = Source("fixed", "fixed.py", "f" * 32)
    offer = Offer("metric", "fixed", Fixed, Origin("fixed", "fixed", "1", "fixed"), source)
    stage = measure_stage(problem, Measure(offer, Fixed()), ("a" * 32, "b" * 32), "title")
    said = {
        "stage": "measure",
        "version": 1,
        "metric": {"name": "fixed", "settings": {"bins": 7}, "source": "f" * 32, "version": 3},
        "data": {"identity": "sha256:0", "name": "data", "settings": {}},
        "network": "a" * 32,
        "dense": "b" * 32,
    }
    written = json.dumps(said, sort_keys=True, separators=(",", ":"))

    assert stage.key == sha256(written.encode()).hexdigest()[:32], CHANGED
    assert stage.place == problem.place


def test_evaluate_key_is_frozen(problem):
    """Network, data and numerics."""
    network = Survivors("d" * 32, "c" * 32)
    stage = evaluate_stage(problem, network, trained=True, title="title")

    assert stage.needs == ("d" * 32, "c" * 32)
    assert stage.key == "295504d462938bc8b0fbf7795c4c041a", CHANGED


def test_titles_places_and_steps_are_no_part_of_a_key(problem):
    """A key says what is done, never what it is called or where the data lie."""
    moved = replace(
        problem,
        place={"data_dir": "/elsewhere", "settings": {"folder": "/x"}},
        recipe=replace(problem.recipe, name="another name"),
        model_label="another label",
    )

    assert init_stage(moved, 0, "init").key == init_stage(problem, 0, "init").key
    assert prune(moved, title="another").key == prune(problem).key
    stages = [
        train_stage(p, 0, Survivors("b" * 32), Course(p.table), title)
        for p, title in ((problem, "one"), (moved, "two"))
    ]
    assert stages[0].key == stages[1].key
    assert replace(stages[0], resume="e" * 32, steps=1, keep=False).key == stages[0].key


def test_device_enters_the_keys_of_what_computes(problem):
    """Another device class gives other bits; a draw is made on the CPU whatever trains."""
    gpu = replace(problem, device="cuda")
    makers = (
        prune,
        lambda p: train_stage(p, 0, Survivors("b" * 32), Course(p.table), ""),
        lambda p: evaluate_stage(p, Survivors("b" * 32), trained=True, title=""),
    )

    assert all(make(gpu).key != make(problem).key for make in makers)
    assert init_stage(gpu, 0, "init").key == init_stage(problem, 0, "init").key


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": "e" * 32},
        {"mask": "e" * 32},
        {"quotas": (PerLayer({"fc": 5}),)},
        {"quotas": (Overall(6),)},
        {"quotas": (PerLayer({"fc": 6}), PerLayer({"fc": 6}))},
        {"groups": ("fc",)},
        {"round": 1},
        {"scores": "e" * 32},
    ],
)
def test_every_input_of_a_pruning_changes_its_key(problem, changes):
    """Another network, mask, count or round is another stage."""
    assert prune(problem, **changes).key != prune(problem).key


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": None},
        {"mask": "e" * 32},
        {"scale": "sparse-he"},
        {"repaired": True},
        {"draw": 1},
    ],
)
def test_every_part_of_a_start_changes_the_key(problem, changes):
    """Whose weights, which mask, which scale, which draw."""
    start = Survivors("b" * 32)
    keys = {
        train_stage(problem, 0, survivors, Course(problem.table), "").key
        for survivors in (start, replace(start, **changes))
    }

    assert len(keys) == 2


def test_key_depends_on_kind_and_version_but_not_on_order():
    """Keys of the spec may stand in any order; a raised version is another key."""
    assert stage_key("init", {"a": 1, "b": 2}) == stage_key("init", {"b": 2, "a": 1})
    assert stage_key("init", {"a": 1}) != stage_key("train", {"a": 1})
    assert set(VERSIONS) == set(get_args(Kind))


@given(
    st.dictionaries(st.text(), st.integers(0), max_size=3).map(PerLayer)
    | st.integers(0).map(Overall)
    | st.just(Positive())
    | st.text("0123456789abcdef", min_size=32, max_size=32).map(LikeMask)
    | st.builds(Within, st.floats(0.001, 1), st.sampled_from(["params", "macs"]))
)
def test_quotas_read_back(quota):
    """What a stage is told equals what was planned."""
    assert read_quota(quota_spec(quota)) == quota


def test_foreign_quota_is_refused():
    """A spec that no quota has written is our mistake."""
    with pytest.raises(ValueError, match="not a quota"):
        read_quota({"half": 1})


def test_stage_is_its_digest():
    """A stage's key cannot be given, only computed."""
    stage = Stage("init", {"seed": 1}, (), "title")

    assert stage.key == stage_key("init", {"seed": 1})
    with pytest.raises(TypeError):
        Stage("init", {"seed": 1}, (), "title", key="0" * 32)
