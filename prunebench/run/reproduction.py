"""Trials of a bundle, run again from what it says and from nothing that lies here."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prunebench.bundle.document import Bundle, Entry, Manifest, PluginFacts
from prunebench.bundle.reproduced import MOST_LETTERS, Reproduced
from prunebench.errors import PluginLoadError, SpecError, UnknownNameError
from prunebench.experiment.experiment import Experiment
from prunebench.plan.narrow import narrowed
from prunebench.plan.plan import Plan
from prunebench.plugin.registry import Registry
from prunebench.results.measurement import Measurement
from prunebench.run.agreement import Again, apart_of, judged
from prunebench.run.bundled_experiment import AXES, names_of, rerunnable
from prunebench.run.bundled_surroundings import plugins_of
from prunebench.run.planning import make_plan
from prunebench.run.run import Finished
from prunebench.store.store import Store

DISTRIBUTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+!_-]{0,39}")


@dataclass(frozen=True)
class Reproduction:
    """Trials that are about to be run again.

    Parameters
    ----------
    bundle, address
        What was submitted.
    entries
        The trials.
    experiment, plan
        Read from the bundle, and planned here; nothing but what leads to the trials.
    """

    bundle: Bundle
    address: str
    entries: tuple[Entry, ...]
    experiment: Experiment
    plan: Plan

    @property
    def absent(self) -> list[str]:
        """The trials that the bundle's experiment does not give here."""
        planned = {str(trial.facts["trial"]) for trial in self.plan.trials}
        return [entry.row.trial for entry in self.entries if entry.row.trial not in planned]

    def conclude(
        self, registry: Registry, finished: Finished | None, store: Path, when: tuple[datetime, str]
    ) -> Reproduced:
        """Compare what was measured with what was submitted.

        Parameters
        ----------
        registry
            Plugins that took part here.
        finished
            The run; None where nothing could be planned.
        store
            Where its stages lie.
        when
            The time in UTC, and who ran it.
        """
        again = {} if finished is None else measured(self.plan, finished, store)
        here = {} if finished is None else finished.record.environment
        trials = []
        for entry in sorted(self.entries, key=lambda entry: entry.row.trial):
            there = self.bundle.manifest.environments.get(entry.row.environment, {})
            apart = [*apart_of(there, here), *other_code(self.bundle.manifest, registry, entry.row)]
            trials.append(judged(self.bundle, entry, again.get(entry.row.trial), apart))
        date, by = when
        return Reproduced(
            bundle=self.address,
            date=date.strftime("%Y-%m-%dT%H:%M:%SZ"),
            by=by[:MOST_LETTERS],
            environment=here,
            trials=tuple(trials),
        )


def prepare(
    registry: Registry, bundle: Bundle, address: str, entries: Sequence[Entry], data: Path
) -> Reproduction:
    """Plan trials from what a bundle says; data sets that are absent are downloaded first.

    Raises
    ------
    PluginLoadError
        If a plugin is missing.
    SpecError
        If the bundle's experiment cannot be used.
    """
    refuse_missing(registry, bundle.manifest, [entry.row for entry in entries])
    experiment = rerunnable(bundle.manifest.experiment, entries, device_of(bundle, entries))
    whole = make_plan(registry, experiment, data, fetch=True)
    wanted = {entry.row.trial for entry in entries}
    plan = narrowed(whole, lambda facts: facts["trial"] in wanted)
    return Reproduction(bundle, address, tuple(entries), experiment, plan)


def device_of(bundle: Bundle, entries: Collection[Entry]) -> str:
    """Choose the device: a CPU for what ran on one, else a card where there is one."""
    named = {entry.row.environment for entry in entries}
    facts = [bundle.manifest.environments.get(name, {}) for name in named]
    return "cpu" if all(fact.get("device") == "cpu" for fact in facts) else "auto"


def refuse_missing(registry: Registry, manifest: Manifest, rows: Sequence[Measurement]) -> None:
    """Refuse rows whose plugins are not there.

    Raises
    ------
    PluginLoadError
        With everything that is missing, and lines that install it.
    """
    names = names_of(rows)
    lacking = [
        f"{kind} {name}"
        for axis, kind in AXES.items()
        for name in sorted(names[axis])
        if not is_there(registry, axis, name)
    ]
    if lacking:
        owners = [plugin for plugin in manifest.plugins if set(plugin.offers) & set(lacking)]
        lines = "; ".join(dict.fromkeys(map(remedy, owners))) or "the bundle does not say whose"
        msg = f"reproducing needs {', '.join(map(shortened, lacking))}: {lines}."
        raise PluginLoadError(msg)


def is_there(registry: Registry, axis: str, name: str) -> bool:
    """Say whether something can be looked up.

    Raises
    ------
    PluginLoadError
        If it could, were its plugin not broken or two of one name.
    """
    look = {
        "datasets": registry.dataset,
        "models": registry.model,
        "methods": registry.method,
        "protocols": registry.protocol,
    }
    try:
        look[axis](name)
    except UnknownNameError:
        return False
    return True


def remedy(plugin: PluginFacts) -> str:
    """Say how to get a plugin; names that pip would not take are not offered to a shell."""
    if DISTRIBUTION.fullmatch(plugin.distribution) and VERSION.fullmatch(plugin.version):
        return f"look at it, then 'pip install {plugin.distribution}=={plugin.version}'"
    name = shortened(plugin.distribution)
    return f"it was the file {name}; ask the submitter for it and name it with --plugin"


def shortened(text: str) -> str:
    """Cut a stranger's name."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def other_code(manifest: Manifest, registry: Registry, row: Measurement) -> list[str]:
    """Say which plugins of a row have other code here than where it was measured."""
    there: Mapping[tuple[str, str], str] = {
        (plugin.distribution, plugin.entry_point): plugin.source_digest
        for plugin in manifest.plugins
    }
    return [
        f"the code of {plugin.entry_point} of {plugin.distribution} is another here"
        for plugin in plugins_of(registry, [row])
        if there.get((plugin.distribution, plugin.entry_point)) != plugin.source_digest
    ]


def measured(plan: Plan, finished: Finished, place: Path) -> dict[str, Again]:
    """Give every row of a run with the classes that its network predicted."""
    store, tests = Store(place), {str(t.facts["trial"]): t.evaluate for t in plan.trials}
    found = {}
    for row in finished.rows:
        key = tests[row.trial]
        part = store.get(key).part("predictions") if store.has_tensors(key) else {}
        found[row.trial] = Again(row, part["class"].numpy() if part else None)
    return found


def refuse_used(folder: Path) -> None:
    """Refuse a store in which something lies: nothing may be taken from it.

    Raises
    ------
    SpecError
        If the folder is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = (
            f"{folder} is not empty, and a reproduction takes nothing from a store; name a new "
            f"folder with --store, or leave it out."
        )
        raise SpecError(msg)
