"""What is asked for, and its trials; names only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from prunebench.core.digest import Json, digest
from prunebench.core.target import Density, Measure
from prunebench.experiment.choice import Choice

DEFAULT_DENSITIES = (0.5, 0.2, 0.05)
DEFAULT_SEEDS = 3


@dataclass(frozen=True)
class Experiment:
    """A grid: data sets × models × methods × densities × protocols × seeds.

    Parameters
    ----------
    name
        Title of the report.
    datasets, models, methods, protocols
        Choices; without models every data set brings its own.
    densities
        Kept fractions in (0, 1].
    density_of
        What the densities count.
    seeds
        Seeds; 0 is a seed like any other.
    recipe
        Preset name, or None for the data set's own.
    changes
        Recipe fields that replace the preset's.
    device
        ``"cpu"``, ``"cuda"`` or ``"auto"``.
    weights
        Dense weights to start from instead of training: path of a safetensors file, or
        ``"pretrained"``; empty for none.
    controls
        Whether every method is followed by its controls: a random mask, and magnitude, with the
        method's own kept counts per layer; for channels also the small network from scratch.
    """

    name: str = ""
    datasets: tuple[Choice, ...] = (Choice("digits"),)
    models: tuple[Choice, ...] = ()
    methods: tuple[Choice, ...] = (Choice("magnitude"), Choice("l1filter"))
    protocols: tuple[Choice, ...] = (Choice("ticket"), Choice("random"))
    densities: tuple[float, ...] = DEFAULT_DENSITIES
    density_of: Measure = "params"
    seeds: tuple[int, ...] = tuple(range(DEFAULT_SEEDS))
    recipe: str | None = None
    changes: Mapping[str, Json] = field(default_factory=dict)
    device: str = "cpu"
    weights: str = ""
    controls: bool = False

    def record(self) -> dict[str, Json]:
        """Give the experiment as its TOML would say it; read back by `validate`."""
        recipe: dict[str, Json] = {"preset": self.recipe} if self.recipe else {}
        return {
            "name": self.name,
            "dataset": [choice.label for choice in self.datasets],
            "model": [choice.label for choice in self.models],
            "methods": [choice.label for choice in self.methods],
            "protocols": [choice.label for choice in self.protocols],
            "densities": list(self.densities),
            "density_of": self.density_of,
            "seeds": list(self.seeds),
            "recipe": recipe | dict(self.changes),
            "device": self.device,
            **({"weights": self.weights} if self.weights else {}),
            "controls": self.controls,
        }


@dataclass(frozen=True)
class Trial:
    """One entry of the grid with one seed; `target` is None where the method's plan decides."""

    dataset: Choice
    model: Choice | None
    method: Choice
    target: Density | None
    protocol: Choice
    seed: int


def expand(experiment: Experiment) -> Iterator[Trial]:
    """List the trials of an experiment, seeds innermost.

    A method with a ``plan`` setting has one target, whatever densities are asked for.
    """
    for dataset, model, method, protocol in product(
        experiment.datasets,
        experiment.models or (None,),
        experiment.methods,
        experiment.protocols,
    ):
        densities: tuple[Density | None, ...] = tuple(
            Density(value, experiment.density_of) for value in experiment.densities
        )
        for target in (None,) if method.settings.get("plan") else densities:
            for seed in experiment.seeds:
                yield Trial(dataset, model, method, target, protocol, seed)


def trial_id(coordinates: Mapping[str, Json]) -> str:
    """Hash scientific coordinates: two people who ran the same thing have the same id.

    Parameters
    ----------
    coordinates
        Data set, model, method, target, protocol, recipe, seed and draw with every resolved
        setting; no version of any software and no place on any machine.
    """
    return digest(dict(coordinates))
