"""What loading leaves: offers with their origin, failures with their story."""

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeAlias, TypeVar

from pluggy import PluginManager

from prunebench.contracts.hook import PROJECT

T_co = TypeVar("T_co", covariant=True)

FILE = "(file)"
"""What stands for the version of a plugin that is a Python file."""

Kind: TypeAlias = Literal["method", "model", "dataset", "protocol", "metric", "template"]
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

    @property
    def is_file(self) -> bool:
        """Whether it is a Python file that was named, and not installed."""
        return self.version == FILE

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with prunebench."""
        return self.distribution == PROJECT


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
        The class of a method, model, data set or metric; the instance of a protocol or template.
    origin, source
        Whose it is.
    api
        The range of API versions that its plugin declares; empty without.
    """

    kind: Kind
    name: str
    item: T_co
    origin: Origin
    source: Source
    api: str = ""


@dataclass(frozen=True)
class Plugin:
    """A loaded plugin.

    Parameters
    ----------
    origin, source
        Which, and its code.
    offers
        All that it offers; an observer may offer nothing.
    api
        The range of API versions that it declares; empty without.
    deprecations
        A sentence for each hook or argument it uses that is to go.
    """

    origin: Origin
    source: Source
    offers: tuple[Offer[object], ...]
    api: str = ""
    deprecations: tuple[str, ...] = ()


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
        The traceback as text; empty where nothing was run.
    state
        Whether loading it failed, or it says itself that it was written for another API.
    api
        For an incompatible one: the range of API versions that it declares.
    """

    origin: Origin
    reason: str
    story: str
    state: Literal["failed", "incompatible"] = "failed"
    api: str = ""

    def __str__(self) -> str:
        verb = "failed" if self.state == "failed" else "is incompatible"
        return f"{self.origin} {verb}: {self.reason}"


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
        Plugin files that were named, or lie in a folder that was, without those that failed: what
        another process must load to have the same plugins.
    """

    plugins: tuple[Plugin, ...]
    failures: tuple[Failure, ...]
    blocked: tuple[Origin, ...]
    manager: PluginManager
    files: tuple[Path, ...] = ()
