"""What loading leaves: offers with their origin, failures with their story."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeAlias, TypeVar

from pluggy import PluginManager

T_co = TypeVar("T_co", covariant=True)

Kind: TypeAlias = Literal["method", "model", "dataset", "protocol"]
"""What a plugin can offer by name."""


@dataclass(frozen=True)
class Origin:
    """The entry point a plugin comes from.

    Parameters
    ----------
    entry_point
        Its name.
    distribution, version
        The installed distribution that declares it.
    target
        What it points to: ``package.module`` or ``package.module:attribute``.
    """

    entry_point: str
    distribution: str
    version: str
    target: str

    def __str__(self) -> str:
        return f"{self.entry_point} of {self.distribution} {self.version}"


@dataclass(frozen=True)
class Source:
    """Where a plugin's code lies and what it says.

    Parameters
    ----------
    module, file
        The module of the entry point; `file` is empty where there is none, as for a built-in.
    digest
        32 hexadecimal digits over the code; see `prunebench.plugin.source.source_digest`.
    """

    module: str
    file: str
    digest: str


@dataclass(frozen=True)
class Offer(Generic[T_co]):
    """One thing that a loaded plugin offers.

    Parameters
    ----------
    kind, name
        What it is and its public id.
    item
        The class of a method, model or data set; the instance of a protocol.
    origin, source
        Whose it is.
    """

    kind: Kind
    name: str
    item: T_co
    origin: Origin
    source: Source


@dataclass(frozen=True)
class Plugin:
    """A loaded plugin and all it offers; an observer may offer nothing."""

    origin: Origin
    source: Source
    offers: tuple[Offer[object], ...]


@dataclass(frozen=True)
class Failure:
    """A plugin that could not be loaded.

    Parameters
    ----------
    origin
        Which.
    reason
        One line.
    story
        The traceback as text.
    """

    origin: Origin
    reason: str
    story: str


@dataclass(frozen=True)
class Inventory:
    """What became of every entry point, each tuple in order of distribution and entry point.

    Parameters
    ----------
    plugins, failures, blocked
        Loaded, not loadable, and left out on request.
    manager
        Holds the loaded plugins; observers are called through it.
    files
        Plugin files that were named besides the entry points.
    """

    plugins: tuple[Plugin, ...]
    failures: tuple[Failure, ...]
    blocked: tuple[Origin, ...]
    manager: PluginManager
    files: tuple[Path, ...] = ()
