"""Trainings along one trajectory: the longer goes on where the shorter ended."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from prunebench.core.digest import canonical
from prunebench.plan.stage import Stage


def linked(stages: Mapping[str, Stage]) -> dict[str, Stage]:
    """Let every dense training go on from the longest one that it begins with.

    Rewind points are such trainings, and shorter ones that other parts of an experiment ask for.
    Retrained networks are left alone: what going on from them takes is not kept.

    Parameters
    ----------
    stages
        By key, inputs first; so they are given back.
    """
    longer = {stage.key: going_on(stage, shorter) for stage, shorter in continuations(stages)}
    return in_order({**stages, **longer}) if longer else dict(stages)


def going_on(longer: Stage, shorter: Stage) -> Stage:
    """Let a training go on from another, so that fewer steps are left to it."""
    return replace(longer, resume=shorter.key, steps=longer.steps - shorter.steps)


def continuations(stages: Mapping[str, Stage]) -> Iterator[tuple[Stage, Stage]]:
    """Give (longer, shorter) for every training that can go on from another."""
    courses: dict[str, list[Stage]] = {}
    for stage in stages.values():
        if stage.kind == "train" and stage.keep:
            rest = {name: value for name, value in stage.spec.items() if name != "schedule"}
            courses.setdefault(canonical(rest), []).append(stage)
    for trainings in courses.values():
        for longer in trainings:
            shorter = [other for other in trainings if begins(schedule(longer), schedule(other))]
            if shorter:
                yield longer, max(shorter, key=lambda stage: stage.steps)


def schedule(stage: Stage) -> Mapping[str, Any]:
    """Give the schedule of a training."""
    found: Mapping[str, Any] = stage.spec["schedule"]  # type: ignore[assignment] # an object
    return found


def begins(longer: Mapping[str, Any], shorter: Mapping[str, Any]) -> bool:
    """Say whether the first steps of a schedule are all of a shorter one."""
    stop = shorter["stop"]
    drops = [step for step in longer["milestones"] if step < stop]
    decay = longer["decay"] if drops else None
    return stop < longer["stop"] and shorter == {
        **longer,
        "stop": stop,
        "milestones": drops,
        "decay": decay,
    }


def in_order(stages: Mapping[str, Stage]) -> dict[str, Stage]:
    """Put trainings behind those that they go on from; the inputs of both are the same."""
    found: dict[str, Stage] = {}
    for stage in stages.values():
        chain = [stage]
        while (earlier := chain[-1].resume) is not None:
            chain.append(stages[earlier])
        found.update((each.key, each) for each in reversed(chain) if each.key not in found)
    return found
