"""A part of a plan: some of its rows, and the stages that they are read from."""

from collections.abc import Callable, Iterable, Mapping

from prunebench.core.digest import Json
from prunebench.plan.plan import Plan, PlannedTrial


def narrowed(plan: Plan, is_wanted: Callable[[Mapping[str, Json]], bool]) -> Plan:
    """Keep the rows whose facts are wanted, and what leads to them."""
    trials = tuple(trial for trial in plan.trials if is_wanted(trial.facts))
    needed = leading_to(plan, (key for trial in trials for key in trial.keys))
    stages = {key: stage for key, stage in plan.stages.items() if key in needed}
    return Plan(stages, trials, plan.skipped, sum(map(unshared, trials)))


def leading_to(plan: Plan, keys: Iterable[str]) -> set[str]:
    """List stages with all that they are made from, earlier steps of trainings included."""
    wanted = set(keys)
    waiting = list(wanted)
    while waiting:
        stage = plan.stages[waiting.pop()]
        for key in (*stage.needs, *([stage.resume] if stage.resume else [])):
            if key not in wanted:
                wanted.add(key)
                waiting.append(key)
    return wanted


def unshared(trial: PlannedTrial) -> int:
    """Count the trainings of a trial that shares none; a dense row has that of others."""
    if trial.train == trial.dense:
        return 0
    return (trial.dense is not None) + len(trial.between) + (trial.train is not None)
