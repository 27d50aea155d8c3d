"""What a suite is: pairs, ratios, protocols and seeds that every method is measured at."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from prunebench.core.digest import Json
from prunebench.experiment.experiment import Experiment
from prunebench.experiment.parts import overridden
from prunebench.experiment.schema import validate


@dataclass(frozen=True)
class Pair:
    """A data set with a network, and what every trial on them has in common.

    Parameters
    ----------
    dataset, model
        Labels, as rows have them.
    classes, test
        Classes, and images of the test set.
    labels_digest
        SHA-256 of the test labels, 16 bits each with the low byte first; empty where the images
        are the person's own.
    pins
        Coordinates of the pair's trials: ``dataset``, ``model``, ``training``, ``prunable``,
        ``between`` rounds, and ``protocols`` by label; and the ``sizes`` of its dense network.
    """

    dataset: str
    model: str
    classes: int
    test: int
    labels_digest: str
    pins: Mapping[str, Json]

    @property
    def label(self) -> str:
        """Both, as a person would say it."""
        return f"{self.model} on {self.dataset}"


@dataclass(frozen=True)
class Suite:
    """A versioned grid: what is measured of every method, so that boards compare like with like.

    A suite is never changed: other settings are another version.

    Parameters
    ----------
    name, version
        Such as ``"tiny"`` and ``"1.0"``.
    title, about
        What it is, and what it is for.
    reference
        The method that others are compared with.
    densities
        Kept fractions of the prunable parameters, largest first; a ratio is 1 / density.
    protocols
        Labels, as rows have them.
    seeds
        Number of them: 0 to `seeds` - 1.
    controls
        Whether random and magnitude masks of every method's own shape belong to it.
    pairs
        In the order of the file.
    values
        The experiment as TOML says it, without methods.
    """

    name: str
    version: str
    title: str
    about: str
    reference: str
    densities: tuple[float, ...]
    protocols: tuple[str, ...]
    seeds: int
    controls: bool
    pairs: tuple[Pair, ...]
    values: Mapping[str, Json]

    @property
    def label(self) -> str:
        """How it is called: ``name@version``."""
        return f"{self.name}@{self.version}"

    @property
    def cells(self) -> int:
        """Number of (pair, protocol, density) that a method is measured at."""
        return len(self.pairs) * len(self.protocols) * len(self.densities)

    def pair(self, dataset: str, model: str) -> Pair | None:
        """Find a pair by its labels; None if it is no part of the suite."""
        return next((p for p in self.pairs if (p.dataset, p.model) == (dataset, model)), None)

    def experiment(
        self, methods: Collection[str], changes: Mapping[str, Json] | None = None
    ) -> Experiment:
        """Give the grid of some methods.

        Parameters
        ----------
        methods
            Labels, such as ``"l1filter[coupled=true]"``.
        changes
            Keys of an experiment that replace the suite's; what departs from the suite is not
            ranked.
        """
        asked: dict[str, Json] = {**(changes or {}), "methods": list(methods)}
        return validate(overridden(dict(self.values), asked), f"suite {self.label}")
