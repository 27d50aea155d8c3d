"""Rows of bundles that may stand for one trial, with what tells them apart."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

from prunebench.bundle.document import Entry
from prunebench.core.digest import Json, digest
from prunebench.leaderboard.inputs.submitted import HOST, Submitted
from prunebench.leaderboard.listed import Source
from prunebench.results.measurement import Measurement

RELEASE = re.compile(r"\d+(?:\.\d+)*")

BESIDE_THE_POINT = ("id", "plugins", "platform", "cores")
"""Facts of an environment on which the numbers of a trial do not depend."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """A row of a bundle.

    Parameters
    ----------
    entry
        The row, and the dense network that it was pruned from.
    bundle
        Where it stands.
    label, control_of
        Of its method and of the method that it is a control of, as boards call them.
    """

    entry: Entry
    bundle: Submitted
    label: str
    control_of: str

    @property
    def row(self) -> Measurement:
        """The measurement."""
        return self.entry.row

    @property
    def source(self) -> Source:
        """Where its method comes from."""
        return self.bundle.source(self.row.method_id)

    @property
    def place(self) -> tuple[str, str]:
        """What rows have in common that stand for one trial."""
        return self.row.trial, self.label

    @property
    def newness(self) -> tuple[tuple[int, ...], str, str]:
        """What is larger for what is newer: the plugin's version, then the bundle's date."""
        return release(self.source.version), *self.age

    @property
    def age(self) -> tuple[str, str]:
        """What is larger for a newer bundle."""
        return self.bundle.created, self.bundle.address

    @property
    def is_ahead(self) -> bool:
        """Whether it claims to be of a prunebench that is newer than the one that reads it."""
        source = self.source
        return source.distribution == HOST and release(source.version) > release(version(HOST))

    @property
    def evidence(self) -> tuple[object, ...]:
        """What is equal for two rows only if they are the same outcome, to the last image."""
        classes = self.bundle.classes.get(self.row.trial, "")
        sizes = (*self.network, *self.sizes)
        return self.row.status, self.row.weights_digest, classes, sizes

    @property
    def network(self) -> tuple[int | None, str]:
        """What no machine changes: how large the dense network is, and in what units it is cut."""
        return self.row.params_dense, self.row.granularity

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """What is left of the network; on other machines a little more or less."""
        row = self.row
        return row.params_kept, row.prunable_kept, row.macs_sparse

    @property
    def says_one_class(self) -> bool:
        """Whether the network gives one class for every image: it ended, and tells nothing."""
        return self.row.trial in self.bundle.single

    @property
    def facts(self) -> Mapping[str, Json]:
        """The environment that evaluated it."""
        return self.bundle.manifest.environments.get(self.row.environment, {})

    @cached_property
    def machine(self) -> str:
        """What is equal for equal software and hardware; a name of nothing else."""
        return machine(self.facts)

    @property
    def configuration(self) -> str:
        """What differs where one label stands for other settings: versions may change defaults."""
        settings: Any = self.row.settings
        like = settings
        for name in ("target", "like", "method"):
            like = like.get(name) if isinstance(like, dict) else None
        return digest([settings.get("method"), like])


def machine(facts: Mapping[str, Json]) -> str:
    """Digest what numbers may depend on: versions, commit, processor, card, threads."""
    return digest({name: facts[name] for name in facts if name not in BESIDE_THE_POINT})


def release(text: str) -> tuple[int, ...]:
    """Give a version's numbers, so that versions can be put in order.

    >>> release("1.10.2") > release("1.9"), release("unknown")
    (True, ())
    """
    found = RELEASE.match(text)
    return tuple(map(int, found[0].split("."))) if found and len(text) < 60 else ()


def candidates(bundles: Sequence[Submitted]) -> list[Candidate]:
    """List all rows of bundles, with the labels that boards use.

    Where two distributions have a method of one name, these are two methods: each has its
    distribution behind its label, those of prunebench itself apart.
    """
    shared = shared_names(bundles)
    found = []
    for bundle in bundles:
        labels = {
            entry.row.method: labelled(entry.row, bundle, shared)
            for entry in bundle.entries
            if not is_control(entry)
        }
        found += [
            Candidate(
                entry,
                bundle,
                labelled(entry.row, bundle, shared),
                labels.get(entry.row.control_of, entry.row.control_of) if is_control(entry) else "",
            )
            for entry in bundle.entries
        ]
    return found


def is_control(entry: Entry) -> bool:
    """Say whether a row is only there to compare a method with.

    A method's own masks, trained from scratch beside it, are trials of the method as well.
    """
    return entry.row.control_of not in ("", entry.row.method)


def shared_names(bundles: Iterable[Submitted]) -> frozenset[str]:
    """Give the ids of methods that several distributions have."""
    owners: dict[str, set[str]] = {}
    for bundle in bundles:
        for name in {entry.row.method_id for entry in bundle.entries}:
            owners.setdefault(name, set()).add(bundle.source(name).distribution)
    return frozenset(name for name, found in owners.items() if len(found) > 1)


def labelled(row: Measurement, bundle: Submitted, shared: Iterable[str]) -> str:
    """Give the label of a row's method."""
    owner = bundle.source(row.method_id).distribution
    if row.method_id not in shared or owner == HOST:
        return row.method
    return f"{row.method} ({owner or 'unknown plugin'})"
