"""Protocols in a plan: their settings, and the course of the training they ask for."""

from dataclasses import fields, replace
from typing import get_type_hints

from prunebench.contracts.protocol import Budget, Protocol, Start
from prunebench.contracts.settings import checked
from prunebench.core.digest import Json
from prunebench.errors import SpecError
from prunebench.experiment.choice import Choice
from prunebench.plan.course import Course, Stretch
from prunebench.plan.problem import Problem
from prunebench.plugin.registry import Registry
from prunebench.training.recipe import finetune_timetable

DEFAULTS = {field.name: field.default for field in fields(Protocol)}
BOUNDS = {"length": 1, "draws": 1, "cap": 1.0, "images": 1}
"""Smallest allowed values: R is at least 1, so a cap below 1 would shorten the training."""


def configure_protocol(registry: Registry, choice: Choice) -> Protocol:
    """Look a protocol up and change the settings that were given.

    Raises
    ------
    SpecError
        If it has no such setting, or the value is unusable.
    """
    protocol = registry.protocol(choice.name).item
    for key, value in choice.settings.items():
        if key not in protocol.settings:
            known = ", ".join(protocol.settings) or "none"
            msg = f"protocol {choice.name!r} has no setting {key!r}; its settings are: {known}."
            raise SpecError(msg)
        read = checked(f"{choice.name}[{key}]", hint(key), value)
        if isinstance(read, int | float) and read < BOUNDS.get(key, 0):
            msg = f"{choice.name}[{key}] must be at least {BOUNDS.get(key, 0)}, got {read}."
            raise SpecError(msg)
        protocol = replace(protocol, **{key: read})
    return protocol


def hint(key: str) -> object:
    """Give the declared type of a protocol's field."""
    return get_type_hints(Protocol)[key]


def changed(protocol: Protocol) -> dict[str, Json]:
    """Give the settings that are not at the field's default."""
    return {
        key: getattr(protocol, key)
        for key in protocol.settings
        if getattr(protocol, key) != DEFAULTS[key]
    }


def protocol_label(protocol: Protocol) -> str:
    """Write a protocol as a person would; several draws are rows of one protocol."""
    told = {key: value for key, value in changed(protocol).items() if key != "draws"}
    return Choice(protocol.name, told).label


def retraining(problem: Problem, protocol: Protocol) -> Course:
    """Lay out the training that a protocol asks for."""
    recipe = problem.recipe
    if protocol.budget is Budget.FINETUNE:
        table = finetune_timetable(recipe, problem.train_images, protocol.length, protocol.lr)
        return Course(table)
    if protocol.budget is Budget.SAME_COMPUTE:
        extra = recipe.finetune.length if protocol.add_finetune else 0
        return Course(problem.table, stretch=Stretch(cap_of(problem, protocol), extra))
    start = problem.rewind if protocol.start is Start.REWIND else 0
    return Course(problem.table, start=start)


def cap_of(problem: Problem, protocol: Protocol) -> float | None:
    """Resolve Scratch-B's cap; None for none."""
    if protocol.cap == "recipe":
        return problem.recipe.scratch_b_cap
    return None if protocol.cap == "none" else float(protocol.cap)


def overrides(protocol: Protocol) -> str:
    """Write the settings that replace the recipe's, for the tables."""
    given = {key: value for key, value in changed(protocol).items() if key in ("length", "lr")}
    return ", ".join(f"{key}={value}" for key, value in given.items())
