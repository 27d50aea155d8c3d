"""Where a bundle's rows come from: environments of their runs, plugins with digests of the code."""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from prunebench.bundle.document import PluginFacts
from prunebench.core.digest import Json
from prunebench.errors import PrunebenchError, StoreError
from prunebench.plugin.offer import Plugin
from prunebench.plugin.registry import Registry
from prunebench.results.folder import read_record, runs_of
from prunebench.results.measurement import Measurement
from prunebench.run.bundled_experiment import AXES, names_of

logger = logging.getLogger(__name__)

Environments = Mapping[str, Mapping[str, Json]]


def environments_of(rows: Iterable[Measurement], folder: Path, store: Path) -> Environments:
    """Find the facts of every environment that rows name.

    A row that a run took over from an earlier one names the environment of that one: the other
    runs of the store, and those beside the run's folder, are asked too.

    Raises
    ------
    StoreError
        If no run tells of one of them.
    """
    users: dict[str, list[str]] = {}
    for row in rows:
        for name in environments_named(row):
            users.setdefault(name, []).append(row.trial)
    found: dict[str, Mapping[str, Json]] = {}
    for run in dict.fromkeys([folder, *reversed(runs_of(store)), *neighbours(folder)]):
        if users.keys() <= found.keys():
            break
        facts = environment_of(run)
        found.setdefault(str(facts.get("id", "")), facts)
    for name, trials in users.items():
        if name not in found:
            msg = (
                f"no run in the store {store} tells of the environment {name[:12]}, in which "
                f"{len(trials)} rows were measured (trial {trials[0][:12]}); copy the folder of "
                f"the run that measured them to {store / 'runs'}, or run the experiment again with "
                f"a new --store."
            )
            raise StoreError(msg)
    return {name: found[name] for name in sorted(users)}


def environments_named(row: Measurement) -> set[str]:
    """Give the environments that a row names: of its test, and of its timing."""
    timed = row.latency.get("environment")
    return {row.environment, *([timed] if isinstance(timed, str) else [])}


def neighbours(folder: Path) -> list[Path]:
    """List the folders of runs beside a run's folder."""
    return sorted(path.parent for path in folder.resolve().parent.glob("*/run.json"))


def environment_of(run: Path) -> Mapping[str, Json]:
    """Read the environment of a run; a damaged run must not hide the others."""
    try:
        return read_record(run).environment
    except (PrunebenchError, OSError) as error:
        logger.warning("passed over: %s", error)
        return {}


def plugins_of(registry: Registry, rows: Iterable[Measurement]) -> tuple[PluginFacts, ...]:
    """List the plugins that rows come from."""
    names = names_of(rows)
    used = {(kind, name) for axis, kind in AXES.items() for name in names[axis]}
    return tuple(
        facts_of(plugin)
        for plugin in sorted(registry.inventory.plugins, key=place)
        if any((offer.kind, offer.name) in used for offer in plugin.offers)
    )


def place(plugin: Plugin) -> tuple[str, str]:
    """Give the sort key of a plugin."""
    return plugin.origin.distribution, plugin.origin.entry_point


def facts_of(plugin: Plugin) -> PluginFacts:
    """Say which plugin it is, and what its code was."""
    return PluginFacts(
        entry_point=plugin.origin.entry_point,
        distribution=plugin.origin.distribution,
        version=plugin.origin.version,
        source_digest=plugin.source.digest,
        offers=tuple(sorted(f"{offer.kind} {offer.name}" for offer in plugin.offers)),
        file_digest=file_digest(plugin.source.file),
    )


def file_digest(name: str) -> str:
    """Hash a plugin's file; empty for one that was never a file."""
    return hashlib.sha256(Path(name).read_bytes()).hexdigest() if name else ""
