"""Load plugins one by one, so that a broken one hides nobody else."""

import re
import traceback
import warnings
from collections.abc import Collection, Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TypeAlias

from pluggy import HookImpl, PluginManager

from prunebench.contracts.hook import PROJECT
from prunebench.errors import ContractError, PluginLoadError, PluginVersionError
from prunebench.plugin import hookspecs
from prunebench.plugin.api_range import admitted, stated_range, stated_ranges
from prunebench.plugin.contract import CONTRACTS, check_offer
from prunebench.plugin.file import PluginFile, files_in, refuse_namesakes
from prunebench.plugin.offer import Failure, Inventory, Kind, Offer, Origin, Plugin, Source
from prunebench.plugin.reason import sentence_of
from prunebench.plugin.source import RANGE, file_of, locate, source_digest
from prunebench.plugin.unknown import suggestion, unknown_name

GROUP = "prunebench"
UNKNOWN = "unknown"

Place: TypeAlias = tuple[Origin, EntryPoint | PluginFile]


def load_plugins(
    blocked: Collection[str] = (),
    found: Iterable[EntryPoint] | None = None,
    files: Collection[Path] = (),
    folders: Collection[Path] = (),
) -> Inventory:
    """Load every plugin that is installed and not blocked, and the files that are named.

    Parameters
    ----------
    blocked
        Names of entry points or distributions to leave out.
    found
        The entry points; those of the group ``prunebench`` if None.
    files
        Plugins that are Python files and not installed.
    folders
        Folders of such files; those that begin with an underscore are none.

    Raises
    ------
    UnknownNameError
        If a blocked name is nobody's.
    SpecError
        If a folder holds no plugin, or two files would be one module.
    PluginLoadError
        If a named file is no plugin; what is installed, or lies in a folder, and is broken is only
        noted.
    """
    installed = entry_points(group=GROUP) if found is None else found
    named = [PluginFile(path.resolve()) for path in dict.fromkeys(files)]
    uninstalled = list(dict.fromkeys([*named, *files_in(folders)]))
    refuse_namesakes(uninstalled)
    places = in_order(
        [*((origin_of(e), e) for e in installed), *((f.origin, f) for f in uninstalled)]
    )
    refuse_unknown(blocked, [origin for origin, _ in places])
    manager = PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    wanted = [(origin, e) for origin, e in places if not is_blocked(origin, blocked)]
    results = [load_guarded(manager, origin, entry_point) for origin, entry_point in wanted]
    refuse_broken(results, [file.origin for file in named])
    failures = tuple(r for r in results if isinstance(r, Failure))
    broken = {failure.origin for failure in failures}
    return Inventory(
        plugins=tuple(r for r in results if isinstance(r, Plugin)),
        failures=failures,
        blocked=tuple(origin for origin, _ in places if is_blocked(origin, blocked)),
        manager=manager,
        files=tuple(file.path for file in uninstalled if file.origin not in broken),
    )


def in_order(places: Iterable[Place]) -> list[Place]:
    """Sort by distribution and entry point, so that the order on the path does not matter."""
    return sorted(
        places, key=lambda place: (place[0].distribution, place[0].entry_point, place[0].target)
    )


def refuse_broken(results: Iterable[Plugin | Failure], named: Collection[Origin]) -> None:
    """Check that the files a person named are all loaded."""
    for result in results:
        if isinstance(result, Failure) and result.origin in named:
            msg = f"{result.origin.target} cannot be used as a plugin: {result.reason}"
            error = PluginLoadError(msg)
            error.add_note(result.story)  # --debug shows where
            raise error


def origin_of(entry_point: EntryPoint) -> Origin:
    """Say where an entry point comes from; damaged metadata give ``"unknown"``."""
    distribution = entry_point.dist
    fields = {} if distribution is None else dict(distribution.metadata.json)
    name, version = (str(fields.get(key, UNKNOWN)) for key in ("name", "version"))
    return Origin(entry_point.name, name, version, entry_point.value)


def load_guarded(
    manager: PluginManager, origin: Origin, entry_point: EntryPoint | PluginFile
) -> Plugin | Failure:
    """Load one plugin, or say why it cannot be loaded."""
    try:
        return load_one(manager, origin, entry_point)
    except PluginVersionError as error:
        return Failure(origin, str(error), "", "incompatible", error.api)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one of the two borders
        return Failure(origin, sentence_of(error), "".join(traceback.format_exception(error)))


