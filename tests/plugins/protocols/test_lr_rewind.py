"""Learning-rate rewinding against the protocols it could be mistaken for."""

import pytest

from prunebench.api import Budget, Start
from prunebench.experiment.schema import validate
from prunebench.plan.planner import Planner
from prunebench.plan.protocol import retraining
from prunebench.plugin.registry import load_registry
from prunebench.testing import parametrize_with_checks
from prunebench.training.recipe import FineTune, Recipe, timetable
from prunebench_plugins.protocols.lr_rewind import prunebench_protocols

[LR_REWIND] = prunebench_protocols()
PROTOCOLS = ["lr-rewind", "finetune", "ticket", "none"]


@parametrize_with_checks([LR_REWIND])
def test_conformance(check):
    """Each check of protocols holds."""
    check()


class Task:
    """What of a problem a protocol looks at: 100 images in batches of 10."""

    recipe = Recipe(length=8, batch=10, warmup=5, finetune=FineTune(3, 0.5), rewind="1ep")
    train_images = 100
    rewind = 10
    table = timetable(recipe, train_images)


def test_the_whole_schedule_is_repeated():
    """From step 0, with the dense net's rate, milestones and warmup, whatever the rewind point."""
    course = retraining(Task(), LR_REWIND)

    assert (LR_REWIND.start, LR_REWIND.budget) == (Start.TRAINED, Budget.SAME_EPOCHS)
    assert (course.start, course.end, course.stretch) == (0, 80, None)
    assert course.table == Task.table
    assert (course.table.lr, course.table.milestones, course.table.warmup) == (0.1, (40, 60), 5)


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Give a function that plans methods under the protocols, on digits with two seeds."""
    registry = load_registry()
    folder = tmp_path_factory.mktemp("data")

    def plan(*methods, **recipe):
        asked = {
            "methods": list(methods),
            "protocols": PROTOCOLS,
            "densities": [0.5],
            "seeds": 1,
            "recipe": {"preset": "digits", "length": 8, **recipe},
        }
        return Planner(registry, validate(asked, "test"), folder).plan()

    return plan


@pytest.fixture
def stages():
    """Give a function that finds the training stage of each protocol in a plan."""

    def found(plan):
        trials = {trial.facts["protocol"]: trial for trial in plan.trials}
        return {name: plan.stages[trials[name].train] for name in PROTOCOLS if trials[name].train}

    return found


@pytest.mark.parametrize("method", ["magnitude", "l1filter"])
def test_starts_as_finetuning_and_goes_on_as_a_ticket(planned, stages, method):
    """Weights of the one, schedule of the other: all keys differ."""
    plan = planned(method)
    specs = {name: stage.spec for name, stage in stages(plan).items()}
    mine, tuned, ticket = (dict(specs[name]) for name in ("lr-rewind", "finetune", "ticket"))

    assert len({stage.key for stage in stages(plan).values()}) == 3
    assert [key for key in mine if mine[key] != tuned[key]] == ["schedule"]
    assert mine["schedule"] == ticket["schedule"]
    assert mine != ticket


@pytest.mark.parametrize("method", ["magnitude", "l1filter"])
def test_differs_from_finetuning_of_the_same_length(planned, stages, method):
    """Even at the recipe's length and first rate, fine-tuning has no milestones."""
    plan = planned(method, lr=0.05, finetune={"length": 8, "lr": 0.05})
    mine, tuned = (stages(plan)[name] for name in ("lr-rewind", "finetune"))

    assert mine.spec["schedule"]["milestones"] != tuned.spec["schedule"]["milestones"] == []
    assert mine.key != tuned.key


def test_trials_have_ids_of_their_own(planned):
    """Four rows of one network, four trials."""
    plan = planned("magnitude")
    rows = [trial.facts for trial in plan.trials if trial.prunes]

    assert sorted(facts["protocol"] for facts in rows) == sorted(PROTOCOLS)
    assert len({facts["trial"] for facts in rows}) == len(PROTOCOLS)
    assert len({trial.evaluate for trial in plan.trials}) == 1 + len(PROTOCOLS)


def test_needs_trained_weights(planned):
    """Methods that prune before training have none to go on from: skipped, with the reason."""
    plan = planned("snip")
    reasons = {skip.protocol: skip.reason for skip in plan.skipped}

    assert "there are no trained weights" in reasons["lr-rewind"]
    assert "ticket" not in reasons
