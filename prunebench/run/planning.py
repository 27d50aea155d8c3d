"""From what is asked for to a plan: data fetched, trials that claims compare picked out."""

from collections.abc import Mapping
from pathlib import Path

from prunebench.claims.file import read_claims
from prunebench.claims.requested import entries_for, is_wanted
from prunebench.contracts.settings import configure
from prunebench.core.digest import Json, digest
from prunebench.core.uncollected import uncollected
from prunebench.experiment.experiment import Experiment, Study
from prunebench.plan.narrow import narrowed
from prunebench.plan.plan import Plan
from prunebench.plan.planner import Planner
from prunebench.plan.problem import chosen_device
from prunebench.plugin.registry import Registry
from prunebench.plugin.required import refuse_lacking
from prunebench.run.environment import machine


def make_plan(
    registry: Registry,
    experiment: Experiment,
    data: Path,
    *,
    fetch: bool,
    claims: Path | None = None,
) -> Plan:
    """Plan an experiment; with `fetch` data sets that are absent are downloaded first.

    `claims` is the file that decides which trials are left of an experiment that asks for those of
    its claims alone; None for the shipped one. Plugins that the experiment requires must be there.
    """
    refuse_lacking(experiment.study.required_plugins, registry.inventory)
    if fetch:
        fetch_data(registry, experiment, data)
    timed = any(grid.latency for grid in experiment.grids)
    here = digest(machine(chosen_device(experiment.device))) if timed else ""
    with uncollected():
        whole = Planner(registry, experiment, data, here).plan()
    return compared(whole, experiment.study, claims) if experiment.study.only_claims else whole


def compared(plan: Plan, study: Study, file: Path | None) -> Plan:
    """Keep the trials that the claims of a study compare, and their dense networks."""
    entries = entries_for(read_claims(file).chosen(study.claims), study.tier)
    facts = [trial.facts for trial in plan.trials if trial.facts["method_id"] != "dense"]
    origins = {origin(asked) for asked in facts if is_wanted(asked, entries)}
    return narrowed(plan, lambda asked: is_wanted(asked, entries) and origin(asked) in origins)


def origin(facts: Mapping[str, Json]) -> tuple[Json, ...]:
    """Name the dense training that a planned trial belongs to."""
    return tuple(facts[name] for name in ("dataset", "model", "recipe", "seed"))


def fetch_data(registry: Registry, experiment: Experiment, data: Path) -> None:
    """Download what is absent, before any worker starts.

    Raises
    ------
    DataError
        If a data set is absent and cannot be downloaded.
    """
    named = {choice.label: choice for grid in experiment.grids for choice in grid.datasets}
    for choice in named.values():
        offer = registry.dataset(choice.name)
        configure(offer.item, "data set", choice.name, choice.settings).fetch(data)