def load_one(
    manager: PluginManager, origin: Origin, entry_point: EntryPoint | PluginFile
) -> Plugin:
    """Import, register and question one plugin; it is registered only if all is well."""
    api = admitted(written_ranges(entry_point), origin)
    plugin = entry_point.load()
    if isinstance(plugin, type):
        msg = f"{origin.target} is a class; give the module or an instance."
        raise PluginLoadError(msg)
    if manager.is_registered(plugin):
        msg = f"{origin.target} is loaded already, as {manager.get_name(plugin)}."
        raise PluginLoadError(msg)
    if getattr(plugin, RANGE, None) is not None:
        api = admitted([getattr(plugin, RANGE)], origin)
    try:
        deprecations = register(manager, plugin, str(origin))
        check_hooks(manager, plugin, origin)
        items = [item for kind in CONTRACTS for item in collect(manager, plugin, kind)]
    except BaseException:
        # pluggy before 1.7 leaves a plugin half registered when its validation fails
        if manager.is_registered(plugin):
            manager.unregister(plugin)
        raise
    source = read_source(entry_point.module, [item for _, _, item in items])
    offers = tuple(Offer(kind, name, item, origin, source, api) for kind, name, item in items)
    return Plugin(origin, source, offers, api, deprecations)


def written_ranges(entry_point: EntryPoint | PluginFile) -> Iterable[object]:
    """Read the API ranges that stand in a plugin's source, without running it."""
    if isinstance(entry_point, EntryPoint):
        return stated_ranges(entry_point.module)
    stated = stated_range(entry_point.text)
    return () if stated is None else (stated,)


def register(manager: PluginManager, plugin: object, name: str) -> tuple[str, ...]:
    """Register a plugin; gives what pluggy says of hooks and arguments that are to go."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        manager.register(plugin, name=name)
    said = [w.message for w in caught if issubclass(w.category, DeprecationWarning)]
    return tuple(dict.fromkeys(map(str, said)))


def check_hooks(manager: PluginManager, plugin: object, origin: Origin) -> None:
    """Refuse a plugin without hooks, with misspelt ones or with wrappers."""
    callers = manager.get_hookcallers(plugin) or []
    if not callers:
        msg = f"{origin.target} has no hook; mark its functions with @hookimpl."
        raise PluginLoadError(msg)
    known = [name for name in vars(hookspecs) if name.startswith(f"{PROJECT}_")]
    for caller in callers:
        for implementation in own(caller.get_hookimpls(), plugin):
            if not (caller.has_spec() or implementation.optionalhook):
                msg = f"there is no hook {caller.name!r}{suggestion(caller.name, known)}"
                raise PluginLoadError(msg)
            if implementation.wrapper or implementation.hookwrapper:
                msg = f"{caller.name} is a wrapper, which prunebench does not call."
                raise PluginLoadError(msg)


def own(implementations: Iterable[HookImpl], plugin: object) -> list[HookImpl]:
    """Pick a plugin's own implementations."""
    return [i for i in implementations if i.plugin is plugin]


def collect(manager: PluginManager, plugin: object, kind: Kind) -> list[tuple[Kind, str, object]]:
    """Ask one plugin for its items of a kind and check each.

    Raises
    ------
    ContractError
        If the hook returns no list, an unusable item, or one name twice.
    """
    hook = CONTRACTS[kind].hook
    items: list[tuple[Kind, str, object]] = []
    for implementation in own(getattr(manager.hook, hook).get_hookimpls(), plugin):
        given = implementation.function()
        if not isinstance(given, list):
            msg = f"{hook} must return a list, got {given!r}."
            raise ContractError(msg)
        items.extend((kind, check_offer(kind, item), item) for item in given)
    names = [name for _, name, _ in items]
    if len(set(names)) < len(names):
        msg = f"{hook} gives one name twice: {', '.join(sorted(names))}."
        raise ContractError(msg)
    return items


def read_source(module: str, items: Iterable[object]) -> Source:
    """Digest a plugin's module and the modules that define the classes it offers."""
    homes = {item.__module__ for item in items if isinstance(item, type)}
    return Source(module, file_of(locate(module)), source_digest({module, *homes}))


def normal(name: str) -> str:
    """Write a distribution's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_blocked(origin: Origin, blocked: Collection[str]) -> bool:
    """Say whether a plugin is blocked, by its entry point's or its distribution's name."""
    distributions = {normal(name) for name in blocked}
    return origin.entry_point in blocked or normal(origin.distribution) in distributions


def refuse_unknown(blocked: Collection[str], origins: Collection[Origin]) -> None:
    """Check that every blocked name is somebody's."""
    known = [origin.entry_point for origin in origins]
    for name in blocked:
        if not any(is_blocked(origin, [name]) for origin in origins):
            error = unknown_name("plugin", name, known, "prunebench plugins")
            raise error
