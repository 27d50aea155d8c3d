"""Members' contents as a bundle, as far as they can be read."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from prunebench.bundle.document import (
    SCHEMA,
    Bundle,
    Curve,
    Entry,
    LayerCount,
    Manifest,
    PairFacts,
    Predictions,
)
from prunebench.bundle.finding import MEND, Finding, shown
from prunebench.bundle.forms.arrays import Declared, read_arrays, write_arrays
from prunebench.bundle.forms.encoding import tested_trials
from prunebench.bundle.forms.strict import parse
from prunebench.bundle.forms.tables import read_curves, read_layers, write_curves, write_layers
from prunebench.bundle.forms.trials import read_trials
from prunebench.bundle.forms.typed import read
from prunebench.bundle.limits import Limits
from prunebench.bundle.names import CURVES, LAYERS, MANIFEST, SUMS, TABLES, TRIALS

T = TypeVar("T")

MANY = 10**8
"""No test set has as many images; larger numbers are damage."""


@dataclass
class Decoding:
    """The contents of an archive while they are read; gathers what is wrong with them.

    Parameters
    ----------
    contents
        By member.
    limits
        Of texts and rows.
    findings
        What cannot be read.
    """

    contents: Mapping[str, bytes]
    limits: Limits
    findings: list[Finding] = field(default_factory=list)

    def attempt(self, file: str, reading: Callable[[], T]) -> T | None:
        """Read a member; None, and a finding, if that fails."""
        try:
            return reading()
        except ValueError as error:
            msg = f"{str(error).rstrip('.')}; {MEND}."
            self.findings.append(Finding(file, "content", "unreadable", "readable", msg))
            return None

    def bundle(self) -> Bundle | None:
        """Read all; None where too little of it can be read to go on."""
        manifest = self.attempt(MANIFEST, self.manifest) if MANIFEST in self.contents else None
        self.findings += missing(self.contents, manifest)
        if manifest is None or self.findings:
            return None
        entries = self.entries()
        if self.findings:
            return None
        trials = {entry.row.trial for entry in entries}
        curves = self.attempt(CURVES, lambda: self.curves(trials))
        layers = self.attempt(LAYERS, lambda: self.layers(trials))
        labels = self.labels(manifest)
        if curves is None or layers is None or self.findings:
            return None
        found = Bundle(manifest, entries, curves, layers, {}, labels, self.weights())
        predictions = self.predictions(found)
        return None if self.findings else replace(found, predictions=predictions)

    def manifest(self) -> Manifest:
        """Read ``bundle.json``.

        Raises
        ------
        ValueError
            If it is none, or of a newer schema.
        """
        text = self.contents[MANIFEST]
        bounds = replace(self.limits, values=self.limits.manifest_values)
        document = parse(text.removesuffix(b"\n"), bounds)
        schema = document.get("schema") if isinstance(document, dict) else None
        if type(schema) is int and schema > SCHEMA:
            msg = (
                f"it is of schema {shown(schema)}, and this prunebench reads up to {SCHEMA}: "
                "install a newer prunebench"
            )
            raise ValueError(msg)
        if not text.endswith(b"\n"):
            msg = "its last line is cut off"
            raise ValueError(msg)
        found = read(Manifest, document)
        if any(
            test > MANY for test in [d.test for d in found.datasets] + [p.test for p in found.pairs]
        ):
            msg = f"a test set has more than {MANY} images"
            raise ValueError(msg)
        return found

    def entries(self) -> tuple[Entry, ...]:
        """Read ``trials.jsonl``."""
        found = list(read_trials(self.contents[TRIALS], self.limits))
        self.findings += [entry for entry in found if isinstance(entry, Finding)]
        entries = [entry for entry in found if isinstance(entry, Entry)]
        self.findings += order(entries)
        return tuple(entries)

    def curves(self, trials: Set[str]) -> dict[str, Curve]:
        """Read ``curves.csv``, which must be of those trials.

        Raises
        ------
        ValueError
            If it is damaged, or written in another way than ours.
        """
        text = self.contents[CURVES]
        found = read_curves(text, self.limits, trials)
        refuse_other_spelling(text, write_curves(found))
        return found

    def layers(self, trials: Set[str]) -> dict[str, tuple[LayerCount, ...]]:
        """Read ``layers.csv``, which must be of those trials.

        Raises
        ------
        ValueError
            If it is damaged, or written in another way than ours.
        """
        text = self.contents[LAYERS]
        found = read_layers(text, self.limits, trials)
        refuse_other_spelling(text, write_layers(found))
        return found

    def arrays(self, name: str, declared: Declared) -> dict[str, NDArray[np.generic]]:
        """Read an ``.npz`` member; nothing, and a finding, if it is not what is declared."""

        def reading() -> dict[str, NDArray[np.generic]]:
            found = read_arrays(self.contents[name], declared)
            if write_arrays(found) != self.contents[name]:
                msg = "it holds more than the arrays that are declared"
                raise ValueError(msg)
            return found

        return self.attempt(name, reading) or {}

    def labels(self, manifest: Manifest) -> dict[str, NDArray[np.uint16]]:
        """Read the labels of every data set."""
        found: dict[str, NDArray[np.uint16]] = {}
        for number, facts in enumerate(manifest.datasets):
            arrays = self.arrays(f"labels/{number}.npz", {"labels": ("<u2", (facts.test,))})
            if arrays:
                found[facts.label] = arrays["labels"].astype(np.uint16, copy=False)
        return found

    def predictions(self, bundle: Bundle) -> dict[str, Predictions]:
        """Read the predictions of every pair."""
        found: dict[str, Predictions] = {}
        for number, pair in enumerate(bundle.manifest.pairs):
            name = f"predictions/{number}.npz"
            found |= self.pair(name, pair, tested_trials(bundle, pair))
        return found

    def pair(self, name: str, pair: PairFacts, trials: list[str]) -> dict[str, Predictions]:
        """Read the predictions of one pair, which must be of exactly those trials."""
        shape = (pair.test, len(trials))
        arrays = self.arrays(
            name,
            {
                "trials": ("|S32", shape[1:]),
                "classes": ("<i2", shape),
                "confidence": ("<f2", shape),
            },
        )
        if not arrays:
            return {}
        told = [bytes(trial).decode("latin-1") for trial in arrays["trials"].tolist()]
        strange = list(other_columns(name, told, trials))
        self.findings += strange
        if strange:
            return {}
        classes = np.ascontiguousarray(arrays["classes"].T).astype(np.int16, copy=False)
        confidence = np.ascontiguousarray(arrays["confidence"].T).astype(np.float16, copy=False)
        return {t: Predictions(classes[i], confidence[i]) for i, t in enumerate(trials)}

    def weights(self) -> dict[str, bytes]:
        """Give the files of weights by trial."""
        return {
            name.removeprefix("weights/").removesuffix(".safetensors"): data
            for name, data in self.contents.items()
            if name.startswith("weights/")
        }


def missing(contents: Mapping[str, bytes], manifest: Manifest | None) -> Iterator[Finding]:
    """Find members that must be there and are not, and such that the manifest does not declare."""
    needed = {*TABLES, SUMS}
    if manifest is not None:
        needed |= {f"labels/{number}.npz" for number in range(len(manifest.datasets))}
        needed |= {f"predictions/{number}.npz" for number in range(len(manifest.pairs))}
    for name in sorted(needed - contents.keys()):
        yield Finding(name, "member", "nothing", "there", f"the bundle lacks it; {MEND}.")
    if manifest is None:
        return
    free = "weights/" if manifest.weights else "\0"
    for name in sorted(contents.keys() - needed):
        if not name.startswith(free):
            msg = f"the manifest does not declare it; {MEND}."
            yield Finding(name, "member", "there", "nothing", msg)


def other_columns(name: str, told: list[str], trials: list[str]) -> Iterator[Finding]:
    """Find columns of predictions that are of another trial than they must be."""
    for number, (found, trial) in enumerate(zip(told, trials, strict=True)):
        if found != trial:
            msg = f"column {number} is of trial {shown(found)}, not {trial}; {MEND}."
            yield Finding(name, "trials", shown(found), trial, msg, trial)


def order(entries: list[Entry]) -> Iterator[Finding]:
    """Find a trial that stands there twice, or lines that are not sorted."""
    trials = [entry.row.trial for entry in entries]
    for before, trial in pairwise(trials):
        if trial == before:
            msg = f"the trial stands there twice; {MEND}."
            yield Finding(TRIALS, "trial", "twice", "once", msg, trial)
        elif trial < before:
            msg = f"the lines are not sorted by trial; {MEND}."
            yield Finding(TRIALS, "order", "another order", "sorted", msg, trial)
            return


def refuse_other_spelling(text: bytes, canonical: bytes) -> None:
    """Refuse a table that says the same in another way, so that there is one file for one content.

    Raises
    ------
    ValueError
        With the first line that differs.
    """
    if text == canonical:
        return
    pairs = zip(text.split(b"\n"), canonical.split(b"\n"), strict=False)
    for number, (found, expected) in enumerate(pairs, start=1):
        if found != expected:
            msg = f"line {number} is {shown(found)}, and must be written {shown(expected)}"
            raise ValueError(msg)
    msg = "it has other lines than it should"
    raise ValueError(msg)
