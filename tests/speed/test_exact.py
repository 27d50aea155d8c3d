"""What speed rests on and can be counted: steps, bytes, and how images are read."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.speed.bookkeeping import key, lenet_artifact, write_to_store
from benchmarks.speed.fresh import TOP
from benchmarks.speed.training import LENET, Ours


@pytest.mark.parametrize("steps", [1, 7])
def test_a_training_takes_its_steps_and_no_more(steps):
    """Adam's own count after a training is the number of steps, for every parameter."""
    work = replace(LENET, images=240)
    kept = Ours(work, torch.device("cpu")).train(steps).optimiser
    counts = {name: int(tensor) for name, tensor in kept.items() if ".step." in name}
    layers = [f"fc{number}.{kind}" for number in (1, 2, 3) for kind in ("weight", "bias")]

    assert counts == {f"optimiser.step.{name}": steps for name in layers}


def test_an_artifact_is_written_once(tmp_path):
    """Its file has four bytes a weight and a header; nothing else of that size is in the store."""
    write_to_store(lenet_artifact(), tmp_path, 3)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    written = [path for path in files if path.stat().st_size > 5000]
    sizes = {path.stat().st_size for path in written}

    assert len(written) == 3
    assert {path.parent.name for path in written} == {key(number) for number in range(3)}
    assert all(0 < size - 4 * 266_610 < 1000 for size in sizes)


def imported(path: Path) -> set[str]:
    """List what a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found


def test_no_images_go_through_a_loader():
    """Data sets lie in memory: nobody imports torch.utils.data, whose loaders work by the image."""
    sources = [*TOP.glob("prunebench/**/*.py"), *TOP.glob("plugins/**/*.py")]
    users = [path for path in sources if any("torch.utils.data" in n for n in imported(path))]

    assert len(sources) > 100
    assert users == []
