"""Whose code raised an error: the traceback tells, not the name that was asked for."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import takewhile

from prunebench.errors import ContractError, PluginError, PrunebenchError
from prunebench.plugin.offer import Origin, Plugin
from prunebench.plugin.source import HOST


@dataclass(frozen=True)
class Blame:
    """Whose an error is.

    Parameters
    ----------
    who
        The plugin with its distribution and version, as a sentence names it.
    name
        What ``--no-plugin`` takes to leave it out; empty where that would leave nothing.
    """

    who: str
    name: str

    def note(self, command: str | None = None) -> str:
        """Write what an error's message ends with.

        Parameters
        ----------
        command
            The same command without the plugin; its beginning where the command is not known.

        >>> Blame("plugin lamp of mine 1.0", "lamp").note()
        '(plugin lamp of mine 1.0; the same command without it: prunebench --no-plugin lamp ...)'
        """
        if not self.name:
            return f"({self.who})"
        command = command or f"prunebench --no-plugin {self.name} ..."
        return f"({self.who}; the same command without it: {command})"


def accused(error: BaseException, plugins: Collection[Plugin]) -> Blame | None:
    """Say whose an error is that ends a command or a stage; None if it is no plugin's.

    What a plugin says to the person on purpose, such as that images are absent, is no defect;
    prunebench's own plugins say it in prunebench's name.
    """
    found = culprits(error, plugins)
    meant = isinstance(error, PrunebenchError) and not isinstance(error, PluginError)
    if not found or (meant and all(plugin.origin.is_shipped for plugin in found)):
        return None
    return blame(*(plugin.origin for plugin in found))


def blame(*origins: Origin) -> Blame:
    """Name one plugin; of several that share the code, their distribution."""
    if len(origins) == 1:
        return Blame(f"plugin {origins[0]}", origins[0].entry_point)
    whole = {origin.distribution: f"{origin.distribution} {origin.version}" for origin in origins}
    alone = len(whole) == 1 and not origins[0].is_shipped
    return Blame(
        f"a plugin of {' or '.join(whole.values())}", origins[0].distribution if alone else ""
    )


def called(name: str, plugins: Collection[Plugin]) -> list[Plugin]:
    """Find the plugins that ``--no-plugin`` leaves out by a name that `blame` has given."""
    found = [plugin for plugin in plugins if plugin.origin.entry_point == name]
    return found or [plugin for plugin in plugins if plugin.origin.distribution == name]


def culprits(error: BaseException, plugins: Collection[Plugin]) -> tuple[Plugin, ...]:
    """Find the plugin that was deepest in the traceback of an error, or of what caused it.

    Returns
    -------
    tuple of Plugin
        None where no plugin was under way; several where its modules are shared and nothing else
        in the traceback tells which of them was.
    """
    for modules in map(modules_of, causes(error)):
        for depth, module in enumerate(modules):
            owners = owners_of(module, plugins)
            if owners:
                return under_way(owners, modules[depth:])
    return tuple(plugin for error in causes(error) for plugin in named(error, plugins))


def named(error: BaseException, plugins: Collection[Plugin]) -> list[Plugin]:
    """Find the plugin whose contract an error says is broken, where the error says so."""
    whose = error.whose if isinstance(error, ContractError) else None
    return [p for p in plugins if any((offer.kind, offer.name) == whose for offer in p.offers)]


def under_way(owners: list[Plugin], modules: list[str]) -> tuple[Plugin, ...]:
    """Choose among the owners of a module those nearest to it in the traceback, else all."""
    for module in modules:
        near = [plugin for plugin in owners if plugin.source.module == module]
        near = near or [plugin for plugin in owners if module in homes(plugin)]
        if near:
            return tuple(near)
    return tuple(owners)


def causes(error: BaseException) -> Iterator[BaseException]:
    """List what an error was raised from, the first cause first, and the error last."""
    chain = [error]
    while chain[-1].__cause__ is not None and chain[-1].__cause__ not in chain:
        chain.append(chain[-1].__cause__)
    return reversed(chain)


def modules_of(error: BaseException) -> list[str]:
    """Name the modules of an error's frames, the deepest first."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return [str(frame.f_globals.get("__name__", "")) for frame in reversed(frames)]


def owners_of(module: str, plugins: Collection[Plugin]) -> list[Plugin]:
    """Find the plugins whose code a module may be: those that share most of its dotted name."""
    if module.partition(".")[0] in {HOST, ""}:
        return []
    shared = {
        plugin.origin: max(common(module, home) for home in homes(plugin)) for plugin in plugins
    }
    most = max(shared.values(), default=0)
    return [plugin for plugin in plugins if most and shared[plugin.origin] == most]


def homes(plugin: Plugin) -> set[str]:
    """Name the modules that hold a plugin and the classes that it offers."""
    items = (offer.item for offer in plugin.offers)
    return {plugin.source.module} | {item.__module__ for item in items if isinstance(item, type)}


def common(one: str, other: str) -> int:
    """Count the leading parts that two dotted names share.

    >>> common("mine.nets.blocks", "mine.nets.plugin"), common("mine", "torch.nn")
    (2, 0)
    """
    pairs = zip(one.split("."), other.split("."), strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
