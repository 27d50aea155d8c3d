from dataclasses import asdict, fields
from datetime import date

import pytest

from prunebench.errors import SpecError, UnknownNameError
from prunebench.experiment.recipe import coordinates, preset_names, read_preset, recipe
from prunebench.training.recipe import (
    FineTune,
    Recipe,
    finetune_timetable,
    rewind_step,
    stretched_timetable,
    timetable,
)


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_lays_out(name):
    """Shipped presets are valid for a set of 50 000 images, dense and fine-tuned."""
    preset = recipe(name, {})
    table = timetable(preset, 50_000 - preset.validation)

    assert preset.name == name
    assert table.steps > rewind_step(preset, table.epoch_steps) >= 0
    assert finetune_timetable(preset, 50_000 - preset.validation).steps > 0


def test_papers_presets_say_what_the_papers_say():
    """Liu et al.'s scripts: 160 epochs, SGD 0.1, drops at half and three quarters, convs only."""
    liu = recipe("liu2019-cifar", {})
    frankle = recipe("frankle2019", {})

    table = timetable(liu, 50_000)
    assert (table.steps, table.milestones) == (160 * 782, (80 * 782, 120 * 782))
    assert (liu.prunable, liu.scratch_b_cap, liu.finetune) == ("convs", None, FineTune(40, 0.001))
    assert (frankle.optimiser, frankle.lr, frankle.batch, frankle.length, frankle.validation) == (
        ("adam", 1.2e-3, 60, 50_000, 5_000)
    )


def test_the_imagenet_preset_drops_at_thirds():
    """Liu et al.: 90 epochs, drops at 30 and 60; 141 epochs of Scratch-B drop at 47 and 94."""
    liu = recipe("liu2019-imagenet", {})
    steps = 5005  # of 1 281 167 images in batches of 256

    assert timetable(liu, 1_281_167).milestones == (30 * steps, 60 * steps)
    assert stretched_timetable(liu, 1_281_167, 141).milestones == (47 * steps, 94 * steps)
    assert (liu.length, liu.batch, liu.lr, liu.weight_decay) == (90, 256, 0.1, 1e-4)
    assert (liu.scratch_b_cap, liu.finetune) == (2.0, FineTune(20, 0.001))
    assert (liu.augmentation, liu.prunable) == ("resized-crop-flip", "convs")


def test_released_lottery_code_trains_otherwise_than_the_paper():
    """Both repositories train LeNet by plain SGD at 0.1; OpenLTH spares the output layer."""
    google, openlth = recipe("google-lth", {}), recipe("openlth", {})

    for plain in (google, openlth):
        assert (plain.optimiser, plain.lr, plain.momentum, plain.weight_decay) == (
            ("sgd", 0.1, 0.0, 0.0)
        )
        assert plain.milestones == ()
    assert (google.unit, google.length, google.batch) == ("iterations", 50_000, 64)
    assert (openlth.unit, openlth.length, openlth.batch) == ("epochs", 40, 128)
    assert (google.init, openlth.init) == ("glorot-normal", "kaiming-normal")
    assert openlth.not_prunable == ("fc", "fc3")


def test_without_preset_the_defaults_hold():
    """No preset and no change is the plain recipe."""
    assert recipe(None, {}) == Recipe()


def test_changes_replace_fields():
    """A changed field replaces the preset's; the name says so."""
    changes = {"length": 20, "milestones": [10], "finetune": {"length": 3}}
    changed = recipe("liu2019-cifar", changes)

    assert (changed.length, changed.milestones, changed.batch) == (20, (10.0,), 64)
    assert changed.name == "liu2019-cifar[finetune.length=3, length=20, milestones=[10]]"


def test_changed_finetuning_keeps_the_other_entry():
    """``finetune = {lr = ...}`` leaves the length of the preset, or of the defaults."""
    assert recipe("liu2019-cifar", {"finetune": {"lr": 0.5}}).finetune == FineTune(40, 0.5)
    assert recipe(None, {"finetune": {"length": 3}}).finetune == FineTune(3, FineTune().lr)


def test_no_cap_is_written_none():
    """TOML has no null."""
    assert recipe("digits", {"scratch_b_cap": "none"}).scratch_b_cap is None


def test_coordinates_hold_every_field_but_the_name():
    """Two names for one recipe are one recipe."""
    one, two = Recipe(name="one"), Recipe(name="two")

    assert coordinates(one) == coordinates(two)
    assert set(coordinates(one)) == {field.name for field in fields(Recipe)} - {"name"}
    assert coordinates(one)["finetune"] == asdict(FineTune())


@pytest.mark.parametrize("name", ["liu2019cifar", "", 3, ["digits"], "../digits"])
def test_unknown_preset_names_the_others(name):
    """A name that is no preset is refused with the list of those that are."""
    with pytest.raises(UnknownNameError, match="liu2019-cifar"):
        read_preset(name)


def test_unknown_preset_suggests_the_nearest():
    """A typo is mended."""
    with pytest.raises(UnknownNameError, match="did you mean 'digits'"):
        recipe("digit", {})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"lenght": 3}, "'lenght'; did you mean 'length'?"),
        ({"zzz": 3}, "'zzz'; fields: "),
        ({"name": "x"}, "no field 'name'"),
        ({"finetune": {"lenght": 3}}, "finetune has no field 'lenght'; did you mean 'length'?"),
        ({"finetune": 3}, "finetune = 3 cannot be used: it must be a table."),
        ({"optimiser": "adamw"}, "'adamw' cannot be used: it must be 'sgd' or 'adam'."),
        ({"length": "1"}, "length = '1' cannot be used: it must be a whole number."),
        ({"length": True}, "length = True cannot be used: it must be a whole number."),
        ({"length": 1.5}, "length = 1.5 cannot be used: it must be a whole number."),
        ({"lr": True}, "lr = True cannot be used: it must be a number."),
        ({"lr": date(2020, 1, 1)}, "lr = '2020-01-01' cannot be used: it must be a number."),
        ({"milestones": 3}, "milestones = 3 cannot be used: it must be a list."),
        ({"milestones": [0.5, "x"]}, "milestones[1] = 'x' cannot be used: it must be a number."),
        ({"finetune": {"length": "3"}}, "finetune.length = '3' cannot be used"),
        ({"nesterov": 1}, "nesterov = 1 cannot be used: it must be true or false."),
        ({"lr": -0.1}, "lr must be a number of at least 0, got -0.1"),
        ({"lr": float("nan")}, "lr must be a number of at least 0, got nan"),
        ({"weight_decay": float("inf")}, "weight_decay must be a number"),
        ({"milestones": [0.5, -1]}, "milestones must be a number of at least 0, got -1"),
        ({"finetune": {"lr": -1}}, "finetune: lr must be a number of at least 0, got -1"),
        ({"scratch_b_cap": 0.5}, "scratch_b_cap must be a number of at least 1, got 0.5"),
    ],
)
def test_unusable_field_is_named_with_its_value(changes, sentence):
    """Place, field and value stand in the sentence."""
    with pytest.raises(SpecError) as caught:
        recipe(None, changes, "x.toml, [recipe]")

    assert sentence in str(caught.value)
    assert str(caught.value).startswith("x.toml, [recipe]: ")
