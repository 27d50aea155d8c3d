"""Sharing: the number of stages equals the formulas exactly."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prunebench.experiment.schema import validate
from prunebench.plan.planner import Planner

WEIGHT = ["magnitude", "magnitude[scope=global]", "magnitude[min_keep=1]"]
CHANNEL = ["l1filter", "l1filter[min_keep=2]"]
PROTOCOLS = ["ticket", "random", "finetune", "scratch-b", "scratch-b[cap=none]"]
LADDER = "magnitude-iterative[half_output=true]"


def some(values):
    """Draw one or more different values."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(some(WEIGHT + CHANNEL), some([0.6, 0.4, 0.3]), some(PROTOCOLS), some([0, 1, 5]))
def test_one_shot_counts_equal_the_formulas(registry, methods, densities, protocols, seeds):
    """Naive 2·M·R·P·S trainings, shared S + M·R·P·S; M·R·S masks; every network tested once."""
    asked = {"methods": methods, "densities": densities, "protocols": protocols, "seeds": seeds}
    plan = Planner(registry, validate(asked, "test"), Path("nowhere")).plan()

    m, r, p, s = map(len, (methods, densities, protocols, seeds))
    redraws = any(name.startswith("random") for name in protocols) or (
        any(name.startswith("scratch") for name in protocols) and bool(set(methods) & set(WEIGHT))
    )
    assert plan.trainings_naive == 2 * m * r * p * s
    assert plan.trainings == s + m * r * p * s
    assert plan.counts == {
        "init": s * (1 + redraws),
        "train": s + m * r * p * s,
        "prune": m * r * s,
        "evaluate": s + m * r * s + m * r * p * s,
    }
    assert len(plan.trials) == s + m * r * p * s


def test_scratch_e_of_a_mask_is_a_fresh_draw_masked(plan):
    """For weight masks `scratch-e` and `random` are one stage; for cut nets they are two."""
    asked = {"densities": [0.5, 0.2], "protocols": ["scratch-e", "random"], "seeds": 3}

    assert plan(methods="magnitude", **asked).trainings == 3 + 2 * 3
    assert plan(methods="l1filter", **asked).trainings == 3 + 2 * 2 * 3


def test_equal_trainings_merge_and_their_rows_do_not(plan, row):
    """Merged stages lead to two rows with ids of their own."""
    both = plan(methods="magnitude", protocols=["scratch-e", "random"], densities=[0.5], seeds=1)
    scratch, random = row(both, protocol="scratch-e"), row(both, protocol="random")

    assert scratch.train == random.train
    assert scratch.evaluate == random.evaluate
    assert scratch.facts["trial"] != random.facts["trial"]


def test_default_draw_of_scratch_b_with_cap_one_has_another_rule(plan, row):
    """A cap of 1 trains as long as scratch-e, but by a rule resolved later: another key."""
    both = plan(
        methods="magnitude", protocols=["scratch-e", "scratch-b[cap=1]"], densities=[0.5], seeds=1
    )

    assert row(both, protocol_id="scratch-b").facts["budget_cap"] == 1.0
    assert both.trainings == 1 + 2


def test_ladder_shares_every_round(strange, plan, row):
    """Only the longest ladder is trained; level k's ticket is the training of round k + 1.

    Frankle & Carbin 2019: 51.3, 21.1 and 3.6 % are levels 3, 7 and 15 of LeNet-300-100.
    """
    levels = {0.513: 3, 0.211: 7, 0.036: 15}
    ladder = plan(
        strange,
        dataset="cards",
        methods=LADDER,
        protocols=["ticket", "random"],
        densities=list(levels),
        seeds=2,
    )

    dense, tickets, random = 1, 15, 3
    assert ladder.counts["prune"] == 2 * 15
    assert ladder.trainings == 2 * (dense + tickets + random)
    assert ladder.trainings_naive == 2 * sum(2 * (k - 1 + 2) for k in levels.values())
    longest = row(ladder, target="0.036", protocol="ticket", seed=1)
    assert (len(longest.prunes), len(longest.between)) == (15, 14)
    for density, level in levels.items():
        ticket = row(ladder, target=f"{density:g}", protocol="ticket", seed=1)
        assert ticket.prunes == longest.prunes[:level]
        assert ticket.train == (*longest.between, longest.train)[level - 1]


