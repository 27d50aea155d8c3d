"""What holds for every plan, whatever is asked for and in whatever order."""

import hashlib
import json
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prunebench.experiment.schema import validate
from prunebench.plan.planner import Planner
from prunebench.plan.stage import VERSIONS

METHODS = [
    "magnitude",
    "magnitude-iterative[rounds=2]",
    "snip",
    "l1filter",
    "thinet",
    "slimming",
    "slimming[min_keep=2]",
    "slimming[strength=0.0]",
    "slimming[strength=0.01]",
    "sss",
    "sss[runs=4]",
    "sss[gamma=0.01]",
    "sss[structures=blocks]",
    "sss[target=0.4]",
]
PROTOCOLS = ["none", "finetune", "ticket", "random", "scratch-e", "scratch-b", "lr-rewind"]


def some(values, most):
    """Draw a few different values in any order."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)


ASKED = st.fixed_dictionaries(
    {
        "methods": some(METHODS, 4),
        "protocols": some(PROTOCOLS, 3),
        "densities": some([0.5, 0.2], 2),
        "model": st.sampled_from(["smallconv[width=4]", "resnet[depth=8,width=4]"]),
        "rewind": st.sampled_from(["0it", "1ep"]),
        "seeds": st.integers(1, 2),
        "controls": st.booleans(),
    }
)


@pytest.fixture(scope="module")
def planned(registry):
    """Give a function that plans; equal questions are answered once."""

    def plan(asked, **changes):
        asked = {**asked, **changes}
        recipe = {"preset": "digits", "length": 2, "rewind": asked.pop("rewind")}
        return Planner(registry, validate({**asked, "recipe": recipe}, "test"), Path()).plan()

    return plan


def chains(plan, *, ordinary=False):
    """Give the stages of every row by its id; of ordinary rows: no controls."""
    return {
        trial.facts["trial"]: trial.keys
        for trial in plan.trials
        if not (ordinary and trial.facts.get("control_of"))
    }


@settings(max_examples=25, deadline=None)
@given(asked=ASKED)
def test_every_input_is_in_the_plan_and_none_waits_for_itself(planned, asked):
    """Keys that stages need or go on from, and those of rows, are stages; there is no circle."""
    plan = planned(asked)
    needs = {key: [*s.needs, *([s.resume] if s.resume else [])] for key, s in plan.stages.items()}

    assert {key for inputs in needs.values() for key in inputs} <= plan.stages.keys()
    assert {key for keys in chains(plan).values() for key in keys} <= plan.stages.keys()
    assert set(TopologicalSorter(needs).static_order()) == plan.stages.keys()
    assert all(key == stage.key for key, stage in plan.stages.items())


@settings(max_examples=25, deadline=None)
@given(asked=ASKED, data=st.data())
def test_order_of_what_is_asked_changes_nothing(planned, asked, data):
    """Methods, protocols and densities in another order: the same stages, the same rows."""
    shuffled = {
        name: data.draw(st.permutations(asked[name]))
        for name in ("methods", "protocols", "densities")
    }
    one, two = planned(asked), planned(asked, **shuffled)

    assert one.stages.keys() == two.stages.keys()
    assert chains(one) == chains(two)
    resumed = [{k: s.resume for k, s in plan.stages.items()} for plan in (one, two)]
    assert resumed[0] == resumed[1]


@settings(max_examples=25, deadline=None)
@given(asked=ASKED)
def test_ids_are_unique_and_stay_when_more_is_asked(planned, asked):
    """Another method, protocol or seed adds rows; those there were have the same stages."""
    small = planned(asked)
    more = planned(
        asked,
        methods=list(dict.fromkeys([*asked["methods"], *METHODS[-4:]])),
        protocols=list(dict.fromkeys([*asked["protocols"], "none"])),
        seeds=asked["seeds"] + 1,
    )

    assert len(chains(small)) == len(small.trials)
    assert len(chains(more)) == len(more.trials)
    assert chains(small, ordinary=True).items() <= chains(more).items()


@settings(max_examples=25, deadline=None)
@given(asked=ASKED)
def test_controls_leave_the_other_rows_alone(planned, asked):
    """With or without them, ordinary rows have the same ids and stages."""
    with_controls, without = planned(asked, controls=True), planned(asked, controls=False)

    assert chains(with_controls, ordinary=True) == chains(without)
    assert without.stages.keys() <= with_controls.stages.keys()
    assert not [t for t in without.trials if t.facts.get("control_of")]
    keys = {t.dense for t in with_controls.trials if "like" in t.facts["method"]}
    assert not [key for key in keys if key and with_controls.stages[key].spec.get("regularizer")]


def plain(value):
    """Hash an object as anyone could with json and sha256sum."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@settings(max_examples=25, deadline=None)
@given(asked=ASKED)
def test_keys_and_ids_are_plain_digests(planned, asked):
    """Whatever is worked out once and shared, anyone can recompute every key and every id."""
    plan = planned(asked)

    assert list(plan.stages) == [
        plain({"stage": stage.kind, "version": VERSIONS[stage.kind], **stage.spec})
        for stage in plan.stages.values()
    ]
    assert [trial.facts["trial"] for trial in plan.trials] == [
        plain(trial.facts["settings"]) for trial in plan.trials
    ]
