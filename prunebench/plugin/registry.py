"""Everything that can be named: methods, models, data sets, protocols, metrics, templates."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from prunebench.contracts.dataset import Dataset
from prunebench.contracts.method import Method
from prunebench.contracts.metric import Metric
from prunebench.contracts.model import Model
from prunebench.contracts.observer import StageEvent
from prunebench.contracts.protocol import Protocol
from prunebench.contracts.report_template import ReportTemplate
from prunebench.errors import PluginLoadError, PrunebenchError
from prunebench.plugin.blame import accused
from prunebench.plugin.loader import load_plugins
from prunebench.plugin.offer import Inventory, Kind, Offer, Origin
from prunebench.plugin.reason import reason_of
from prunebench.plugin.unknown import unknown_name

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Collision:
    """Several plugins that offer one name.

    Parameters
    ----------
    kind, name
        What they offer.
    origins
        All of them.
    holder
        The one that has the name all the same: prunebench's own, whose names stand in published
        tables. None where nobody has it.
    """

    kind: Kind
    name: str
    origins: tuple[Origin, ...]
    holder: Origin | None = None

    def __str__(self) -> str:
        offered = (
            f"{self.kind} {self.name!r} is offered by {' and by '.join(map(str, self.origins))}"
        )
        if self.holder is None:
            return f"{offered}; leave one out with --no-plugin NAME."
        return (
            f"{offered}; it stays prunebench's own, unless that is left out with "
            f"--no-plugin {self.holder.entry_point}."
        )


def contended(place: tuple[Kind, str], offers: list[Offer[object]]) -> Collision:
    """Note that several plugins offer one name, and which of them has it."""
    shipped = [offer.origin for offer in offers if offer.origin.is_shipped]
    holder = shipped[0] if len(shipped) == 1 else None
    return Collision(*place, tuple(offer.origin for offer in offers), holder)


class Registry:
    """Look things up by name, and pass events on to observers.

    Parameters
    ----------
    inventory
        What loading left.

    Attributes
    ----------
    inventory
        Plugins, failures and blocked entry points.
    collisions
        Names that several plugins offer, in alphabetical order.
    """

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        shelves = shelve(inventory)
        self.collisions = tuple(
            contended(place, offers) for place, offers in sorted(shelves.items()) if len(offers) > 1
        )
        holders = {(c.kind, c.name): c.holder for c in self.collisions}
        self._offers = {
            place: offer
            for place, offers in shelves.items()
            for offer in offers
            if holders.get(place, offer.origin) == offer.origin
        }

    def names(self, kind: Kind) -> tuple[str, ...]:
        """List the names that can be used, in alphabetical order."""
        return tuple(sorted(name for place, name in self._offers if place == kind))

    def find(self, kind: Kind, name: str) -> Offer[object]:
        """Look up anything; the methods below know the type.

        Raises
        ------
        UnknownNameError
            If nobody offers the name.
        PluginLoadError
            If several plugins do, or a plugin so called could not be loaded.
        """
        offer = self._offers.get((kind, name))
        if offer is None:
            raise self._missing(kind, name)
        return offer

    def method(self, name: str) -> Offer[type[Method]]:
        """Look up a method; raises as `find`."""
        return self._typed("method", name)

    def model(self, name: str) -> Offer[type[Model]]:
        """Look up a model; raises as `find`."""
        return self._typed("model", name)

    def dataset(self, name: str) -> Offer[type[Dataset]]:
        """Look up a data set; raises as `find`."""
        return self._typed("dataset", name)

    def protocol(self, name: str) -> Offer[Protocol]:
        """Look up a protocol; raises as `find`."""
        return self._typed("protocol", name)

    def metric(self, name: str) -> Offer[type[Metric]]:
        """Look up a metric; raises as `find`."""
        return self._typed("metric", name)

    def template(self, name: str) -> Offer[ReportTemplate]:
        """Look up a report template; raises as `find`."""
        return self._typed("template", name)

    def observe(self, observer: object) -> None:
        """Let an object with a `prunebench_stage_event` hook hear the events."""
        self.inventory.manager.register(observer)

    def emit(self, event: StageEvent) -> None:
        """Tell every observer; one that raises is reported and hears no more."""
        manager = self.inventory.manager
        for observer in manager.hook.prunebench_stage_event.get_hookimpls():
            try:
                observer.function(*[event for _ in observer.argnames])
            except (Exception, SystemExit) as error:
                manager.unregister(observer.plugin)
                logger.warning(
                    "observer %s failed and hears no more: %s",
                    observer.plugin_name,
                    self.signed(error),
                    exc_info=True,
                )

    def signed(self, error: BaseException) -> str:
        """Give an error in one line, which ends with the plugin that it comes from, if any."""
        blame = accused(error, self.inventory.plugins)
        return reason_of(error) + (f" {blame.note()}" if blame else "")

    def _typed(self, kind: Kind, name: str) -> Offer[Any]:
        # The contract of the kind was checked when the plugin was loaded.
        return self.find(kind, name)

    def _missing(self, kind: Kind, name: str) -> PrunebenchError:
        for collision in self.collisions:
            if (collision.kind, collision.name) == (kind, name):
                return PluginLoadError(str(collision))
        failures = self.inventory.failures
        for failure in failures:
            if failure.origin.entry_point == name:
                return PluginLoadError(f"plugin {failure}")
        error = unknown_name(kind, name, self.names(kind), f"prunebench list {kind}s")
        count = f"{len(failures)} plugin{'s' if len(failures) > 1 else ''}"
        note = f" {count} could not be loaded (run 'prunebench plugins')." if failures else ""
        if self.inventory.blocked:
            note += f" --no-plugin leaves out {', '.join(map(str, self.inventory.blocked))}."
        return type(error)(f"{error}{note}")


def shelve(inventory: Inventory) -> Mapping[tuple[Kind, str], list[Offer[object]]]:
    """Sort all offers by kind and name."""
    shelves: defaultdict[tuple[Kind, str], list[Offer[object]]] = defaultdict(list)
    for plugin in inventory.plugins:
        for offer in plugin.offers:
            shelves[offer.kind, offer.name].append(offer)
    return shelves


def load_registry(
    blocked: Collection[str] = (),
    found: Iterable[EntryPoint] | None = None,
    files: Collection[Path] = (),
    folders: Collection[Path] = (),
) -> Registry:
    """Load the plugins and make them available by name; parameters and errors of `load_plugins`."""
    return Registry(load_plugins(blocked, found, files, folders))
