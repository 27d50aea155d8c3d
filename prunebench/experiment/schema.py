"""Text becomes an Experiment: TOML files, shipped benchmarks and flags, checked by pydantic."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.choice import Choice, parse_choice, parse_choices
from prunebench.experiment.complaint import first_complaint, sentence
from prunebench.experiment.experiment import Experiment, Study, refuse_idle_rates
from prunebench.experiment.layout import read_layouts
from prunebench.experiment.parts import chosen_tier, overridden, part_values
from prunebench.experiment.recipe import recipe
from prunebench.experiment.required import required_plugin
from prunebench.experiment.shipped import (
    benchmark_names,
    benchmark_path,
    benchmarks_folder,
    read_toml,
    refuse_unpublished,
)
from prunebench.experiment.written import (
    Choices,
    Count,
    Kept,
    Named,
    Rate,
    Removed,
    Seed,
    Truth,
)


class ExperimentFile(BaseModel):
    """An experiment as TOML writes it; every key is also a flag of ``prunebench run``."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", description="title of the report")
    about: str = Field("", description="what the experiment is for, and its source")
    source: str = Field("", description="publication whose table or figure is reproduced")
    benchmark: str = Field("", description="name of the file that an experiment was read from")
    tier: str = Field("", description="the tier that was chosen")
    claims: list[str] = Field([], description="ids of claims that the results can decide")
    only_claims: Truth = Field(
        default=False, description="run only those of the trials that the claims compare"
    )
    tables: list[dict[str, Any]] = Field([], description="layouts of published tables")
    required_plugins: list[str] = Field([], description="distributions it needs, as for pip")
    parts: list[dict[str, Any]] = Field(
        [], description="several grids, each with keys that replace the common ones"
    )
    dataset: Choices = Field(["digits"], description="data sets")
    model: Choices = Field([], description="models; without any the data set brings its own")
    methods: Choices = Field(["magnitude", "l1filter"], description="pruning methods")
    protocols: Choices = Field(["ticket", "random"], description="retraining protocols")
    densities: list[Kept] | None = Field(
        None, description="kept fractions of the prunable parameters"
    )
    sparsities: list[Removed] | None = Field(
        None, description="removed fractions, instead of densities"
    )
    density_of: Literal["params", "macs", "units"] = Field(
        "params", description="what the densities count"
    )
    seeds: Count | list[Seed] = Field(3, description="number of seeds, or a list of them")
    recipe: dict[str, Any] = Field({}, description="preset = name, and fields that replace its")
    device: Literal["cpu", "cuda", "auto"] = Field("cpu", description="where to train")
    weights: str = Field(
        "", description="dense weights instead of training: a safetensors file, or pretrained"
    )
    controls: Truth = Field(
        default=False,
        description="hold every method against random and magnitude masks of its own shape",
    )
    diagnostics: Truth = Field(
        default=False,
        description="measure training accuracy, loss around pruning, and how far weights moved",
    )
    metrics: Choices = Field([], description="computed from the outputs for the test images too")
    latency: Truth = Field(
        default=False,
        description="time cut networks, and masks of linear-heavy ones as CSR, beside dense ones",
    )
    finetune_lrs: list[Rate] = Field(
        [], description="rates among which fine-tuning chooses by validation, for every method"
    )
    stands_for: dict[str, str] = Field(
        {}, description="of a part: dataset and model of the published table that its own stand for"
    )

    def experiment(self) -> Experiment:
        """Turn the checked text into an Experiment."""
        changes = dict(self.recipe)
        preset = changes.pop("preset", None)
        seeds = range(self.seeds) if isinstance(self.seeds, int) else self.seeds
        return Experiment(
            name=self.name,
            datasets=choices(self.dataset),
            models=choices(self.model),
            methods=choices(self.methods),
            protocols=choices(self.protocols),
            densities=self.kept_fractions(),
            density_of=self.density_of,
            seeds=tuple(dict.fromkeys(seeds)),
            recipe=preset,
            changes=changes,
            device=self.device,
            weights=self.weights,
            controls=self.controls,
            diagnostics=self.diagnostics,
            metrics=choices(self.metrics),
            latency=self.latency,
            finetune_lrs=tuple(dict.fromkeys(self.finetune_lrs)),
            stands_for=self.stands_for,
            study=Study(
                about=self.about,
                source=self.source,
                benchmark=self.benchmark,
                tier=self.tier,
                claims=tuple(dict.fromkeys(self.claims)),
                only_claims=self.only_claims,
                tables=tuple(self.tables),
                required_plugins=tuple(dict.fromkeys(map(required_plugin, self.required_plugins))),
            ),
        )

    def kept_fractions(self) -> tuple[float, ...]:
        """Read densities, or sparsities as their complement.

        Raises
        ------
        SpecError
            If both are given.
        """
        if self.densities is not None and self.sparsities is not None:
            msg = "give densities or sparsities, not both; density = 1 - sparsity."
            raise SpecError(msg)
        if self.sparsities is not None:
            # Through decimals, so that sparsity 0.9 is density 0.1 and not 0.09999999999999998.
            return tuple(dict.fromkeys(round(1 - value, 12) for value in self.sparsities))
        if self.densities is None:
            return Experiment().densities
        return tuple(dict.fromkeys(self.densities))


