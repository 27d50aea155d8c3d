"""A bundle as boards need it: its rows with a digest of what they predicted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from prunebench.bundle.document import Bundle, Curve, Entry, LayerCount, Manifest
from prunebench.bundle.packing.sums import SHORT, file_name
from prunebench.leaderboard.listed import Source

HOST = "prunebench"
"""The distribution whose methods are in every installation."""


@dataclass(frozen=True)
class Submitted:
    """A bundle that passed its checks.

    Parameters
    ----------
    address
        Digest of its content.
    manifest, entries, curves, layers
        As in the bundle.
    classes
        SHA-256 of the predicted classes, by trial.
    single
        Trials that predicted one class for every image.
    """

    address: str
    manifest: Manifest
    entries: tuple[Entry, ...]
    curves: Mapping[str, Curve]
    layers: Mapping[str, tuple[LayerCount, ...]]
    classes: Mapping[str, str]
    single: frozenset[str] = frozenset()

    @property
    def created(self) -> str:
        """When it was made."""
        return self.manifest.created

    @property
    def short(self) -> str:
        """Its address as file names have it."""
        return self.address[:SHORT]

    @property
    def file(self) -> str:
        """Name of its file."""
        return file_name(self.manifest.suite, self.address)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Where its methods come from, by id."""
        return {
            offer.removeprefix("method "): Source(
                facts.distribution, facts.version, facts.source_digest
            )
            for facts in self.manifest.plugins
            for offer in facts.offers
            if offer.startswith("method ")
        }

    def source(self, method_id: str) -> Source:
        """Say where a method comes from; empty where the bundle does not, as of the dense one."""
        return self.sources.get(method_id, Source("", "", ""))


def submitted(address: str, bundle: Bundle) -> Submitted:
    """Take from a bundle what boards need: predictions stay behind."""
    return Submitted(
        address=address,
        manifest=bundle.manifest,
        entries=bundle.entries,
        curves=bundle.curves,
        layers=bundle.layers,
        classes={
            trial: sha256(found.classes.tobytes()).hexdigest()
            for trial, found in bundle.predictions.items()
        },
        single=frozenset(
            trial
            for trial, found in bundle.predictions.items()
            if (found.classes == found.classes[0]).all()
        ),
    )


def in_order(given: Iterable[Submitted]) -> tuple[Submitted, ...]:
    """Put bundles in order, the newest first; of the same bundle given twice one stays."""
    once = {one.address: one for one in given}
    return tuple(sorted(once.values(), key=lambda one: (one.created, one.address), reverse=True))
