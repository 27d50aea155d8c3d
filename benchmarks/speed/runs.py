"""Whole runs: what is spent beside training and evaluation, and what a second worker brings."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from benchmarks.speed.case import Amount, Case, Contest, Goal, Sample, Surroundings, Value, ratio
from benchmarks.speed.pairs import timed
from benchmarks.speed.workload import registry
from prunebench.core.digest import Json
from prunebench.experiment.schema import validate
from prunebench.plan.plan import Plan
from prunebench.results.folder import read_record
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.run import Finished, Places, Run
from prunebench.store.store import Store

TRIAL_SECONDS = 5.0
"""A trial of the goal; those measured here are far shorter, so that the rest is seen."""

KINDS = ("train", "evaluate")
"""Stages whose own seconds are no overhead."""

SHORT_TRIALS: Mapping[str, Json] = {
    "model": "smallconv[width=4]",
    "methods": ["magnitude", "l1filter"],
    "protocols": ["ticket", "random", "finetune", "scratch-e"],
    "densities": [0.5, 0.25],
    "recipe": {"preset": "digits", "length": 4, "finetune": {"length": 1}},
}
CONVOLUTIONS = """
model = "smallconv"
methods = ["magnitude", "l1filter"]
protocols = ["ticket", "random"]
densities = [0.5]
seeds = {seeds}

[recipe]
preset = "digits"
length = {epochs}
"""


def overhead(where: Surroundings, seeds: int) -> Contest:
    """Measure a run in this process, from planning to the last row."""

    def turn() -> Sample:
        with TemporaryDirectory(dir=where.folder) as name:
            return one_run(Path(name), seeds)

    return Contest((turn,))


def one_run(folder: Path, seeds: int) -> Sample:
    """Give the seconds of a run, and what of them lies in trainings and evaluations; by trial."""
    done: list[tuple[Plan, Finished]] = []
    seconds = timed(lambda: done.append(run_inline(folder, seeds)))
    [(plan, finished)] = done
    store, trials = Store(folder / "store"), len(finished.rows)
    inside = sum(
        float(str(store.record(key)["seconds"]))
        for key in finished.outcome.executed
        if plan.stages[key].kind in KINDS
    )
    return {"ours": seconds / trials, "inside": inside / trials}


def run_inline(folder: Path, seeds: int) -> tuple[Plan, Finished]:
    """Plan and run the short trials in this process, in a new store."""
    experiment = validate({**SHORT_TRIALS, "seeds": seeds}, "speed")
    plan = make_plan(registry(), experiment, folder, fetch=False)
    places = Places(folder / "store", folder)
    executor = InlineExecutor(registry(), Store(places.store))
    return plan, Run(registry(), experiment, plan, places, "speed").execute(executor)


def outside(sample: Sample) -> float:
    """Give the share of the overhead if every trial took `TRIAL_SECONDS` to train and test."""
    rest = sample["ours"] - sample["inside"]
    return rest / (rest + TRIAL_SECONDS)


def workers(where: Surroundings, seeds: int) -> Contest:
    """Set two worker processes against one, on a grid of convolutional networks."""
    file = where.folder / "workers.toml"
    epochs = 16 if where.size == "full" else 1
    file.write_text(CONVOLUTIONS.format(seeds=seeds, epochs=epochs), "utf-8")

    def turn(side: Literal["ours", "one"], count: int) -> Sample:
        with TemporaryDirectory(dir=where.folder) as name:
            return {side: run_seconds(file, Path(name), count)}

    return Contest((lambda: turn("ours", 2), lambda: turn("one", 1)))


def run_seconds(file: Path, folder: Path, count: int) -> float:
    """Give what a run's record says that it took, start of its workers included."""
    out = folder / "run"
    words = ["run", str(file), "--workers", str(count), "--store", str(folder), "--out", str(out)]
    command = [sys.executable, "-m", "prunebench", *words]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return read_record(out).seconds


CASES = (
    Case(
        name="overhead",
        about="share of a run outside training and evaluation, for trials of 5 s",
        amount=Amount("", full=6, short=1, tiny=1),
        value=Value("share", outside, "outside / whole"),
        prepare=overhead,
        goal=Goal(0.05, at_most=True),
        repeats=5,
    ),
    Case(
        name="workers",
        about="one worker / two workers: a grid of small convolutional networks",
        amount=Amount("", full=6, short=0, tiny=1),
        value=ratio("one", "ours"),
        prepare=workers,
        goal=Goal(1.8),
        is_scaled=True,
        repeats=3,
    ),
)
