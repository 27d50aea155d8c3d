"""What is asked for, and its trials; names only."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from prunebench.core.digest import Json, digest
from prunebench.core.target import Density, Measure
from prunebench.errors import SpecError
from prunebench.experiment.choice import Choice

DEFAULT_DENSITIES = (0.5, 0.2, 0.05)
DEFAULT_SEEDS = 3

SWEPT = "finetune"
"""The protocol whose rate is not the dense training's, so that it may be chosen."""


@dataclass(frozen=True)
class Study:
    """What an experiment reproduces, and which of its sizes was asked for.

    Parameters
    ----------
    about, source
        What it is for; which publication it reproduces.
    benchmark, tier
        Name of the file that it comes from, and the size chosen: ``"smoke"``, ``"t1"`` (hours of
        CPU at most) or ``"t2"`` (the paper's own setting); empty without.
    claims
        Ids of the claims that its results can decide.
    only_claims
        Whether only those of the trials are run that the claims compare.
    tables
        Layouts of the published tables, as the TOML writes them.
    required_plugins
        Distributions that must offer plugins, with versions, such as ``"prunebench-mine>=1.0"``.
    """

    about: str = ""
    source: str = ""
    benchmark: str = ""
    tier: str = ""
    claims: tuple[str, ...] = ()
    only_claims: bool = False
    tables: tuple[Mapping[str, Json], ...] = ()
    required_plugins: tuple[str, ...] = ()

    def record(self) -> dict[str, Json]:
        """Give what is not empty, as a TOML would say it."""
        found: dict[str, Json] = {
            "about": self.about,
            "source": self.source,
            "benchmark": self.benchmark,
            "tier": self.tier,
            "claims": list(self.claims),
            "only_claims": self.only_claims,
            "tables": [dict(table) for table in self.tables],
            "required_plugins": list(self.required_plugins),
        }
        return {key: value for key, value in found.items() if value}


@dataclass(frozen=True)
class Experiment:
    """A grid: data sets × models × methods × densities × protocols × seeds; or several of them.

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
    diagnostics
        Whether training accuracy, training loss around the last pruning, and how far weights
        moved are measured too.
    metrics
        What else is computed from the outputs for the test images, beside accuracy and loss.
    latency
        Whether networks that were cut are timed beside their dense counterparts, and masks of
        linear-heavy ones with sparse kernels too.
    finetune_lrs
        Rates among which fine-tuning chooses by validation, the same for every method; empty for
        the recipe's one.
    parts
        Grids that are asked for together, such as the columns of one published table; the fields
        above then are what they have in common, and their unions.
    stands_for
        Of a part: the data set and the model of a published table that its own stand for.
    study
        What the parts reproduce.
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
    diagnostics: bool = False
    metrics: tuple[Choice, ...] = ()
    latency: bool = False
    finetune_lrs: tuple[float, ...] = ()
    parts: tuple["Experiment", ...] = ()
    stands_for: Mapping[str, str] = field(default_factory=dict)
    study: Study = Study()

    @property
    def grids(self) -> tuple["Experiment", ...]:
        """The parts, or the experiment itself where it has none."""
        return self.parts or (self,)

    def record(self) -> dict[str, Json]:
        """Give the experiment as its TOML would say it; read back by `validate`."""
        return {
            "name": self.name,
            **self.study.record(),
            **self.grid_record(),
            "device": self.device,
            **({"parts": [self.part_record(part) for part in self.parts]} if self.parts else {}),
        }

    def part_record(self, part: "Experiment") -> dict[str, Json]:
        """Give what one part says; that it has no metrics must be said where the others have."""
        none: dict[str, Json] = {"metrics": []} if self.metrics and not part.metrics else {}
        return part.grid_record() | none

    def grid_record(self) -> dict[str, Json]:
        """Give what an experiment with parts says anew for each of them."""
        recipe: dict[str, Json] = {"preset": self.recipe} if self.recipe else {}
        found: dict[str, Json] = {
            "dataset": labels(grid.datasets for grid in self.grids),
            "model": labels(grid.models for grid in self.grids),
            "methods": labels(grid.methods for grid in self.grids),
            "protocols": labels(grid.protocols for grid in self.grids),
            "densities": list(dict.fromkeys(d for grid in self.grids for d in grid.densities)),
            "density_of": self.density_of,
            "seeds": list(dict.fromkeys(s for grid in self.grids for s in grid.seeds)),
            "recipe": recipe | dict(self.changes),
            "controls": self.controls,
        }
        rare: dict[str, Json] = {
            "weights": self.weights,
            "diagnostics": self.diagnostics,
            "metrics": labels([self.metrics]),
            "latency": self.latency,
            "finetune_lrs": list(self.finetune_lrs),
            "stands_for": dict(self.stands_for),
        }
        return found | {key: value for key, value in rare.items() if value}


def labels(choices: Iterable[Iterable[Choice]]) -> list[Json]:
    """List the labels of several lists of choices, each once."""
    return list(dict.fromkeys(choice.label for some in choices for choice in some))


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
    """List the trials of one grid, seeds innermost.

    A method with a ``plan`` setting has one target, whatever densities are asked for.
    """
    for dataset, model, method, protocol in product(
        experiment.datasets,
        experiment.models or (None,),
        experiment.methods,
        swept(experiment.protocols, experiment.finetune_lrs),
    ):
        densities: tuple[Density | None, ...] = tuple(
            Density(value, experiment.density_of) for value in experiment.densities
        )
        for target in (None,) if method.settings.get("plan") else densities:
            for seed in experiment.seeds:
                yield Trial(dataset, model, method, target, protocol, seed)


def swept(protocols: Iterable[Choice], rates: Iterable[float]) -> list[Choice]:
    """Write fine-tuning once for each rate that it is to choose from.

    >>> [choice.label for choice in swept([Choice("finetune"), Choice("ticket")], [0.1, 0.01])]
    ['finetune[lr=0.1]', 'finetune[lr=0.01]', 'ticket']
    """
    found: list[Choice] = []
    for protocol in protocols:
        free = protocol.name == SWEPT and "lr" not in protocol.settings
        variants = [Choice(SWEPT, {**protocol.settings, "lr": rate}) for rate in rates]
        found += variants if free and variants else [protocol]
    return found


def refuse_idle_rates(grids: Iterable[Experiment], where: str) -> None:
    """Refuse rates for fine-tuning that no protocol of any grid chooses from.

    Raises
    ------
    SpecError
        With the rates.
    """
    known = list(grids)
    rates = [rate for grid in known for rate in grid.finetune_lrs]
    if rates and all(swept(g.protocols, g.finetune_lrs) == list(g.protocols) for g in known):
        msg = (
            f"{where}: nothing chooses from finetune_lrs = {rates}; ask for the protocol "
            f"{SWEPT!r} without a rate of its own, or leave the rates out."
        )
        raise SpecError(msg)


def trial_id(coordinates: Mapping[str, Json]) -> str:
    """Hash scientific coordinates: two people who ran the same thing have the same id.

    Parameters
    ----------
    coordinates
        Data set, model, method, target, protocol, recipe, seed and draw with every resolved
        setting; no version of any software and no place on any machine.
    """
    return digest(dict(coordinates))
