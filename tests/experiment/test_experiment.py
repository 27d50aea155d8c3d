from itertools import product

import pytest

from prunebench.core.target import Density
from prunebench.errors import SpecError
from prunebench.experiment.choice import Choice
from prunebench.experiment.experiment import Experiment, expand, trial_id
from prunebench.experiment.schema import validate


def test_expand_gives_the_whole_grid_once():
    """Every combination appears exactly once, seeds innermost."""
    experiment = Experiment(
        datasets=(Choice("a"), Choice("b")),
        models=(Choice("m"),),
        methods=(Choice("x"), Choice("y")),
        protocols=(Choice("p"), Choice("q"), Choice("r")),
        densities=(0.5, 0.2),
        seeds=(4, 7),
    )
    trials = list(expand(experiment))

    seen = [
        (t.dataset.name, t.method.name, t.protocol.name, t.target.value, t.seed) for t in trials
    ]
    assert seen == list(product("ab", "xy", "pqr", (0.5, 0.2), (4, 7)))
    assert {trial.model.name for trial in trials} == {"m"}


def test_without_models_the_data_set_decides():
    """No model is named; planning takes the data set's own."""
    assert {trial.model for trial in expand(Experiment())} == {None}


def test_method_with_a_plan_has_one_target():
    """A published plan replaces all densities."""
    experiment = Experiment(
        methods=(Choice("l1filter", {"plan": "resnet56-a"}), Choice("magnitude", {"plan": ""})),
        protocols=(Choice("ticket"),),
        densities=(0.5, 0.2),
        seeds=(0,),
    )

    targets = [(trial.method.name, trial.target) for trial in expand(experiment)]
    assert targets == [
        ("l1filter", None),
        ("magnitude", Density(0.5)),
        ("magnitude", Density(0.2)),
    ]


def test_density_measure_reaches_the_target():
    """Densities may count multiply-adds."""
    experiment = Experiment(densities=(0.5,), density_of="macs")

    assert {trial.target for trial in expand(experiment)} == {Density(0.5, "macs")}


def test_impossible_density_is_refused():
    """An experiment made in Python is checked too."""
    with pytest.raises(SpecError, match=r"\(0, 1\]"):
        list(expand(Experiment(densities=(1.5,))))


def test_trial_id_ignores_the_order_of_keys():
    """Coordinates are a set of facts."""
    one = {"seed": 0, "method": {"name": "m", "settings": {"a": 1, "b": 2}}}
    two = {"method": {"settings": {"b": 2, "a": 1}, "name": "m"}, "seed": 0}

    assert trial_id(one) == trial_id(two)
    assert trial_id(one) != trial_id(one | {"seed": 1})


def test_trial_id_of_fixed_coordinates_is_frozen():
    """Published results are compared by this id; it must never change.

    SHA-256 of ``{"draw":0,"seed":1}``, computed with coreutils' sha256sum.
    """
    assert trial_id({"seed": 1, "draw": 0}) == "ae5197bc97df0ec659333aa12b52213e"


ASKED = {
    "name": "Zürich",
    "dataset": ["digits", {"name": "imagefolder", "path": "/data/a,b [c]"}],
    "model": "smallconv[width=4]",
    "methods": ["magnitude[scope=global]", {"name": "other", "word": "3", "list": [1, "x"]}],
    "protocols": "scratch-b[cap=none],ticket",
    "sparsities": [0.9, 0.123456789],
    "density_of": "macs",
    "seeds": [5, 3],
    "recipe": {"preset": "liu2019-cifar", "length": 20, "finetune": {"lr": 0.01}},
    "device": "auto",
}


@pytest.mark.parametrize("given", [{}, ASKED, {"recipe": {"scratch_b_cap": "none"}}])
def test_record_reads_back_as_the_same_experiment(given):
    """``run.json`` is enough to ask the same question again."""
    experiment = validate(given, "test")

    assert validate(experiment.record(), "run.json") == experiment
