"""Trial ids: what was asked, resolved; a spelling or a number that nobody uses changes none."""

import pytest

ASKED = {"methods": "magnitude", "densities": [0.5], "seeds": 1}
EVERY = "none,finetune,ticket,random,scratch-b"
ITERATIVE = "magnitude-iterative[between={},rounds=2]"


@pytest.fixture
def ids(plan):
    """Give a function that plans the digits with a recipe; gives trial ids by protocol."""

    def listed(protocols=EVERY, methods="magnitude", **recipe):
        asked = ASKED | {"methods": methods, "protocols": protocols}
        made = plan(**asked, recipe={"preset": "digits", **recipe})
        return {t.facts["protocol_id"]: t.facts["trial"] for t in made.trials}

    return listed


def changed(before, after):
    """Name the protocols whose ids differ."""
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"length": 2, "milestones": [1]}, {"length": 2, "milestones": [0.5]}),
        ({"rewind": "17it"}, {"rewind": "1ep"}),
        (
            {"length": 2, "milestones": []},
            {"length": 34, "milestones": [], "unit": "iterations", "evaluate_every": 17,
             "finetune": {"length": 4 * 17}},
        ),
        ({"protocols": "scratch-b"}, {"protocols": "scratch-b[cap=2]", "scratch_b_cap": 2.0}),
        (
            {"protocols": "finetune", "finetune": {"length": 3, "lr": 0.05}},
            {"protocols": "finetune[length=3,lr=0.05]"},
        ),
    ],
    ids=["milestone", "rewind", "unit", "cap", "finetune"],
)  # fmt: skip
def test_two_spellings_are_one_trial(ids, one, other):
    """An epoch of the digits is 17 steps, and the recipe's fine-tuning is 4 epochs."""
    assert ids(**one) == ids(**other)


@pytest.mark.parametrize(
    ("recipe", "touched"),
    [
        ({"finetune": {"lr": 0.05}}, {"finetune"}),
        ({"finetune": {"length": 3}}, {"finetune"}),
        ({"rewind": "3it"}, {"ticket"}),
        ({"scratch_b_cap": 3.0}, {"scratch-b"}),
        ({"scratch_b_cap": "none"}, {"scratch-b"}),
        ({"prunable": "convs"}, {"none", "finetune", "ticket", "random", "scratch-b"}),
    ],
)
def test_a_number_counts_only_where_it_is_used(ids, recipe, touched):
    """The rate of a fine-tuning leaves the dense row's and a ticket's id alone."""
    assert changed(ids(), ids(**recipe)) == touched


@pytest.mark.parametrize(
    ("between", "recipe", "counts"),
    [
        ("finetune", {"finetune": {"lr": 0.05}}, True),
        ("finetune", {"rewind": "3it"}, False),
        ("rewind", {"rewind": "3it"}, True),
        ("rewind", {"finetune": {"lr": 0.05}}, False),
        ("nothing", {"finetune": {"lr": 0.05}, "rewind": "3it"}, False),
    ],
)
def test_between_rounds_counts_what_happens_there(ids, between, recipe, counts):
    """A protocol that trains nothing still shows what its mask was made with."""
    method = ITERATIVE.format(between)

    assert bool(changed(ids("none", method), ids("none", method, **recipe))) == counts


def test_draws_are_numbered_not_counted(plan, row):
    """Draw 0 of three is the draw of one."""
    one, three = (plan(**ASKED, protocols=p) for p in ("random", "random[draws=3]"))

    single, first = (row(made, protocol_id="random", draw=0).facts for made in (one, three))
    assert single["trial"] == first["trial"]
    assert single["protocol"] == first["protocol"] == "random"
