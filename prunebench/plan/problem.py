"""A problem: one data set, one model, one recipe, checked against each other at planning."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

import torch

from prunebench.contracts.dataset import Dataset, DatasetInfo
from prunebench.contracts.model import Model
from prunebench.contracts.settings import configure, resolved
from prunebench.core.describe import describe
from prunebench.core.digest import Json
from prunebench.core.layout import Layout
from prunebench.errors import IncompatibleError, SpecError
from prunebench.experiment.choice import Choice
from prunebench.experiment.experiment import Experiment
from prunebench.experiment.recipe import recipe
from prunebench.plugin.offer import Offer
from prunebench.plugin.registry import Registry
from prunebench.training.recipe import Recipe, Timetable, rewind_step, timetable


@dataclass(frozen=True)
class Problem:
    """What is to be learned, by what, and how.

    Parameters
    ----------
    dataset, model
        The configured plugins.
    info
        What the data set says of itself.
    recipe
        The resolved recipe.
    layout
        The dense network with all its channel groups.
    dataset_spec, model_spec
        What they contribute to keys.
    dataset_label, model_label
        As a person would type them, without defaults.
    place
        What a worker needs to find the data and no key holds: folder and settings.
    device
        ``"cpu"`` or ``"cuda"``.
    """

    dataset: Dataset
    model: Model
    info: DatasetInfo
    recipe: Recipe
    layout: Layout
    dataset_spec: Mapping[str, Json]
    model_spec: Mapping[str, Json]
    dataset_label: str
    model_label: str
    place: Mapping[str, Json]
    device: str

    @cached_property
    def train_images(self) -> int:
        """Training images left after the validation split."""
        held_out = 0 if self.info.validation else self.recipe.validation
        return self.info.train - held_out

    @cached_property
    def table(self) -> Timetable:
        """The dense training in steps."""
        return timetable(self.recipe, self.train_images)

    @cached_property
    def rewind(self) -> int:
        """The step to which tickets return.

        Raises
        ------
        IncompatibleError
            If the dense training ends before it.
        """
        step = rewind_step(self.recipe, self.table.epoch_steps)
        if step >= self.table.steps:
            msg = (
                f"recipe {self.recipe.name!r} rewinds to step {step}, but its training has only "
                f"{self.table.steps} steps; choose an earlier rewind point."
            )
            raise IncompatibleError(msg)
        return step


def make_problem(
    registry: Registry, experiment: Experiment, choices: tuple[Choice, Choice | None], data: Path
) -> Problem:
    """Look a data set and a model up, and check that they fit.

    Parameters
    ----------
    registry, experiment
        Where names are looked up; which recipe and device.
    choices
        Data set, and model or None for the data set's own.
    data
        Folder of the data sets.
    """
    dataset_choice, model_choice = choices
    offered = registry.dataset(dataset_choice.name)
    dataset = configure(offered.item, "data set", dataset_choice.name, dataset_choice.settings)
    info = dataset.info(data)
    model_choice = model_choice or Choice(dataset.model)
    family = registry.model(model_choice.name)
    model = configure(family.item, "model", model_choice.name, model_choice.settings)
    chosen = recipe(experiment.recipe or dataset.recipe, experiment.changes)
    check_validation(dataset.name, info, chosen, asked="validation" in experiment.changes)
    facts = dataset.coordinates()
    return Problem(
        dataset=dataset,
        model=model,
        info=info,
        recipe=chosen,
        layout=lay_out(model, info, chosen),
        dataset_spec={
            "name": dataset.name,
            "settings": resolved(dataset) if facts is None else facts,
            "source": offered.source.digest,
            **info.record(),
        },
        model_spec={
            **plugin_spec(family, model),
            "shape": list(info.shape),
            "classes": info.classes,
        },
        dataset_label=label(dataset.name, dataset),
        model_label=label(model.name, model),
        place={"data_dir": str(data), "settings": dict(resolved(dataset))},
        device=chosen_device(experiment.device),
    )


def check_validation(name: str, info: DatasetInfo, chosen: Recipe, *, asked: bool) -> None:
    """Check that images can be held out as the recipe says.

    Raises
    ------
    SpecError
        If that is asked of a data set with a fixed split, or leaves no training image.
    """
    if asked and info.validation:
        msg = f"{name} brings its own validation images; leave validation out of [recipe]."
        raise SpecError(msg)
    if not info.validation and chosen.validation >= info.train:
        msg = (
            f"validation = {chosen.validation} leaves no training image of {info.train}; "
            f"hold out fewer."
        )
        raise SpecError(msg)


def lay_out(model: Model, info: DatasetInfo, chosen: Recipe) -> Layout:
    """Describe the model on the meta device, where nothing is computed."""
    with torch.device("meta"):
        network = model.build(info.shape, info.classes)
        groups = model.groups(network)
        return describe(network, info.shape, groups, prunable_set(chosen))


def prunable_set(chosen: Recipe) -> Callable[[str, str], bool]:
    """Say which layers a recipe lets be pruned."""

    def member(name: str, kind: str) -> bool:
        left_out = any(fnmatchcase(name, pattern) for pattern in chosen.not_prunable)
        return not left_out and not (chosen.prunable == "convs" and kind != "conv")

    return member


def plugin_spec(offer: Offer[type[Model]] | Offer[type], item: object) -> dict[str, Json]:
    """Give what a configured plugin contributes to a key."""
    return {
        "name": offer.name,
        "settings": resolved(item),
        "version": getattr(item, "version", 1),
        "source": offer.source.digest,
    }


def label(name: str, item: object) -> str:
    """Write a configured plugin as a person would, with the settings that are not defaults."""
    defaults = resolved(type(item)())
    changed = {k: v for k, v in resolved(item).items() if v != defaults[k]}
    return Choice(name, changed).label


def chosen_device(asked: str) -> str:
    """Resolve ``"auto"``.

    Raises
    ------
    IncompatibleError
        If CUDA is asked for and absent.
    """
    present = torch.cuda.is_available()
    if asked == "cuda" and not present:
        msg = "device 'cuda' is asked for, but torch sees no CUDA device; use --device cpu."
        raise IncompatibleError(msg)
    return ("cuda" if present else "cpu") if asked == "auto" else asked
