"""Write the pins of every suite: ``python benchmarks/suites/pin.py``; with ``--check`` compare.

Pins are what a plan of the suite resolves to. The digest of a data set's test labels needs the
data; where they are not at hand it is kept as it stands.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from prunebench.api import DatasetInfo, Preprocessing
from prunebench.cli.asking import data_folder
from prunebench.errors import DataError
from prunebench.experiment.experiment import expand
from prunebench.experiment.parts import overridden
from prunebench.experiment.schema import validate
from prunebench.experiment.shipped import read_toml
from prunebench.plan.coordinates import finetune_coordinates, problem_coordinates
from prunebench.plan.planner import Planner
from prunebench.plan.problem import Problem
from prunebench.plugin.registry import load_registry
from prunebench.suite.file import FILE, suites_folder
from prunebench_plugins.datasets.imagefolder import ImageFolder

SHORTEST = {"methods": ["magnitude"], "densities": [0.5], "seeds": 1, "controls": False}
IMAGENET = (1_281_167, 50_000, 1000)
"""Training images, test images and classes of the folder that a person must have."""


class Pinned(ImageFolder):
    """ImageNet as everybody's folder holds it, of which no image is at hand."""

    def info(self, data_dir: Path) -> DatasetInfo:  # noqa: ARG002 - nobody's folder
        """Describe it by its published counts."""
        train, test, classes = IMAGENET
        scaling = Preprocessing(255, self.mean, self.std)
        return DatasetInfo((3, self.size, self.size), classes, train, 0, test, "-", scaling)


def pins_of(path: Path, data: Path) -> list[dict[str, Any]]:
    """Give the pins of one suite's TOML, pair by pair."""
    values = {key: value for key, value in read_toml(path).items() if key != "suite"}
    experiment = validate(overridden(values, SHORTEST), str(path))
    planner = Planner(load_registry(), experiment, data)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for grid in experiment.grids:
        planner.enter(grid)
        for trial in expand(grid):
            problem = planner.problem(trial)
            assert isinstance(problem, Problem), problem
            place = (problem.dataset_label, problem.model_label)
            found.setdefault(place, pair_of(problem, data))
    for trial in planner.trials.values():
        facts: Any = trial.facts
        pins = found[facts["dataset"], facts["model"]]["pins"]
        if facts["method_id"] != "dense":
            pins["protocols"][facts["protocol"]] = facts["settings"]["protocol"]
    return list(found.values())


def pair_of(problem: Problem, data: Path) -> dict[str, Any]:
    """Give what all trials of a pair have in common."""
    known: Any = json.loads(json.dumps(problem_coordinates(problem)))
    if isinstance(problem.dataset, ImageFolder):
        del known["dataset"]["identity"]
    return {
        "dataset": problem.dataset_label,
        "model": problem.model_label,
        "classes": problem.info.classes,
        "test": problem.info.test,
        "labels_digest": labels_digest(problem, data),
        "pins": {
            **known,
            "prunable": [problem.recipe.prunable, list(problem.recipe.not_prunable)],
            "sizes": {
                "params_dense": problem.layout.params,
                "prunable_dense": problem.layout.prunable_size,
                "macs_dense": problem.layout.macs,
            },
            "between": {
                "rewind": problem.rewind,
                "finetune": finetune_coordinates(problem),
            },
            "protocols": {},
        },
    }


def labels_digest(problem: Problem, data: Path) -> str:
    """Hash the test labels; empty where the images are not at hand."""
    if isinstance(problem.dataset, ImageFolder):
        return ""
    try:
        labels = problem.dataset.load(data).test.labels
    except DataError:
        return ""
    return hashlib.sha256(labels.numpy().astype(np.dtype("<u2")).tobytes()).hexdigest()


def keep_digests(new: list[dict[str, Any]], file: Path) -> None:
    """Take over digests of labels that cannot be made here."""
    known = json.loads(file.read_bytes()) if file.is_file() else []
    old = {(pair["dataset"], pair["model"]): pair["labels_digest"] for pair in known}
    for pair in new:
        pair["labels_digest"] = pair["labels_digest"] or old.get(
            (pair["dataset"], pair["model"]), ""
        )


def main(arguments: list[str]) -> int:
    """Write every file of pins, or say which differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--data-dir", type=Path, help="where the data sets are")
    asked = parser.parse_args(arguments)
    ImageFolder.info = Pinned.info  # type: ignore[method-assign] # for this process
    stale = 0
    for path in sorted(suites_folder().glob("*.toml")):
        assert FILE.fullmatch(path.stem), f"{path.name} is not NAME-X.Y.toml"
        file = path.with_name(f"{path.stem}.pins.json")
        pins = pins_of(path, data_folder(asked.data_dir))
        keep_digests(pins, file)
        text = json.dumps(pins, indent=1, sort_keys=True) + "\n"
        if not (file.is_file() and file.read_text("utf-8") == text):
            stale += 1
            print(f"{file.name} {'is stale' if asked.check else 'written'}")
            if not asked.check:
                file.write_text(text, "utf-8")
    return 1 if asked.check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
