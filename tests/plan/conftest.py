from importlib.metadata import entry_points
from pathlib import Path

import pytest

from prunebench.experiment.schema import validate
from prunebench.plan.planner import Planner
from prunebench.plugin.registry import load_registry

INSTALLED = tuple(entry_points(group="prunebench"))  # before any stranger comes

STRANGER = '''
from torch import nn

from prunebench.api import (
    Dataset, DatasetInfo, Granularity, Method, Model, Preprocessing, Regularizer, hookimpl, setting,
)


class Cards(Dataset):
    """As large as MNIST; nobody reads it."""

    name, paper, model, recipe = "cards", "Nobody 2020", "lenet300100", "mnist"
    folder: str = setting("", "where the images lie")

    def info(self, data_dir):
        pixels = Preprocessing(255, (0.0,), (1.0,))
        return DatasetInfo((1, 28, 28), 10, 60_000, 0, 10_000, "sha256:cards", pixels)

    def load(self, data_dir):
        raise AssertionError("planning reads no images")

    def coordinates(self):
        return {}


class Plain(Model):
    """A model without channel groups."""

    name, paper = "plain", "Nobody 2020"

    def build(self, shape, classes):
        size = shape[0] * shape[1] * shape[2]
        return nn.Sequential(nn.Flatten(), nn.Linear(size, 8), nn.ReLU(), nn.Linear(8, classes))

    def groups(self, network):
        return ()


class Shrink(Regularizer):
    strength: float = setting(1e-4, "of the penalty")

    def penalty(self, network, groups):
        return self.strength * sum(p.abs().sum() for p in network.parameters())


class Slim(Method):
    """Train with a penalty, then cut."""

    name, paper, granularity = "slim", "Nobody 2020", Granularity.CHANNEL
    needs = frozenset({"batchnorm"})
    strength: float = setting(1e-4, "of the penalty")
    min_keep: int = setting(1, "channels that stay")

    def score(self, subject):
        return {name: group.scale.abs() for name, group in subject.groups.items()}

    def regularizer(self):
        return Shrink(self.strength)


class Early(Method):
    """Prune before training."""

    name, paper, granularity = "early", "Nobody 2020", Granularity.WEIGHT
    scores_at = "init"

    def score(self, subject):
        return {name: weight.abs() for name, weight in subject.weights.items()}


@hookimpl
def prunebench_datasets():
    return [Cards]


@hookimpl
def prunebench_models():
    return [Plain]


@hookimpl
def prunebench_methods():
    return [Slim, Early]
'''


@pytest.fixture(scope="session")
def registry():
    """Load every installed plugin."""
    return load_registry()


@pytest.fixture
def install(strangers):
    """Give a function that installs `STRANGER`, with one text replaced by another."""

    def installed(name="stranger", old="", new=""):
        source = STRANGER.replace(old, new) if old else STRANGER
        found = strangers.install(name, [f"{name} = {name}_things"], {f"{name}_things.py": source})
        return load_registry(found=[*INSTALLED, *found])

    return installed


@pytest.fixture
def strange(install):
    """Load every installed plugin and the stranger's."""
    return install()


@pytest.fixture
def plan(registry):
    """Give a function that plans an experiment written as its TOML would write it."""

    def planned(registry=registry, data="nowhere", **asked):
        return Planner(registry, validate(asked, "test"), Path(data)).plan()

    return planned


@pytest.fixture
def row():
    """Give a function that finds the one row with the given facts."""

    def found(plan, **facts):
        (trial,) = (t for t in plan.trials if facts.items() <= t.facts.items())
        return trial

    return found
