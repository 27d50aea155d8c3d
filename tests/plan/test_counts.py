"""Nothing twice: what a plan does equals the formulas of sharing, stage kind by stage kind.

M methods, R densities, P protocols that retrain, S seeds.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prunebench.experiment.schema import validate
from prunebench.plan.planner import Planner

OWN_SCORES = ["magnitude", "magnitude[scope=global]", "l1filter", "l2filter"]
SHARED_SCORES = ["gradient", "gradient[scope=layer]", "obd[rounds=1]"]
SEVEN = OWN_SCORES + SHARED_SCORES
FIVE = ["ticket", "random", "finetune", "scratch-b", "lr-rewind"]
QUIET = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def some(values, most=3):
    """Draw one or more different values."""
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)


@pytest.fixture(scope="module")
def counted(registry):
    """Give a function that plans on the digits."""
    return lambda **asked: Planner(registry, validate(asked, "test"), Path("nowhere")).plan()


def test_the_printed_example(counted):
    """Seven methods, five densities, protocols and seeds: 1750 trainings are 880."""
    plan = counted(methods=SEVEN, densities=[0.6, 0.5, 0.4, 0.3, 0.2], protocols=FIVE, seeds=5)

    assert (plan.trainings_naive, plan.trainings) == (1750, 880)
    assert plan.counts == {
        "init": 5 * 2,  # a first draw, and another for what starts afresh under a mask
        "train": 880,
        "score": 3 * 5,  # of the three methods that look at images
        "prune": 7 * 5 * 5,
        "evaluate": 5 + 7 * 5 * 5 + 7 * 5 * 5 * 5,
    }


@QUIET
@given(
    methods=some(SEVEN, 4),
    densities=some([0.6, 0.4, 0.3]),
    protocols=some([*FIVE, "none"], 4),
    seeds=some([0, 1, 5]),
)
def test_one_shot(counted, methods, densities, protocols, seeds):
    """S + M·R·P·S trainings of 2·M·R·P·S; M·R·S masks; M·S passes of scores; all tested once."""
    plan = counted(methods=methods, densities=densities, protocols=protocols, seeds=seeds)
    m, r, p, s = len(methods), len(densities), len(set(protocols) - {"none"}), len(seeds)
    masked = any(not name.startswith("l") for name in methods)
    redraws = "random" in protocols or ("scratch-b" in protocols and masked)
    passes = len(set(methods) & set(SHARED_SCORES)) * s
    counts = {"init": s * (1 + redraws), "train": s + m * r * p * s}
    counts |= {"score": passes} if passes else {}
    counts |= {"prune": m * r * s, "evaluate": s + m * r * s + m * r * p * s}

    assert plan.counts == counts
    assert plan.trainings == s + m * r * p * s
    assert plan.trainings_naive == 2 * m * r * p * s + ("none" in protocols) * m * r * s


@QUIET
@given(densities=some([0.6, 0.4, 0.3]), protocols=some(["ticket", "random"]), seeds=some([0, 1]))
def test_before_training(counted, densities, protocols, seeds):
    """A method that prunes fresh networks is scored once per seed and has no dense parent."""
    plan = counted(methods="snip", densities=densities, protocols=protocols, seeds=seeds)
    r, p, s = len(densities), len(protocols), len(seeds)

    assert plan.counts["score"] == s
    assert plan.counts["prune"] == r * s
    assert plan.trainings == s + r * p * s  # the dense row is one of its own
    assert plan.trainings_naive == r * p * s


@QUIET
@given(
    strengths=some([0.0001, 0.001, 0.01]),
    densities=some([0.6, 0.4]),
    protocols=some(["finetune", "scratch-e", "ticket"]),
    seeds=some([0, 1]),
)
def test_own_sparsity_training(counted, strengths, densities, protocols, seeds):
    """A method that trains its own dense network adds S of them, and their tests, per strength."""
    methods = ["l1filter", *(f"slimming[strength={strength}]" for strength in strengths)]
    plan = counted(methods=methods, densities=densities, protocols=protocols, seeds=seeds)
    m, r, p, s = len(methods), len(densities), len(protocols), len(seeds)
    dense = s + len(strengths) * s

    assert plan.trainings == dense + m * r * p * s
    assert plan.counts["evaluate"] == dense + m * r * s + m * r * p * s


@QUIET
@given(levels=some([1, 2, 3, 5], 4), others=some(["random", "finetune"], 2), seeds=some([0, 1]))
def test_ladders(counted, levels, others, seeds):
    """Of all ladders the longest alone is trained; its rounds are the tickets of the others."""
    plan = counted(
        methods="magnitude-iterative[rate=0.5]",
        densities=[0.5**level for level in levels],
        protocols=["ticket", *others],
        seeds=seeds,
    )
    longest, r, s = max(levels), len(levels), len(seeds)

    assert plan.trainings == s + longest * s + r * len(others) * s
    assert plan.counts["prune"] == longest * s
    assert plan.counts["evaluate"] == s + r * s + r * (1 + len(others)) * s
    # By itself each row trains its dense network, the trainings between its rounds, and its own.
    assert plan.trainings_naive == sum(level + 1 for level in levels) * (1 + len(others)) * s


def test_a_longer_ladder_holds_the_shorter(counted):
    """Asking for two more rungs adds them, and every stage of the shorter ladder is in it."""
    asked = {"methods": "magnitude-iterative[rate=0.2]", "protocols": "ticket", "seeds": 2}
    short = counted(densities=[0.8, 0.64], **asked)
    long = counted(densities=[0.8, 0.64, 0.512, 0.4096], **asked)

    assert short.stages.keys() < long.stages.keys()
    assert long.trainings - short.trainings == 2 * 2


@pytest.mark.parametrize("densities", [[0.5], [0.5, 0.25], [0.125, 0.5, 0.25]])
def test_scores_of_ladders(counted, densities):
    """Every rung of the longest ladder is scored once, however many densities lie on it."""
    plan = counted(
        methods="obd[rounds=0,rate=0.5]", densities=densities, protocols="finetune", seeds=3
    )

    assert plan.counts["score"] == plan.counts["prune"] == len(densities) * 3


def test_scores_of_rounds_at_equal_rates(counted):
    """Two rounds to each density: the first scores the same network, the second its own."""
    plan = counted(methods="obd", densities=[0.5, 0.3, 0.2], protocols="finetune", seeds=2)

    assert plan.counts["score"] == (1 + 3) * 2
    assert plan.counts["prune"] == 2 * 3 * 2


def test_scores_do_not_depend_on_the_grid(counted):
    """One density alone has the very score stage that it shares with others."""
    asked = {"methods": "gradient", "protocols": "finetune", "seeds": 1}
    alone, both = (counted(densities=densities, **asked) for densities in ([0.5], [0.5, 0.3]))

    assert alone.stages.keys() < both.stages.keys()
    assert [trial.scores for trial in both.trials[1:]] == [alone.trials[1].scores] * 2


def test_settings_that_scores_depend_on_score_anew(counted):
    """Other images, another seed or another network are another pass."""
    asked = {"densities": [0.5, 0.3], "protocols": "none", "seeds": 1}
    keys = [
        {key for key, stage in counted(**asked | other).stages.items() if stage.kind == "score"}
        for other in (
            {"methods": "gradient"},
            {"methods": "gradient[samples=500]"},
            {"methods": "gradient", "seeds": [1]},
            {"methods": "gradient", "model": "smallconv[width=4]"},
        )
    ]

    assert [len(found) for found in keys] == [1] * 4
    assert len(set.union(*keys)) == 4
