"""Small suites and bundles with known answers."""

from dataclasses import dataclass, field, replace
from hashlib import sha256

import pytest

from prunebench.bundle.document import Entry, Manifest, PluginFacts, Submitter
from prunebench.experiment.experiment import trial_id
from prunebench.leaderboard.build import build_leaderboard
from prunebench.leaderboard.inputs.notes import Notes
from prunebench.leaderboard.inputs.submitted import Submitted
from prunebench.results.measurement import Measurement
from prunebench.suite.suite import Pair, Suite

DIGITS = {"name": "digits", "settings": {}, "identity": "sha256:0"}
TRAINING = {"steps": 100, "lr": 0.1}
PRUNABLE = ["kernels", []]
PROTOCOLS = {
    "finetune": {"name": "finetune", "start": "trained", "budget": "finetune"},
    "ticket": {"name": "ticket", "start": "rewind", "budget": "same-epochs"},
}
MACHINE = {"processor": "A", "device": "cpu", "libraries": {"torch": "2.13"}}


def hexadecimal(*parts):
    """Give 64 digits that depend on the parts."""
    return sha256(repr(parts).encode()).hexdigest()


def small_suite(models=("mlp",), densities=(0.5, 0.25), protocols=("finetune",), seeds=3):
    """Give a suite of digits."""
    pairs = tuple(
        Pair(
            dataset="digits",
            model=model,
            classes=10,
            test=100,
            labels_digest="",
            pins={
                "dataset": DIGITS,
                "model": {"name": model, "settings": {}},
                "training": TRAINING,
                "prunable": PRUNABLE,
                "between": {},
                "protocols": {name: PROTOCOLS[name] for name in protocols},
            },
        )
        for model in models
    )
    return Suite(
        name="small",
        version="1.0",
        title="Small",
        about="For tests",
        reference="magnitude",
        densities=tuple(densities),
        protocols=tuple(protocols),
        seeds=seeds,
        controls=False,
        pairs=pairs,
        values={},
    )


def measured(value):
    """Give status and accuracy: None has diverged, a pair says its status."""
    if value is None:
        return {"status": "diverged"}
    status, accuracy = value if isinstance(value, tuple) else ("ok", value)
    return {"status": status, "test_accuracy_last": accuracy}


@dataclass(frozen=True)
class Trials:
    """Rows of one method at one place, a seed for each value.

    Parameters
    ----------
    values
        By seed: an accuracy, None for diverged, or a status with an accuracy.
    given
        Columns that differ from the usual.
    settings
        Coordinates that differ from the usual.
    """

    values: tuple
    method: str = "magnitude"
    density: float = 0.5
    protocol: str = "finetune"
    model: str = "mlp"
    given: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)

    def rows(self):
        """Give the rows."""
        return [self.row(seed, value) for seed, value in enumerate(self.values)]

    def row(self, seed, value):
        """Give one row."""
        settings = {
            **problem(self.model),
            "prunable": PRUNABLE,
            "method": {"name": self.method, "settings": {}},
            "target": {"density": self.density, "of": "params"},
            "between": {},
            "protocol": PROTOCOLS[self.protocol],
            "seed": seed,
            "draw": 0,
        } | self.settings
        outcome = measured(value)
        return Measurement(
            **(
                {
                    "trial": trial_id(settings),
                    "dataset": "digits",
                    "model": self.model,
                    "method": self.method,
                    "method_id": self.method,
                    "protocol": self.protocol,
                    "protocol_id": self.protocol,
                    "recipe": "r",
                    "seed": seed,
                    "settings": settings,
                    "target": f"{self.density:g}",
                    "target_density": self.density,
                    "density": self.density,
                    "macs_sparse": int(1000 * self.density),
                    "params_kept": int(100 * self.density),
                    "total_macs": 5000,
                    "weights_digest": hexadecimal(trial_id(settings), value)[:32],
                }
                | outcome
                | self.given
            )
        )


def problem(model):
    """Give the coordinates that all rows of a pair share."""
    return {
        "dataset": DIGITS,
        "model": {"name": model, "settings": {}},
        "training": TRAINING,
    }


def dense_row(model, seed, weights=""):
    """Give the row of a dense network."""
    settings = {**problem(model), "seed": seed}
    return Measurement(
        trial=trial_id(settings),
        status="ok",
        dataset="digits",
        model=model,
        method="dense",
        method_id="dense",
        protocol="dense",
        protocol_id="dense",
        recipe="r",
        seed=seed,
        settings=settings,
        test_accuracy_last=0.98,
        density=1.0,
        macs_sparse=1000,
        params_kept=100,
        total_macs=3000,
        weights_digest=weights or hexadecimal("dense", model, seed)[:32],
    )


def make_submitted(*trials, by="Ada", url="", day=1, machine=MACHINE, **given):
    """Give a bundle of some trials, with the dense networks that they need.

    Keyword arguments of others: ``version``, ``distribution``, ``suite``, ``dense`` (weights of
    the dense networks), ``schema``.
    """
    version, owner = given.get("version", "1.0"), given.get("distribution", "prunebench")
    rows = [row for one in trials for row in one.rows()]
    seeds = sorted({(row.model, row.seed) for row in rows})
    dense = {place: dense_row(*place, given.get("dense", "")) for place in seeds}
    facts = {**machine, "id": hexadecimal(machine)[:32]}
    entries = [Entry(replace(row, environment=facts["id"])) for row in dense.values()]
    for row in rows:
        root = dense[row.model, row.seed]
        entries.append(
            Entry(replace(row, environment=facts["id"]), root.trial, root.weights_digest)
        )
    methods = sorted({row.method_id for row in rows})
    manifest = Manifest(
        suite=given.get("suite", "small@1.0"),
        title="t",
        created=f"2025-01-{day:02d}T00:00:00Z",
        submitter=Submitter(by, url),
        command="prunebench run",
        experiment={},
        environments={facts["id"]: facts},
        plugins=tuple(
            PluginFacts(name, owner, version, hexadecimal(name, version)[:32], (f"method {name}",))
            for name in methods
        ),
        datasets=(),
        pairs=(),
        papers={f"method {name}": f"Paper of {name}" for name in methods},
        schema=given.get("schema", 1),
    )
    return Submitted(
        address=hexadecimal(by, url, day, sorted(machine), version, [e.row.trial for e in entries]),
        manifest=manifest,
        entries=tuple(sorted(entries, key=lambda entry: entry.row.trial)),
        curves={},
        layers={},
        classes={
            entry.row.trial: hexadecimal(entry.row.weights_digest)
            for entry in entries
            if entry.row.test_accuracy_last is not None
        },
    )


@pytest.fixture(scope="session")
def suite_of():
    """Give a factory of small suites."""
    return small_suite


@pytest.fixture(scope="session")
def trials_of():
    """Give a factory of a method's trials at one place."""

    def make(method, values, density=0.5, **given):
        return Trials(tuple(values), method, density, **given)

    return make


@pytest.fixture(scope="session")
def submit():
    """Give a factory of bundles."""
    return make_submitted


@pytest.fixture(scope="session")
def build():
    """Give a function that builds a leaderboard of some bundles."""

    def make(*bundles, suite=None, notes=None, reproductions=()):
        return build_leaderboard(bundles, suite or small_suite(), notes or Notes(), reproductions)

    return make
