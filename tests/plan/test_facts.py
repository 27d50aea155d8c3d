import pytest

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
