"""torchvision imports beside any build of torch."""

import subprocess
import sys
from pathlib import Path

import torch

from prunebench.core.vision import operators_load, torchvision


def test_gives_the_module_once():
    """Asking twice gives the same module, which is torchvision."""
    module = torchvision()

    assert torchvision() is module
    assert sys.modules["torchvision"] is module
    assert module.datasets.MNIST.__name__ == "MNIST"


def test_both_operators_are_declared():
    """After the import the two operators exist, whichever build declared them."""
    torchvision()

    for name in ("nms", "qnms"):
        schema = getattr(torch.ops.torchvision, name).default._schema
        assert [argument.name for argument in schema.arguments] == [
            "dets",
            "scores",
            "iou_threshold",
        ]


def test_transforms_work_on_tensors():
    """What needs no compiled operator works: a centre crop of a known image."""
    image = torch.arange(16).reshape(1, 4, 4)

    cropped = torchvision().transforms.functional.center_crop(image, [2, 2])

    assert cropped.tolist() == [[[5, 6], [9, 10]]]


def test_fresh_interpreter_imports_without_warnings():
    """The remedy holds in a new process with warnings as errors, as spawned workers need it."""
    code = (
        "import gc\n"
        "from prunebench.core.vision import torchvision\n"
        "torchvision(); gc.collect()\n"
        "import torch, torchvision\n"
        "print(torch.ops.torchvision.nms.default)"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "torchvision.nms.default"


def test_absent_operators_do_not_load(tmp_path):
    """A torchvision without compiled operators counts as one whose operators do not load."""
    assert not operators_load([str(tmp_path)])


def test_unusable_operators_do_not_load(tmp_path):
    """A library that the loader refuses is no error."""
    (tmp_path / "_C.so").write_bytes(b"no library")

    assert not operators_load([str(tmp_path)])


def test_usable_operators_load(tmp_path):
    """A library that the loader takes counts as loaded; one of torch's own serves here."""
    library = next(Path(torch.__file__).with_name("lib").glob("*c10.*"))
    (tmp_path / "_C.so").symlink_to(library)

    assert operators_load([str(tmp_path)])