def test_finetuning_between_rounds_is_the_protocol_finetune(plan, row):
    """Han et al.'s loop: what follows a round is what the protocol would do after it."""
    asked = "magnitude-iterative[between=finetune,rate=0.5]"
    rounds = plan(methods=asked, protocols="finetune", densities=[0.5, 0.25], seeds=1)
    first, second = row(rounds, target="0.5"), row(rounds, target="0.25")

    assert second.between == (first.train,)
    assert rounds.trainings == 1 + 2


def test_rounds_without_training_are_one_stage(plan, row):
    """Nothing between the rounds: one stage scores again and again."""
    asked = "magnitude-iterative[between=nothing,rounds=4]"
    rounds = plan(methods=asked, protocols="ticket", densities=[0.25], seeds=1)

    assert rounds.counts["prune"] == 1
    (key,) = row(rounds, protocol="ticket").prunes
    assert len(rounds.stages[key].spec["quotas"]) == 4
    assert rounds.trainings_naive == 2


def test_own_regularizer_adds_one_dense_training_per_seed(strange, plan, row):
    """A method that trains with a penalty has a dense net of its own, tickets and all."""
    asked = {"protocols": ["ticket", "finetune"], "densities": [0.5], "seeds": 3}
    alone = plan(strange, methods="l1filter", **asked)
    both = plan(strange, methods="l1filter,slim", **asked)

    assert both.trainings - alone.trainings == 3 + 2 * 3
    slim = row(both, method="slim", protocol="ticket", seed=0)
    assert slim.dense != row(both, method="dense", seed=0, regularized_by="").dense
    assert slim.dense == row(both, method="dense", seed=0, regularized_by="slim").dense
    stage = both.stages[slim.dense]
    assert stage.spec["regularizer"]["settings"] == {"strength": 1e-4}
    assert stage.place["method"] == both.stages[slim.prunes[0]].spec["method"]
    assert stage.place["method"]["settings"] == {"strength": 1e-4, "min_keep": 1}
    assert both.stages[slim.train].spec["regularizer"] is None


def test_settings_outside_the_regularizer_retrain_nothing(strange, plan):
    """`min_keep` changes the mask, not the dense training; the strength changes both."""
    asked = {"protocols": "none", "densities": [0.5], "seeds": 1}

    assert plan(strange, methods="slim,slim[min_keep=2]", **asked).trainings == 1 + 1
    assert plan(strange, methods="slim,slim[strength=0.1]", **asked).trainings == 1 + 2


@pytest.mark.parametrize(
    ("old", "new"),
    [("group.scale.abs()", "group.scale"), ("p.abs().sum()", "p.square().sum()")],
)
def test_edited_regularizer_trains_anew(install, plan, row, old, new):
    """A penalty may call anything beside it: its plugin's whole source is part of what is done."""
    asked = {"methods": "slim", "protocols": "none", "densities": [0.5], "seeds": 1}
    before = row(plan(install(), **asked), method="slim")
    after = row(plan(install("edited", old, new), **asked), method="slim")

    assert after.dense != before.dense
    assert after.prunes != before.prunes
    assert after.facts["trial"] == before.facts["trial"]


def test_naive_counts_what_each_row_would_train(strange, plan):
    """A row without retraining needs its dense net; a method at init needs only the retraining."""
    asked = {"densities": [0.5], "seeds": 2}

    assert plan(methods="magnitude", protocols="none", **asked).trainings_naive == 2
    assert plan(strange, methods="early", protocols="random", **asked).trainings_naive == 2


def test_one_trial_written_twice_is_one_row(plan):
    """A setting at its default is the same method: rows and naive count are not doubled."""
    asked = {"protocols": "ticket", "densities": [0.5], "seeds": 1}
    once = plan(methods="magnitude", **asked)
    twice = plan(methods="magnitude,magnitude[scope=layer]", **asked)

    assert [trial.facts for trial in twice.trials] == [trial.facts for trial in once.trials]
    assert twice.trainings_naive == once.trainings_naive == 2


