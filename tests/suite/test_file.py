"""Shipped suites are found by label, and their pins say what they resolve to."""

import os
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from prunebench.errors import UnknownNameError
from prunebench.suite.file import find_suite, suite_names, suites_folder

PIN = Path(__file__).parents[2] / "benchmarks" / "suites" / "pin.py"


def pin():
    """Import the script that writes the pins."""
    spec = spec_from_file_location("pin", PIN)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_four_suites_are_shipped():
    """They are called by name and version."""
    names = suite_names()

    assert names == ["cifar@1.0", "imagenet@1.0", "mnist@1.0", "tiny@1.0"]


def test_tiny():
    """Two pairs, six ratios and five protocols are sixty cells."""
    suite = find_suite("tiny@1.0")

    assert suite.label == "tiny@1.0"
    assert suite.cells == 60
    assert suite.densities == (1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64)
    assert suite.protocols == ("finetune", "scratch-e", "scratch-b", "ticket", "random")
    assert [pair.label for pair in suite.pairs] == [
        "smallconv on digits",
        "smallvgg[stride=2,width=8] on digits",
    ]
    assert suite.controls
    assert suite.reference == "magnitude"


@pytest.mark.parametrize("label", suite_names())
def test_every_suite_has_the_ratios_of_the_survey(label):
    """2, 4, 8, 16 and 32 are there, and one beyond, where accuracy falls."""
    suite = find_suite(label)

    assert [1 / density for density in suite.densities] == [2, 4, 8, 16, 32, 64]
    assert suite.seeds >= 3


def test_a_training_of_mnist_has_at_most_1500_steps():
    """Neither dense networks nor any protocol train longer."""
    for pair in find_suite("mnist@1.0").pairs:
        protocols = pair.pins["protocols"]

        assert pair.pins["training"]["steps"] == 1500
        assert sorted(protocols) == ["finetune", "random", "ticket"]
        assert protocols["finetune"]["steps"] <= 1500


@pytest.mark.parametrize("label", ["tiny", "tiny@2.0", "teeny@1.0", "", "../tiny@1.0"])
def test_an_unknown_suite_is_told_the_nearest(label):
    """What is not shipped is refused, with what there is."""
    with pytest.raises(UnknownNameError, match=r"no suite .* suites are: cifar@1.0"):
        find_suite(label)


def test_pins_are_fresh():
    """The files say what a plan of each suite resolves to today."""
    given = os.environ.get("PRUNEBENCH_DATA")
    folder = ["--data-dir", given] if given else []

    assert pin().main(["--check", *folder]) == 0


def test_pins_are_told_when_stale(tmp_path, monkeypatch, capsys):
    """A suite whose TOML changed is named, and nothing is written."""
    module = pin()
    for path in suites_folder().glob("tiny-*"):
        text = path.read_text("utf-8").replace("length = 10", "length = 11")
        (tmp_path / path.name).write_text(text, "utf-8")
    before = (tmp_path / "tiny-1.0.pins.json").read_text("utf-8")
    monkeypatch.setattr(module, "suites_folder", lambda: tmp_path)

    assert module.main(["--check"]) == 1
    assert capsys.readouterr().out == "tiny-1.0.pins.json is stale\n"
    assert (tmp_path / "tiny-1.0.pins.json").read_text("utf-8") == before
