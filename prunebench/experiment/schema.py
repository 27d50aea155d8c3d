"""Text becomes an Experiment: TOML files, shipped benchmarks and flags, checked by pydantic."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from prunebench.core.digest import Json
from prunebench.errors import SpecError, UnknownNameError
from prunebench.experiment.choice import Choice, parse_choice, parse_choices
from prunebench.experiment.complaint import first_complaint, sentence
from prunebench.experiment.experiment import Experiment
from prunebench.experiment.recipe import recipe


def as_list(value: object) -> object:
    """Let one thing stand for a list of one."""
    return value if isinstance(value, list) else [value]


class Named(BaseModel):
    """A choice written as a table: ``{name = "magnitude", scope = "global"}``."""

    model_config = ConfigDict(extra="allow")

    name: str

    def choice(self) -> Choice:
        """Give the table as a choice."""
        return Choice(self.name, dict(self.model_extra or {}))


Choices = Annotated[list[str | Named], BeforeValidator(as_list)]

# Strict: true is no density, and "3" no number of seeds.
Kept = Annotated[float, Field(strict=True, gt=0, le=1, allow_inf_nan=False)]
Removed = Annotated[float, Field(strict=True, ge=0, lt=1, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1)]
Seed = Annotated[int, Field(strict=True, ge=0)]


class ExperimentFile(BaseModel):
    """An experiment as TOML writes it; every key is also a flag of ``prunebench run``."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", description="title of the report")
    about: str = Field("", description="what the experiment is for, and its source")
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
    controls: bool = Field(
        default=False,
        description="hold every method against random and magnitude masks of its own shape",
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
    """Check a mapping of keys to values.

    Raises
    ------
    SpecError
        With the file (or "the command line"), the table and the key.
    """
    try:
        file = ExperimentFile.model_validate(dict(values))
        experiment = file.experiment()
    except ValidationError as error:
        raise SpecError(explain(error, where)) from None
    except SpecError as error:
        msg = f"{where}: {error}"
        raise SpecError(msg) from None
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
    recipe(experiment.recipe, experiment.changes, f"{where}, [recipe]")  # a typo shows at once
    return experiment


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


def load(source: str, overrides: Mapping[str, Json]) -> Experiment:
    """Read an experiment from a TOML file or a shipped benchmark's name; flags override it.

    Raises
    ------
    UnknownNameError
        If it is neither a file nor a benchmark.
    SpecError
        If it is a folder.
    """
    path = Path(source)
    if path.is_dir() and source not in benchmark_names():
        msg = f"{source} is a folder; name a TOML file in it."
        raise SpecError(msg)
    if not (path.suffix == ".toml" or path.is_file()):
        path = benchmark_path(source)
    return validate({**read_toml(path), **overrides}, str(source))


def read_toml(path: Path) -> dict[str, Json]:
    """Read a TOML file.

    Raises
    ------
    SpecError
        If it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}."
        raise SpecError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path} is not valid TOML: {error}."
        raise SpecError(msg) from None


def benchmarks_folder() -> Path:
    """Find the shipped benchmarks: in the installed package, or in the source tree."""
    package = Path(str(files("prunebench")))
    shipped = package / "_benchmarks"
    return shipped if shipped.is_dir() else package.parent / "benchmarks"


def benchmark_names() -> list[str]:
    """List the shipped benchmarks."""
    return sorted(path.stem for path in benchmarks_folder().glob("*.toml"))


def benchmark_path(name: str) -> Path:
    """Find a shipped benchmark by name."""
    if name not in benchmark_names():
        near = get_close_matches(name, benchmark_names(), 1)
        hint = f"did you mean {near[0]!r}? The" if near else "the"
        known = ", ".join(benchmark_names()) or "none"
        msg = f"no file and no benchmark {name!r}; {hint} benchmarks are: {known}."
        raise UnknownNameError(msg)
    return benchmarks_folder() / f"{name}.toml"


__all__ = ["ExperimentFile", "benchmark_names", "load", "parse_choice", "validate"]