def test_nearby_densities_and_settings_are_told_apart(plan):
    """Labels print six digits; planning does not confuse what they print alike."""
    near = plan(methods="magnitude", protocols="none", densities=[0.1234567, 0.1234568], seeds=1)
    rates = ["magnitude-iterative[rate=0.1234567]", "magnitude-iterative[rate=0.1234568]"]

    assert [t.facts["target_density"] for t in near.trials[1:]] == [0.1234567, 0.1234568]
    assert len(plan(methods=rates, protocols="none", densities=[0.5], seeds=1).trials) == 3


def test_draws_are_trials_of_their_own(plan):
    """Three draws give three rows per seed, three trainings, and one mask."""
    drawn = plan(methods="magnitude", protocols="random[draws=3]", densities=[0.5], seeds=2)
    rows = [trial for trial in drawn.trials if trial.facts["method"] == "magnitude"]

    assert [(row.facts["seed"], row.facts["draw"]) for row in rows] == [
        (seed, draw) for seed in (0, 1) for draw in (0, 1, 2)
    ]
    assert len({row.train for row in rows}) == 6
    assert len({row.facts["trial"] for row in rows}) == 6
    assert drawn.counts["prune"] == 2


@pytest.mark.parametrize(
    ("method", "protocol"),
    [
        ("magnitude", "scratch-e"),
        ("magnitude", "scratch-b"),
        ("magnitude", "random[scale=sparse-he]"),
        ("l1filter", "scratch-e"),
        ("l1filter", "scratch-b"),
        ("l1filter", "random"),
    ],
)
def test_every_drawing_protocol_draws_apart(plan, method, protocol):
    """Draws differ for masks and cut nets under every protocol that draws."""
    asked = protocol.replace("]", ",draws=2]") if "[" in protocol else f"{protocol}[draws=2]"
    drawn = plan(methods=method, protocols=asked, densities=[0.5], seeds=1)

    assert drawn.trainings == 1 + 2
    starts = [drawn.stages[row.train].spec["network"] for row in drawn.trials[1:]]
    assert [start["draw"] for start in starts] == [0, 1]


def test_first_of_several_draws_is_the_only_draw(plan, row):
    """Asking for more draws later repeats nothing."""
    asked = {"methods": "magnitude", "densities": [0.5], "seeds": 1}
    one, three = plan(protocols="random", **asked), plan(protocols="random[draws=3]", **asked)

    single = row(one, protocol="random")
    first = row(three, protocol="random", draw=0)
    assert (first.train, first.facts["trial"]) == (single.train, single.facts["trial"])


def test_inputs_come_before_what_needs_them(strange, plan):
    """Stages stand in an order in which they can be run, rewind points included."""
    whole = plan(
        strange,
        methods="magnitude,slim,magnitude-iterative",
        protocols="ticket,random,scratch-e,none",
        densities=[0.5, 0.3],
        recipe={"preset": "digits", "rewind": "3it"},
    )
    place = {key: number for number, key in enumerate(whole.stages)}

    for stage in whole.stages.values():
        for needed in (*stage.needs, *([stage.resume] if stage.resume else [])):
            assert place[needed] < place[stage.key]
    assert all(key in whole.stages for trial in whole.trials for key in trial.keys)
    assert set(whole.needed_by) <= set(whole.stages)


def test_method_at_init_has_no_dense_parent(strange, plan, row):
    """It scores fresh weights; its tickets start there; trained weights do not exist for it."""
    early = plan(strange, methods="early", protocols="ticket,finetune,none", densities=[0.5])
    ticket = row(early, method="early", protocol="ticket", seed=0)

    assert ticket.dense is None
    assert early.stages[early.stages[ticket.prunes[0]].needs[0]].kind == "init"
    assert {(s.method, s.protocol) for s in early.skipped} == {
        ("early", "finetune"),
        ("early", "none"),
    }
    assert "prunes before training" in early.skipped[0].reason


def test_late_tickets_of_a_method_at_init_pay_for_the_way_there(strange, plan, row):
    """Scored at step 0, rewound to step 34: those 34 dense steps are its dense training."""
    early = plan(
        strange,
        methods="early",
        protocols="ticket,random",
        densities=[0.5],
        seeds=1,
        recipe={"preset": "digits", "rewind": "2ep"},
    )
    ticket = row(early, method="early", protocol="ticket")

    assert early.stages[ticket.dense].spec["schedule"]["stop"] == 34
    assert early.stages[ticket.train].spec["network"]["weights"] == ticket.dense
    assert row(early, method="early", protocol="random").dense is None
