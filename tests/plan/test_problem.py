"""Problems: what does not fit is refused at planning, in one sentence."""

import pytest

from prunebench.errors import IncompatibleError, SpecError
from prunebench.experiment.schema import validate
from prunebench.plan.planner import Planner
from prunebench.plan.problem import make_problem


def problem_of(registry, folder, **asked):
    """Make the problem of an experiment."""
    experiment = validate(asked, "test")
    model = experiment.models[0] if experiment.models else None
    return make_problem(registry, experiment, (experiment.datasets[0], model), folder)


def test_validation_is_refused_where_the_split_is_fixed(registry, tmp_path):
    """Digits bring their own validation images; asking for others would do nothing."""
    with pytest.raises(SpecError, match="brings its own validation images"):
        problem_of(registry, tmp_path, dataset="digits", recipe={"validation": 5})


def test_validation_must_leave_training_images(registry, tmp_path):
    """More validation images than there are is refused with both numbers."""
    with pytest.raises(SpecError, match="leaves no training image of 60000"):
        problem_of(registry, tmp_path, dataset="mnist", recipe={"validation": 100000})


def test_an_empty_prunable_set_names_the_recipe(registry, tmp_path):
    """LeNet has no convolutions: a recipe that prunes only those is told so."""
    asked = {"dataset": "mnist", "methods": "magnitude", "recipe": {"prunable": "convs"}}
    plan = Planner(registry, validate(asked, "test"), tmp_path).plan()

    assert plan.skipped
    assert all('prunable = "kernels"' in skipped.reason for skipped in plan.skipped)


@pytest.mark.parametrize("model", ["vgg16", "vgg16[variant=lottery]"])
def test_images_that_a_model_cannot_take_are_refused(registry, tmp_path, model):
    """8x8 digits are no 32x32 photographs."""
    with pytest.raises(IncompatibleError, match="vgg16"):
        problem_of(registry, tmp_path, dataset="digits", model=model)


def test_tf32_needs_a_card(registry, tmp_path):
    """CPUs have no tf32; bf16 they do."""
    with pytest.raises(IncompatibleError, match="'tf32' is a format of NVIDIA's cards"):
        problem_of(registry, tmp_path, dataset="digits", recipe={"precision": "tf32"})
    half = problem_of(registry, tmp_path, dataset="digits", recipe={"precision": "bf16"})

    assert half.recipe.precision == "bf16"


def test_a_sweep_needs_validation(plan, row):
    """The rate of fine-tuning is chosen by validation images; the test set chooses nothing."""
    asked = {"model": "lenet300100", "dataset": "mnist", "methods": "magnitude", "seeds": 1}
    rates = {"finetune_lrs": [0.1, 0.01], "protocols": "finetune", "densities": [0.5]}

    with pytest.raises(SpecError, match="holds out no image of mnist; set validation"):
        plan(**asked, **rates, recipe={"preset": "digits"})
    planned = plan(**asked, **rates, recipe={"preset": "mnist"})
    assert row(planned, protocol="finetune[lr=0.1]").facts["lr"] == 0.1
    assert row(planned, protocol="finetune[lr=0.01]").facts["lr"] == 0.01
