"""A problem: one data set, one model, one recipe, checked against each other at planning."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from pathlib import Path

import torch
from torch import nn

from prunebench.contracts.dataset import Dataset, DatasetInfo
from prunebench.contracts.given import built, described, read_by
from prunebench.contracts.model import Model, Shape
from prunebench.contracts.settings import configure, resolved
from prunebench.core.describe import describe
from prunebench.core.digest import Fragment, Json
from prunebench.core.layout import ChannelGroup, Layout
from prunebench.core.trace import Traced, trace
from prunebench.errors import IncompatibleError
from prunebench.experiment.choice import Choice
from prunebench.experiment.experiment import Experiment
from prunebench.experiment.recipe import recipe
from prunebench.plan.given import Given, read_given
from prunebench.plan.validation import check_sweep, check_validation
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
    network
        The dense network on the meta device.
    refused
        Layers of a traced network that no group could be made of, with reasons.
    weights
        Dense weights that were given; None to train them.
    """

    dataset: Dataset
    model: Model
    info: DatasetInfo
    recipe: Recipe
    layout: Layout
    dataset_spec: Fragment
    model_spec: Fragment
    dataset_label: str
    model_label: str
    place: Mapping[str, Json]
    device: str
    network: nn.Module | None = field(default=None, compare=False)
    refused: Mapping[str, str] = field(default_factory=dict)
    weights: Given | None = None

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
    def validation(self) -> int | str:
        """How many training images are held out; ``"fixed"`` where the data set has done so."""
        return "fixed" if self.info.validation else self.recipe.validation

    @cached_property
    def training(self) -> Mapping[str, Json]:
        """What the specs of all its trainings have in common, save the seed."""
        recipe = self.recipe
        numerics: dict[str, Json] = {
            "device": self.device,
            "precision": recipe.precision,
            "channels_last": recipe.channels_last,
            "threads": 1,
        }
        return {
            "model": self.model_spec,
            "data": self.dataset_spec,
            "optimiser": Fragment(optimiser_spec(recipe)),
            "batch": recipe.batch,
            "augmentation": recipe.augmentation,
            "validation": self.validation,
            "selection": recipe.selection,
            "numerics": Fragment(numerics),
        }

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
    info = described(dataset.name, dataset.info(data))
    model_choice = model_choice or Choice(dataset.model)
    family = registry.model(model_choice.name)
    model = configure(family.item, "model", model_choice.name, model_choice.settings)
    chosen = recipe(experiment.recipe or dataset.recipe, experiment.changes)
    check_validation(dataset.name, info, chosen, asked="validation" in experiment.changes)
    check_sweep(dataset.name, info, chosen, experiment.finetune_lrs)
    facts = dataset.coordinates()
    layout, refused, network = lay_out(model, info, chosen)
    return Problem(
        dataset=dataset,
        model=model,
        info=info,
        recipe=chosen,
        layout=layout,
        network=network,
        refused=refused,
        weights=read_given(experiment.weights, network, label(model.name, model)),
        dataset_spec=Fragment(
            {
                "name": dataset.name,
                "settings": resolved(dataset) if facts is None else facts,
                "source": offered.source.digest,
                **info.record(),
            }
        ),
        model_spec=Fragment(
            {
                **plugin_spec(family, model),
                "shape": list(info.shape),
                "classes": info.classes,
            }
        ),
        dataset_label=label(dataset.name, dataset),
        model_label=label(model.name, model),
        place={"data_dir": str(data), "settings": dict(resolved(dataset))},
        device=capable_device(experiment.device, chosen),
    )


def optimiser_spec(recipe: Recipe) -> dict[str, Json]:
    """Give the fields that the optimiser really uses."""
    spec: dict[str, Json] = {"name": recipe.optimiser, "weight_decay": recipe.weight_decay}
    if recipe.optimiser == "sgd":
        spec |= {"momentum": recipe.momentum, "nesterov": recipe.nesterov}
    return spec


def lay_out(
    model: Model, info: DatasetInfo, chosen: Recipe
) -> tuple[Layout, Mapping[str, str], nn.Module]:
    """Describe the model on the meta device, where nothing is computed.

    Returns
    -------
    tuple
        The layout, the layers that tracing refused with reasons, and the network.
    """
    with torch.device("meta"):
        network = built(model.name, model.build(info.shape, info.classes))
    declared = model.groups(network)
    with read_by(model.name, network, info.shape):
        found = traced(model, info.shape, info.classes) if declared is None else None
        groups = found.groups if found else declared or ()
        layout = describe(network, info.shape, groups, prunable_set(chosen))
    return layout, found.refused if found else {}, network


def groups_of(
    model: Model, network: nn.Module, shape: Shape, classes: int
) -> tuple[ChannelGroup, ...]:
    """Give a network's channel groups: as its model declares them, or traced."""
    declared = model.groups(network)
    return traced(model, shape, classes).groups if declared is None else declared


@lru_cache(maxsize=32)
def traced(model: Model, shape: Shape, classes: int) -> Traced:
    """Trace a model's channel groups, once per process; its weights do not matter."""
    with torch.random.fork_rng(devices=[]):
        network = model.build(shape, classes)
    return trace(network, shape)


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


def capable_device(asked: str, chosen: Recipe) -> str:
    """Resolve ``"auto"``, and check that the device has the recipe's precision.

    Raises
    ------
    IncompatibleError
        If it has not, or is absent.
    """
    device = chosen_device(asked)
    if chosen.precision == "tf32" and device == "cpu":
        msg = (
            "precision = 'tf32' is a format of NVIDIA's cards, and this would run on the CPU; "
            "use --device cuda, or precision fp32 or bf16."
        )
        raise IncompatibleError(msg)
    return device


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
