"""The experiment of a bundle: narrowed before packing, and names no file."""

import pytest

from prunebench.errors import SpecError
from prunebench.experiment.schema import validate
from prunebench.run.bundled_experiment import of_methods, refuse_files


@pytest.mark.parametrize(
    ("changes", "file"),
    [
        ({"weights": "/etc/passwd"}, "/etc/passwd"),
        ({"weights": "own.safetensors"}, "own.safetensors"),
        ({"parts": [{"weights": "part.safetensors"}]}, "part.safetensors"),
        ({"dataset": ["imagefolder[path=/home/somebody]"]}, "/home/somebody"),
        ({"dataset": ["imagefolder[path=..]"]}, r"\.\."),
    ],
)
def test_an_experiment_that_names_files_is_refused(changes, file):
    """Nobody else has them, and a bundle must not make its reader open any."""
    with pytest.raises(SpecError, match=f"'{file}'.*no bundle can"):
        refuse_files(validate(changes, "test"), "test")


def test_an_experiment_that_names_no_file_is_let_pass():
    """A folder's plain name in the data directory, published weights and settings are no files."""
    usual = {"dataset": ["imagefolder[path=pets]"], "methods": ["magnitude[scope=global]"]}

    refuse_files(validate({**usual, "weights": "pretrained"}, "test"), "test")


def test_parts_without_a_packed_method_are_left_out(registry):
    """Of an experiment with parts those stay that ask for a packed method."""
    parts = [
        {"methods": ["magnitude", "l1filter"], "densities": [0.5]},
        {"methods": ["l2filter", "nobodys"], "densities": [0.25]},
    ]
    asked = validate({"parts": parts}, "test")

    found = of_methods(registry, asked, {"l1filter"}, {"l1filter"})

    assert [[m.label for m in part.methods] for part in found.parts] == [["l1filter"]]
    assert found.record()["methods"] == ["l1filter"]