def choices(written: list[str | Named]) -> tuple[Choice, ...]:
    """Read strings and tables as choices, each once."""
    found: dict[str, Choice] = {}
    for item in written:
        for choice in parse_choices([item]) if isinstance(item, str) else (item.choice(),):
            found[choice.label] = choice
    return tuple(found.values())


def validate(values: Mapping[str, Json], where: str) -> Experiment:
    """Check a mapping of keys to values, and every part that it holds.

    Raises
    ------
    SpecError
        With the file (or "the command line"), the table and the key.
    """
    whole = validate_grid(values, where)
    layouts = read_layouts(whole.study.tables, where)  # a bad one shows before any training
    refuse_unpublished((layout.reference for layout in layouts), where)
    parts = tuple(
        validate_grid(part, f"{where}, parts[{number}]")
        for number, part in enumerate(part_values(values, where))
    )
    asked = replace(whole, parts=parts)
    refuse_idle_rates(asked.grids, where)
    return asked


def validate_grid(values: Mapping[str, Json], where: str) -> Experiment:
    """Check the keys of one grid."""
    try:
        file = ExperimentFile.model_validate(dict(values))
        experiment = file.experiment()
    except ValidationError as error:
        raise SpecError(explain(error, where)) from None
    except SpecError as error:
        msg = f"{where}: {error}"
        raise SpecError(msg) from None
    refuse_empty(file, experiment, where)
    recipe(experiment.recipe, experiment.changes, f"{where}, [recipe]")  # a typo shows at once
    return experiment


def refuse_empty(file: ExperimentFile, experiment: Experiment, where: str) -> None:
    """Refuse an axis of the grid without any entry.

    Raises
    ------
    SpecError
        With its key.
    """
    for what, given in (
        ("dataset", experiment.datasets),
        ("model", experiment.models or not file.model),
        ("methods", experiment.methods),
        ("protocols", experiment.protocols),
        ("densities", experiment.densities),
        ("seeds", experiment.seeds),
    ):
        if not given:
            msg = f"{where}: {what} is empty; name at least one."
            raise SpecError(msg)


def explain(error: ValidationError, where: str) -> str:
    """Turn pydantic's first complaint into one sentence."""
    first = first_complaint(error)
    key = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        near = get_close_matches(key, ExperimentFile.model_fields, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        known = "" if near else f"; the keys are: {', '.join(ExperimentFile.model_fields)}."
        return f"{where}: unknown key {key!r}{hint}{known}"
    # pydantic's names for the members of a union are no part of the place
    positions = [part for part in first["loc"] if isinstance(part, int)]
    return f"{where}: {sentence([key, *positions], first)}"


def source_path(source: str) -> Path:
    """Find the file that a path or a benchmark's name means.

    Raises
    ------
    UnknownNameError
        If it is neither a file nor a benchmark.
    SpecError
        If it is a folder, or nothing at all, as an unset variable of a shell.
    """
    if not source:
        msg = "the experiment's name is empty; name a TOML file or a benchmark, or leave it out."
        raise SpecError(msg)
    path = Path(source)
    if path.is_dir() and source not in benchmark_names():
        msg = f"{source} is a folder; name a TOML file in it."
        raise SpecError(msg)
    return path if path.suffix == ".toml" or path.is_file() else benchmark_path(source)


def load(source: str, overrides: Mapping[str, Json], tier: str | None = None) -> Experiment:
    """Read an experiment from a TOML file or a shipped benchmark's name; flags override it.

    Parameters
    ----------
    source
        Path or name.
    overrides
        Keys that replace the file's, in every part.
    tier
        Which of its sizes; None where it has none.

    Raises
    ------
    SpecError
        If it has no such tier.
    """
    path = source_path(source)
    values = chosen_tier(read_toml(path), tier, str(source))
    return validate(overridden({"benchmark": path.stem, **values}, overrides), str(source))


__all__ = [
    "ExperimentFile",
    "benchmark_names",
    "benchmarks_folder",
    "load",
    "parse_choice",
    "read_toml",
    "source_path",
    "validate",
]
