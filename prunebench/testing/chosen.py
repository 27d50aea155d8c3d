"""What is checked: items by name, plugin or file, or all that strangers have installed."""

import sys
import tomllib
from collections.abc import Iterable, Sequence
from importlib.metadata import Distribution, EntryPoint
from os import PathLike
from pathlib import Path

from prunebench.errors import PluginLoadError, SpecError, UnknownNameError
from prunebench.plugin.loader import GROUP, UNKNOWN, load_plugins, normal
from prunebench.plugin.offer import Inventory, Offer, Origin
from prunebench.plugin.registry import Registry
from prunebench.plugin.unknown import unknown_name

PROJECT_FILE = "pyproject.toml"

NOT_INSTALLED = "(not installed)"
"""What stands for the version of a plugin that lies in a project's folder."""


class Project(Distribution):
    """What a project will be once it is installed, as far as messages name it.

    Parameters
    ----------
    folder
        Of the project.
    name
        What its ``pyproject.toml`` calls it.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = " ".join(name.split())

    def read_text(self, filename: str) -> str | None:
        """Give the metadata; there is no other file."""
        told = f"Name: {self._name}\nVersion: {NOT_INSTALLED}\n"
        return told if filename == "METADATA" else None

    def locate_file(self, path: str | PathLike[str]) -> Path:
        """Find a file of the project."""
        return self._folder / path


def choose(names: Sequence[str], registry: Registry) -> tuple[Offer[object], ...]:
    """Find what is to be checked.

    Parameters
    ----------
    names
        Ids of items, entry points, distributions, Python files, folders of projects; none for all
        that strangers have installed.
    registry
        What is installed.

    Raises
    ------
    UnknownNameError
        If a name is nobody's.
    SpecError
        If nothing is named and no stranger's plugin is installed, or a folder is no project.
    PluginLoadError
        If a plugin that is asked for cannot be loaded.
    """
    if not names:
        return strangers(registry.inventory)
    found: dict[tuple[str, str, Origin], Offer[object]] = {}
    for name in names:
        offers = called(name, registry.inventory)
        found |= {(offer.kind, offer.name, offer.origin): offer for offer in offers}
    return tuple(found.values())


def called(name: str, inventory: Inventory) -> tuple[Offer[object], ...]:
    """Find what one name means: a path if it is written as one, or if it is nobody's name."""
    path = Path(name)
    if path.suffix == ".py" or name.startswith(".") or len(path.parts) > 1:
        return in_place(path)
    try:
        return by_name(name, inventory)
    except UnknownNameError:
        if path.is_dir():
            return in_place(path)
        raise


def strangers(inventory: Inventory) -> tuple[Offer[object], ...]:
    """List all that other distributions offer, and the files that were named.

    Raises
    ------
    SpecError
        If there is nothing.
    PluginLoadError
        If one of them cannot be loaded.
    """
    refuse_broken(f for f in inventory.failures if not f.origin.is_shipped)
    plugins = [plugin for plugin in inventory.plugins if not plugin.origin.is_shipped]
    if not plugins:
        msg = (
            "no plugin is installed besides those that come with prunebench; name a file, a "
            "project's folder, or an item of 'prunebench list methods'."
        )
        raise SpecError(msg)
    return tuple(offer for plugin in plugins for offer in plugin.offers)


def by_name(name: str, inventory: Inventory) -> tuple[Offer[object], ...]:
    """List what is called so, or what a plugin or distribution of this name offers."""
    is_whole = [p for p in inventory.plugins if is_called(p.origin, name)]
    refuse_broken(f for f in inventory.failures if is_called(f.origin, name))
    offers = [offer for plugin in inventory.plugins for offer in plugin.offers]
    found = [offer for offer in offers if offer.name == name]
    found = found or [offer for plugin in is_whole for offer in plugin.offers]
    if not found and is_whole:
        msg = f"plugin {is_whole[0].origin} offers nothing to check; observers have no checks."
        raise SpecError(msg)
    if not found:
        known = {offer.name for offer in offers} | {p.origin.entry_point for p in inventory.plugins}
        raise missing(name, known)
    return tuple(found)


def missing(name: str, known: Iterable[str]) -> UnknownNameError:
    """Make the error for a name that is nobody's."""
    return unknown_name("plugin or item", name, known, "prunebench plugins")


def is_called(origin: Origin, name: str) -> bool:
    """Say whether a name is that of a plugin's entry point or distribution."""
    return name == origin.entry_point or normal(name) == normal(origin.distribution)


def in_place(path: Path) -> tuple[Offer[object], ...]:
    """Load what lies in a file or a project's folder, installed or not.

    Raises
    ------
    SpecError
        If there is no such file or folder, or the folder is no plugin's project.
    PluginLoadError
        If it cannot be loaded.
    """
    if not path.exists():
        msg = f"there is no {path}; name a Python file, a project's folder, or an item."
        raise SpecError(msg)
    if path.is_dir():
        inventory = load_plugins(found=project_entry_points(path.resolve()))
    else:
        inventory = load_plugins(found=[], files=[path])
    refuse_broken(inventory.failures)
    found = tuple(offer for plugin in inventory.plugins for offer in plugin.offers)
    if not found:
        msg = f"{path} offers nothing to check; observers have no checks."
        raise SpecError(msg)
    return found


def project_entry_points(folder: Path) -> list[EntryPoint]:
    """Read a project's entry points, and put its modules on the import path."""
    file = folder / PROJECT_FILE
    try:
        project = tomllib.loads(file.read_text("utf-8")).get("project", {})
    except OSError as error:
        msg = f"cannot read {file}: {error.strerror}; name the folder of a plugin's project."
        raise SpecError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{file} is no TOML: {error}."
        raise SpecError(msg) from None
    declared = project.get("entry-points", {}).get(GROUP, {})
    if not declared:
        msg = (
            f"{file} declares no plugin; add a line under [project.entry-points.{GROUP}], such as "
            f'mine = "mine".'
        )
        raise SpecError(msg)
    for place in (folder / "src", folder):
        if place.is_dir() and str(place) not in sys.path:
            sys.path.insert(0, str(place))
    found = [EntryPoint(name, str(value), GROUP) for name, value in declared.items()]
    home = Project(folder, str(project.get("name", UNKNOWN)))
    for entry_point in found:
        vars(entry_point)["dist"] = home  # as importlib.metadata does for what is installed
    return found


def refuse_broken(failures: Iterable[object]) -> None:
    """Refuse plugins that cannot be loaded.

    Raises
    ------
    PluginLoadError
        With the first.
    """
    for failure in failures:
        msg = f"plugin {failure}"
        raise PluginLoadError(msg)
