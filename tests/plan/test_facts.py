import json

import pytest

from prunebench.experiment.schema import validate
from prunebench.plan.facts import Facts, dense_facts, trial_facts
from prunebench.plan.planner import Planner

ASKED = {"methods": "magnitude", "protocols": "random", "densities": [0.1], "seeds": [3]}


@pytest.fixture
def ids(plan):
    """Give a function that lists the trial ids of a plan."""

    def listed(*args, **asked):
        return [trial.facts["trial"] for trial in plan(*args, **(ASKED | asked)).trials]

    return listed


def test_sparsity_and_density_are_one_trial(ids):
    """Two ways to write one number give one id."""
    assert ids(densities=None, sparsities=[0.9]) == ids()


@pytest.mark.parametrize(
    "explicit",
    [
        {"methods": "magnitude[min_keep=0,scope=layer]"},
        {"methods": {"name": "magnitude", "scope": "layer"}},
        {"protocols": "random[scale=same,draws=1]"},
        {"model": "smallconv"},
        {"model": "smallconv[width=16]"},
        {"recipe": {"preset": "digits"}},
        {"recipe": {"preset": "digits", "batch": 64}},
        {"name": "another title"},
    ],
)
def test_defaults_written_out_are_the_same_trial(plan, ids, explicit):
    """What a person leaves out is what the default says: same ids, same labels."""
    assert ids(**explicit) == ids()
    labels = [
        [(t.facts["method"], t.facts["protocol"], t.facts["model"]) for t in made.trials]
        for made in (plan(**ASKED), plan(**(ASKED | explicit)))
    ]
    assert labels[0] == labels[1]


@pytest.mark.parametrize(
    "other",
    [
        {"seeds": [4]},
        {"densities": [0.2]},
        {"density_of": "macs"},
        {"methods": "magnitude[scope=global]"},
        {"protocols": "random[scale=sparse-he]"},
        {"protocols": "scratch-e"},
        {"model": "smallconv[width=8]"},
        {"recipe": {"preset": "digits", "lr": 0.05}},
        {"recipe": {"preset": "digits", "prunable": "convs"}},
        {"recipe": {"preset": "digits", "not_prunable": ["fc"]}},
    ],
)
def test_another_coordinate_is_another_trial(ids, other):
    """Every scientific choice shows in the id."""
    assert ids(**other)[-1] != ids()[-1]


def test_ids_know_no_software_and_no_place(install, ids):
    """An edited source gives new keys and the same id, and data may lie anywhere."""
    asked = {"dataset": "cards", "methods": "slim", "model": "smallconv"}
    before = ids(install(), **asked)

    assert ids(install("edited", "group.scale.abs()", "group.scale"), **asked) == before
    assert ids(install("moved"), data="/elsewhere", **asked) == before
    assert ids(install("folder"), **(asked | {"dataset": "cards[folder=/x]"})) == before


def test_keys_know_no_place(strange, plan):
    """Neither the data folder nor a data set's own path enters a key."""
    asked = ASKED | {"dataset": "cards"}
    here = plan(strange, data="/here", **asked)
    there = plan(strange, data="/there", **(asked | {"dataset": "cards[folder=/x]"}))

    assert list(here.stages) == list(there.stages)
    assert not any("/here" in str(stage.spec) for stage in here.stages.values())


def test_order_of_axes_changes_no_key(plan):
    """Flags in another order are the same experiment, in another order."""
    forth = plan(methods="magnitude,l1filter", densities=[0.5, 0.2], seeds=[0, 1])
    back = plan(methods="l1filter,magnitude", densities=[0.2, 0.5], seeds=[1, 0])

    assert set(forth.stages) == set(back.stages)
    assert {t.facts["trial"] for t in forth.trials} == {t.facts["trial"] for t in back.trials}


def test_row_says_what_was_asked(plan, row):
    """Coordinates, rates, caps and overrides stand in the row's facts."""
    asked = ASKED | {
        "methods": "l1filter",
        "densities": [0.5],
        "protocols": "finetune[lr=0.5,length=2],scratch-b,scratch-b[cap=none],ticket,none",
        "recipe": {"preset": "digits", "rewind": "2ep", "lr": 0.2},
    }
    made = plan(**asked)
    tuned = row(made, protocol_id="finetune").facts
    ticket, none = row(made, protocol="ticket").facts, row(made, protocol="none").facts

    assert (tuned["lr"], tuned["overridden"]) == (0.5, "length=2, lr=0.5")
    assert tuned["protocol"] == "finetune[length=2,lr=0.5]"
    assert (ticket["lr"], ticket["rewind_step"], ticket["overridden"]) == (0.2, 34, "")
    assert (none["lr"], none["rewind_step"]) == (None, None)
    assert row(made, protocol="scratch-b").facts["budget_cap"] == 2.0
    assert row(made, protocol="scratch-b[cap=none]").facts["budget_cap"] is None
    assert (ticket["target"], ticket["target_density"], ticket["target_of"]) == (
        ("0.5", 0.5, "params")
    )
    assert (ticket["granularity"], ticket["scope"]) == ("channel", "layer")


def test_planned_target_has_no_density(plan, row):
    """A published plan is named, not measured, in the facts."""
    made = plan(
        model="resnet56",
        methods="l1filter[plan=resnet56-a]",
        protocols="ticket",
        seeds=1,
    )
    facts = row(made, protocol="ticket").facts

    assert (facts["target"], facts["target_density"], facts["target_of"]) == (
        ("resnet56-a", None, "")
    )
    assert facts["settings"]["target"] == {"plan": "resnet56-a"}


@pytest.fixture
def asked(registry, tmp_path):
    """Plan three methods, two of them with seeds and draws of their own."""
    asked = {
        "methods": ["magnitude", "slimming", "magnitude-iterative[rounds=2]"],
        "protocols": ["ticket", "random[draws=2]", "finetune", "scratch-b", "none"],
        "densities": [0.5, 0.25],
        "seeds": [0, 3],
        "controls": True,
    }
    planner = Planner(registry, validate(asked, "test"), tmp_path)
    planner.plan()
    return planner


def test_what_seeds_share_is_told_as_if_they_shared_nothing(asked):
    """Whichever seed and draw of a trial comes first, every row says the same as told alone."""
    protocols = asked._protocols.values()
    prunings = [pruning for pruning in asked._prunings.values() if not isinstance(pruning, str)]
    facts = Facts()
    told, alone = [
        [
            tell(pruning, protocol, seed, draw, control=control)
            for pruning in prunings
            for protocol in protocols
            for seed, draw in ((3, 1), (0, 0), (0, 1), (3, 1))
            for control in (False, True)
        ]
        for tell in (facts.trial, trial_facts)
    ]

    assert [json.dumps(row) for row in told] == [json.dumps(row) for row in alone]
    assert len(told) == 6 * 5 * 4 * 2


def test_dense_rows_are_told_apart_by_seed_and_regularizer(asked):
    """The shared network and each method's own, as if every one were told alone."""
    prunings = [pruning for pruning in asked._prunings.values() if not isinstance(pruning, str)]
    networks = [
        (pruning.problem, seed, asked.nets.pull(pruning, seed))
        for pruning in prunings
        for seed in (0, 3)
    ]
    facts = Facts()

    assert [facts.dense(*network) for network in networks * 2] == [
        dense_facts(*network) for network in networks * 2
    ]
    assert len({facts.dense(*network)["trial"] for network in networks}) == 4
